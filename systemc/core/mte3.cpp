// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/mte3.h"

#include <cstring>

namespace cubist::core {

void gather_runs(std::span<const uint8_t> src, uint64_t count, uint64_t bytes, uint64_t stride,
                 std::vector<uint8_t>& out) {
  out.resize(count * bytes);
  for (uint64_t i = 0; i < count; ++i) {
    std::memcpy(out.data() + i * bytes, src.data() + i * stride, bytes);
  }
}

GmSegments run_segments(uint64_t address, uint64_t count, uint64_t bytes, uint64_t gap) {
  GmSegments segments;
  for (uint64_t i = 0; i < count; ++i) add_segment(segments, address + i * (bytes + gap), bytes);
  return segments;
}

CoreError prepare_mte3(const QueueEntry& e, const LocalBuffers& buffers,
                       const memory::MemoryPort& memory, MoverJob& job) {
  CoreError error = buffers.locate(e.src, e.info->src, e.info->align, "source", job.local);
  if (error) return error;
  uint64_t count = 0, bytes = 0, gm_gap = 0, local_stride = 0;
  if (e.info->id == abi::Insn::mte3_copy) {
    const auto c = abi::mte3::Copy::unpack(e.config);
    count = c.n_burst;
    bytes = uint64_t{c.len_burst} * 32;
    gm_gap = uint64_t{c.dst_gap} * 32;
    local_stride = bytes + uint64_t{c.src_gap} * 32;
  } else {  // mte3_copy_pad
    const auto c = abi::mte3::CopyPad::unpack(e.config);
    const auto gap = abi::csr::CopyGap::unpack(e.csr(abi::csr_number::COPY_GAP));
    count = c.n_burst;
    bytes = c.len;
    gm_gap = gap.gm_gap;
    local_stride = round_up(bytes, 32) + uint64_t{gap.local_gap} * 32;
  }
  error = buffers.check_extent(job.local, (count - 1) * local_stride + bytes, "source");
  if (error) return error;
  job.gm = run_segments(e.dst, count, bytes, gm_gap);
  if ((error = check_gm(job.gm, memory, "destination"))) return error;
  gather_runs(buffers.buffer(job.local.region).subspan(job.local.offset), count, bytes,
              local_stride, job.staging);
  job.bytes = job.staging.size();
  job.path = job.local.region == abi::Region::UB ? MoverPath::ub_to_gm : MoverPath::l1_to_gm;
  return {};
}

}  // namespace cubist::core

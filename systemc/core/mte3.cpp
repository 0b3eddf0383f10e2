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

namespace {

/// Runs of bytes in the local buffer and in GM.
struct Runs {
  uint64_t count, bytes, gm_gap, local_stride;
};

Runs runs_of(const QueueEntry& e) {
  if (e.info->id == abi::Insn::mte3_copy) {
    const auto c = abi::mte3::Copy::unpack(e.config);
    const uint64_t bytes = uint64_t{c.len_burst} * 32;
    return {c.n_burst, bytes, uint64_t{c.dst_gap} * 32, bytes + uint64_t{c.src_gap} * 32};
  }
  const auto c = abi::mte3::CopyPad::unpack(e.config);
  const auto gap = abi::csr::CopyGap::unpack(e.csr(abi::csr_number::COPY_GAP));
  return {c.n_burst, c.len, gap.gm_gap, round_up(c.len, 32) + uint64_t{gap.local_gap} * 32};
}

}  // namespace

CoreError prepare_mte3(const QueueEntry& e, const LocalBuffers& buffers,
                       const memory::MemoryPort& memory, MoverJob& job) {
  CoreError error = buffers.locate(e.src, e.info->src, e.info->align, "source", job.local);
  if (error) return error;
  const Runs r = runs_of(e);
  error = buffers.check_source(job.local, (r.count - 1) * r.local_stride + r.bytes, "source");
  if (error) return error;
  job.gm = run_segments(e.dst, r.count, r.bytes, r.gm_gap);
  if ((error = check_gm(job.gm, memory, "destination"))) return error;
  job.bytes = r.count * r.bytes;
  job.path = job.local.region == abi::Region::UB ? MoverPath::ub_to_gm : MoverPath::l1_to_gm;
  return {};
}

void sample_mte3(const QueueEntry& e, const LocalBuffers& buffers, MoverJob& job) {
  const Runs r = runs_of(e);
  gather_runs(buffers.buffer(job.local.region).subspan(job.local.offset), r.count, r.bytes,
              r.local_stride, job.staging);
}

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/fixpipe.h"

#include <algorithm>
#include <cstring>

namespace cubist::core {
namespace {

constexpr unsigned kRowBytes = 64;  // 16 accumulators of 4 bytes.

uint32_t relu(uint32_t bits, bool integer) {
  const bool negative = bits >> 31 != 0;
  const bool nan = !integer && (bits & 0x7fffffff) > 0x7f800000;
  return negative && !nan ? 0 : bits;
}

void convert(uint32_t bits, FixpipeCast cast, uint8_t* to) {
  if (cast == FixpipeCast::fp16 || cast == FixpipeCast::bf16) {
    const uint16_t half = cast == FixpipeCast::fp16 ? fp32_to_fp16(bits) : fp32_to_bf16(bits);
    std::memcpy(to, &half, 2);
  } else {
    std::memcpy(to, &bits, 4);
  }
}

}  // namespace

uint16_t fp32_to_fp16(uint32_t bits) {
  const auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
  const uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return 0x7e00;
  const int exponent = static_cast<int>(magnitude >> 23) - 127;
  if (exponent > 15) return static_cast<uint16_t>(sign | 0x7c00);
  if (exponent < -25) return sign;
  // The significand with its leading one; FP32 subnormals are far below and gone already.
  const uint32_t significand = (magnitude & 0x7fffff) | 0x800000;
  // Bits to drop: 13 for a normal result, one more for each binade below 2^-14.
  const unsigned shift = exponent >= -14 ? 13u : static_cast<unsigned>(13 + (-14 - exponent));
  const uint32_t half = uint32_t{1} << (shift - 1);
  const uint32_t kept = significand >> shift;
  const uint32_t rest = significand & ((half << 1) - 1);
  const uint32_t rounded = kept + (rest > half || (rest == half && (kept & 1) != 0) ? 1 : 0);
  // `rounded` counts the leading one, which adds 1 to the exponent field of a normal result; a
  // carry out of the fraction, also into infinity, comes out right by itself.
  const uint32_t base = exponent >= -14 ? static_cast<uint32_t>(exponent + 14) << 10 : 0;
  return static_cast<uint16_t>(sign | std::min<uint32_t>(base + rounded, 0x7c00));
}

uint16_t fp32_to_bf16(uint32_t bits) {
  if ((bits & 0x7fffffff) > 0x7f800000) return 0x7fc0;
  const uint32_t rest = bits & 0xffff;
  uint32_t kept = bits >> 16;
  if (rest > 0x8000 || (rest == 0x8000 && (kept & 1) != 0)) ++kept;
  return static_cast<uint16_t>(kept);
}

void fixpipe_gather(const abi::fix::Fixpipe& c, std::span<const uint8_t> l0c,
                    std::vector<uint8_t>& out) {
  const unsigned size = result_bytes(c.cast);
  const auto cast = static_cast<FixpipeCast>(c.cast);
  const bool nd = c.layout != 0;
  const size_t blocks = (size_t{c.n_size} + 15) / 16;
  out.assign(nd ? size_t{c.m_size} * c.n_size * size : blocks * c.m_size * 16 * size, 0);
  for (size_t block = 0; block < blocks; ++block) {
    const size_t width = std::min<size_t>(16, c.n_size - block * 16);
    for (size_t row = 0; row < c.m_size; ++row) {
      const uint8_t* from = l0c.data() + (block * c.src_stride + row) * kRowBytes;
      uint8_t* to =
          out.data() + (nd ? row * c.n_size + block * 16 : (block * c.m_size + row) * 16) * size;
      for (size_t i = 0; i < width; ++i) {
        uint32_t bits;
        std::memcpy(&bits, from + i * 4, 4);
        if (c.relu != 0) bits = relu(bits, cast == FixpipeCast::int32);
        convert(bits, cast, to + i * size);
      }
    }
  }
}

GmSegments fixpipe_runs(const abi::fix::Fixpipe& c, uint64_t dst_stride, uint64_t address) {
  GmSegments runs;
  const uint64_t size = result_bytes(c.cast);
  if (c.layout != 0) {
    for (uint64_t row = 0; row < c.m_size; ++row) {
      add_segment(runs, address + row * dst_stride * size, c.n_size * size);
    }
  } else {
    for (uint64_t block = 0; block * 16 < c.n_size; ++block) {
      add_segment(runs, address + block * dst_stride * 32, uint64_t{c.m_size} * 16 * size);
    }
  }
  return runs;
}

CoreError prepare_fixpipe(const QueueEntry& e, const LocalBuffers& buffers,
                          const memory::MemoryPort& memory, MoverJob& job) {
  const auto c = abi::fix::Fixpipe::unpack(e.config);
  const uint64_t stride = e.csr(abi::csr_number::FIXPIPE_STRIDE);
  LocalAddress src{};
  CoreError error = buffers.locate(e.src, e.info->src, e.info->align, "source", src);
  if (error) return error;
  if (stride >> 32 != 0) {
    return bad_config("FIXPIPE_STRIDE is " + hex(stride) + ", expected less than 2^32");
  }
  const uint64_t blocks = (c.n_size + 15u) / 16;
  const uint64_t span = ((blocks - 1) * c.src_stride + c.m_size) * kRowBytes;
  if ((error = buffers.check_extent(src, span, "source"))) return error;

  job.gm = fixpipe_runs(c, stride, e.dst);
  if (in_gm(e.dst)) {
    job.path = MoverPath::l0c_to_gm;
    if ((error = check_gm(job.gm, memory, "destination"))) return error;
  } else {
    error = buffers.locate(e.dst, e.info->dst, 32, "destination", job.local);
    if (error) return error;
    const GmSegment& last = job.gm.back();
    error = buffers.check_extent(job.local, last.address + last.bytes - e.dst, "destination");
    if (error) return error;
    job.gm.clear();
    job.path = MoverPath::l0c_to_l1;
  }
  const uint64_t columns = c.layout != 0 ? c.n_size : blocks * 16;
  job.bytes = columns * c.m_size * result_bytes(c.cast);
  return {};
}

void sample_fixpipe(const QueueEntry& e, const LocalBuffers& buffers, MoverJob& job) {
  LocalAddress src{};
  buffers.locate(e.src, e.info->src, e.info->align, "source", src);
  fixpipe_gather(abi::fix::Fixpipe::unpack(e.config),
                 buffers.buffer(abi::Region::L0C).subspan(src.offset), job.staging);
}

void publish_fixpipe(const QueueEntry& e, LocalBuffers& buffers, const MoverJob& job) {
  const auto c = abi::fix::Fixpipe::unpack(e.config);
  const std::span<uint8_t> l1 = buffers.buffer(job.local.region).subspan(job.local.offset);
  size_t at = 0;
  for (const GmSegment& run : fixpipe_runs(c, e.csr(abi::csr_number::FIXPIPE_STRIDE), 0)) {
    std::memcpy(l1.data() + run.address, job.staging.data() + at, run.bytes);
    at += run.bytes;
  }
}

}  // namespace cubist::core

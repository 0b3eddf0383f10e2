// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/fixpipe.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace cubist::core {
namespace {

constexpr unsigned kRowBytes = 64;  // 16 accumulators of 4 bytes: a row of a fractal in L0C
constexpr unsigned kFractalBytes = 1024;

uint64_t bytes_of(const FixpipePlan& plan, uint64_t elements) {
  return (elements * result_bits(plan.cast()) + 7) / 8;
}

/// `count` accumulators of a row of L0C from column `first` on.
void read_row(const FixpipePlan& plan, std::span<const uint8_t> l0c, size_t row, size_t first,
              size_t count, uint32_t* out) {
  for (size_t n = first; n < first + count;) {
    const size_t run = std::min<size_t>(16 - n % 16, first + count - n);
    const size_t at = (n / 16 * plan.word.src_stride + row) * kRowBytes + n % 16 * 4;
    std::memcpy(out + (n - first), l0c.data() + at, run * 4);
    n += run;
  }
}

void gather_matrix(const FixpipePlan& plan, std::span<const uint8_t> l0c, uint8_t* to) {
  const abi::fix::Fixpipe& c = plan.word;
  const unsigned width = plan.row_major() ? 64 : plan.block_columns();
  const size_t pieces = (size_t{c.n_size} + width - 1) / width;
  const size_t row_bytes =
      plan.row_major() ? bytes_of(plan, c.n_size) : bytes_of(plan, plan.block_columns());
  std::array<uint32_t, 64> accumulators;
  for (size_t piece = 0; piece < pieces; ++piece) {
    const size_t first = piece * width, count = std::min<size_t>(width, c.n_size - first);
    for (size_t row = 0; row < c.m_size; ++row) {
      uint8_t* at = plan.row_major() ? to + row * row_bytes + bytes_of(plan, first)
                                     : to + (piece * c.m_size + row) * row_bytes;
      read_row(plan, l0c, row, first, count, accumulators.data());
      convert_row(plan.cast(), plan.relu(), std::span(plan.columns).subspan(first, count),
                  std::span(accumulators).first(count), at);
    }
  }
}

size_t matrix_bytes(const FixpipePlan& plan) {
  const abi::fix::Fixpipe& c = plan.word;
  if (plan.row_major()) return c.m_size * bytes_of(plan, c.n_size);
  const size_t blocks = (size_t{c.n_size} + plan.block_columns() - 1) / plan.block_columns();
  return blocks * c.m_size * bytes_of(plan, plan.block_columns());
}

CoreError parameter_vector(const LocalBuffers& buffers, const char* csr, uint64_t offset,
                           unsigned size, unsigned count, std::span<const uint8_t>& found) {
  const std::span<const uint8_t> fb = buffers.buffer(abi::Region::FB);
  CoreError error;
  if (offset % size != 0) {
    error.code = abi::error_code::MISALIGNED;
    error.text = std::string(csr) + " is " + hex(offset) + ", expected a multiple of " +
                 std::to_string(size) + " bytes in FB";
  } else if (offset > fb.size() || uint64_t{count} * size > fb.size() - offset) {
    error.code = abi::error_code::BUFFER_OVERRUN;
    error.text = std::string(csr) + ": " + std::to_string(count) + " parameters of " +
                 std::to_string(size) + " bytes from FB + " + hex(offset) + ", which has " +
                 std::to_string(fb.size()) + " bytes";
  } else {
    found = fb.subspan(offset, uint64_t{count} * size);
  }
  return error;
}

CoreError fill_columns(const QueueEntry& e, const LocalBuffers& buffers, FixpipePlan& plan) {
  const abi::fix::Fixpipe& c = plan.word;
  const uint64_t scale = e.csr(abi::csr_number::FIXPIPE_QUANT);
  const uint64_t slope = e.csr(abi::csr_number::FIXPIPE_RELU);
  std::span<const uint8_t> scales, slopes;
  CoreError error;
  if (scaled(plan.cast()) && c.quant_vector != 0) {
    error = parameter_vector(buffers, "FIXPIPE_QUANT", scale, 8, c.n_size, scales);
    if (error) return error;
  }
  if (c.relu != 0 && c.relu_slope == 2) {
    error = parameter_vector(buffers, "FIXPIPE_RELU", slope, 4, c.n_size, slopes);
    if (error) return error;
  }
  plan.columns.resize(c.n_size);
  for (size_t n = 0; n < c.n_size; ++n) {
    uint64_t quantisation = scale;
    auto slope_bits = static_cast<uint32_t>(slope);
    if (!scales.empty()) std::memcpy(&quantisation, scales.data() + n * 8, 8);
    if (!slopes.empty()) std::memcpy(&slope_bits, slopes.data() + n * 4, 4);
    plan.columns[n] = column_of(quantisation, slope_bits);
  }
  return {};
}

CoreError check_word(const FixpipePlan& plan) {
  const abi::fix::Fixpipe& c = plan.word;
  if (plan.dst_stride >> 32 != 0) {
    return bad_config("FIXPIPE_STRIDE is " + hex(plan.dst_stride) + ", expected less than 2^32");
  }
  if (c.quant_vector != 0 && !scaled(plan.cast())) {
    return bad_config("quant_vector with cast " + std::to_string(c.cast) +
                      ", which has no scale; expected a cast of 4..14");
  }
  if (c.relu_slope != 0 && (c.relu == 0 || plan.cast() == FixpipeCast::int32)) {
    return bad_config("relu_slope is " + std::to_string(c.relu_slope) +
                      ", which needs relu and a cast other than 3 (INT32 results have no slope)");
  }
  if (c.channel_split != 0 && (plan.row_major() || result_bits(plan.cast()) != 32)) {
    return bad_config("channel_split needs layout 0 and a result of 32 bits");
  }
  if (!plan.row_major() && plan.matrices() > 1) {
    return bad_config("FIXPIPE_ND: nd_num is " + std::to_string(plan.nd.nd_num) +
                      ", more than one matrix needs layout 1");
  }
  if (plan.row_major() && c.m_size > 8192) {
    return bad_config("m_size is " + std::to_string(c.m_size) + ", expected 1..8192 in layout 1");
  }
  if (plan.row_major() && result_bits(plan.cast()) == 4 &&
      (plan.dst_stride % 2 != 0 || plan.nd.dst_nd_stride % 2 != 0)) {
    return bad_config("FIXPIPE_STRIDE and dst_nd_stride must be even for 4-bit results");
  }
  return {};
}

FixpipePlan plan_of(const QueueEntry& e) {
  FixpipePlan plan;
  plan.word = abi::fix::Fixpipe::unpack(e.config);
  plan.dst_stride = e.csr(abi::csr_number::FIXPIPE_STRIDE);
  plan.nd = abi::csr::FixpipeNd::unpack(e.csr(abi::csr_number::FIXPIPE_ND));
  return plan;
}

CoreError prepare_parameters(const QueueEntry& e, const LocalBuffers& buffers, MoverJob& job) {
  LocalAddress src{};
  CoreError error = buffers.locate(e.src, e.info->src, e.info->align, "source", src);
  if (error) return error;
  error = buffers.locate(e.dst, e.info->dst, e.info->align, "destination", job.local);
  if (error) return error;
  const uint64_t bytes = uint64_t{abi::fix::LoadParams::unpack(e.config).len} * 64;
  if ((error = buffers.check_extent(src, bytes, "source"))) return error;
  if ((error = buffers.check_extent(job.local, bytes, "destination"))) return error;
  job.gm.clear();
  job.bytes = bytes;
  job.path = MoverPath::l1_to_fb;
  return {};
}

}  // namespace

void fixpipe_gather(const FixpipePlan& plan, std::span<const uint8_t> l0c,
                    std::vector<uint8_t>& out) {
  const size_t bytes = matrix_bytes(plan);
  out.assign(plan.matrices() * bytes, 0);
  for (uint64_t i = 0; i < plan.matrices(); ++i) {
    gather_matrix(plan, l0c.subspan(i * plan.nd.src_nd_stride * kFractalBytes),
                  out.data() + i * bytes);
  }
}

GmSegments fixpipe_runs(const FixpipePlan& plan, uint64_t address) {
  GmSegments runs;
  const abi::fix::Fixpipe& c = plan.word;
  if (!plan.row_major()) {
    const unsigned columns = plan.block_columns();
    const uint64_t block = c.m_size * bytes_of(plan, columns);
    for (uint64_t j = 0; j * columns < c.n_size; ++j) {
      add_segment(runs, address + j * plan.dst_stride * 32, block);
    }
    return runs;
  }
  for (uint64_t i = 0; i < plan.matrices(); ++i) {
    const uint64_t matrix = address + bytes_of(plan, i * plan.nd.dst_nd_stride);
    for (uint64_t row = 0; row < c.m_size; ++row) {
      add_segment(runs, matrix + bytes_of(plan, row * plan.dst_stride), bytes_of(plan, c.n_size));
    }
  }
  return runs;
}

CoreError prepare_fixpipe(const QueueEntry& e, const LocalBuffers& buffers,
                          const memory::MemoryPort& memory, MoverJob& job) {
  if (e.info->id == abi::Insn::fix_load_params) return prepare_parameters(e, buffers, job);
  FixpipePlan plan = plan_of(e);
  LocalAddress src{};
  CoreError error = buffers.locate(e.src, e.info->src, e.info->align, "source", src);
  if (error) return error;
  if ((error = check_word(plan))) return error;
  const uint64_t blocks = (plan.word.n_size + 15u) / 16;
  const uint64_t span = (plan.matrices() - 1) * plan.nd.src_nd_stride * kFractalBytes +
                        ((blocks - 1) * plan.word.src_stride + plan.word.m_size) * kRowBytes;
  if ((error = buffers.check_source(src, span, "source"))) return error;
  if ((error = fill_columns(e, buffers, plan))) return error;

  job.gm = fixpipe_runs(plan, e.dst);
  if (in_gm(e.dst)) {
    job.path = MoverPath::l0c_to_gm;
    if ((error = check_gm(job.gm, memory, "destination"))) return error;
  } else {
    error = buffers.locate(e.dst, e.info->dst, 32, "destination", job.local);
    if (error) return error;
    uint64_t end = 0;
    for (const GmSegment& run : job.gm) end = std::max(end, run.address + run.bytes - e.dst);
    if ((error = buffers.check_extent(job.local, end, "destination"))) return error;
    job.gm.clear();
    job.path = MoverPath::l0c_to_l1;
  }
  job.bytes = plan.matrices() * matrix_bytes(plan);
  return {};
}

void sample_fixpipe(const QueueEntry& e, const LocalBuffers& buffers, MoverJob& job) {
  LocalAddress src{};
  buffers.locate(e.src, e.info->src, e.info->align, "source", src);
  const std::span<const uint8_t> from = buffers.buffer(src.region).subspan(src.offset);
  if (e.info->id == abi::Insn::fix_load_params) {
    job.staging.assign(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(job.bytes));
    return;
  }
  FixpipePlan plan = plan_of(e);
  fill_columns(e, buffers, plan);
  fixpipe_gather(plan, from, job.staging);
}

void publish_fixpipe(const QueueEntry& e, LocalBuffers& buffers, const MoverJob& job) {
  const std::span<uint8_t> dst = buffers.buffer(job.local.region).subspan(job.local.offset);
  if (e.info->id == abi::Insn::fix_load_params) {
    std::memcpy(dst.data(), job.staging.data(), job.staging.size());
    return;
  }
  size_t at = 0;
  for (const GmSegment& run : fixpipe_runs(plan_of(e), 0)) {
    std::memcpy(dst.data() + run.address, job.staging.data() + at, run.bytes);
    at += run.bytes;
  }
}

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/mte2.h"

#include <algorithm>
#include <cstring>

namespace cubist::core {
namespace {

constexpr unsigned kBlock = 32;

unsigned size_of(uint8_t type) {
  return abi::element_bytes(static_cast<abi::ElementType>(type));
}

/// Local bytes of one padded row, a whole number of blocks.
uint64_t padded_row(const abi::mte2::CopyPad& c) {
  return round_up(uint64_t{c.left_pad} + c.len + c.right_pad, kBlock);
}

CoreError check_type(uint8_t type) {
  if (size_of(type) != 0) return {};
  return bad_config("element type " + std::to_string(type) + " is unknown, expected 0.." +
                    std::to_string(abi::kElementBytes.size() - 1));
}

}  // namespace

GmSegments copy_source(const abi::mte2::Copy& c, uint64_t address) {
  GmSegments segments;
  const uint64_t bytes = uint64_t{c.len_burst} * kBlock;
  for (unsigned i = 0; i < c.n_burst; ++i) {
    add_segment(segments, address + i * (bytes + uint64_t{c.src_gap} * kBlock), bytes);
  }
  return segments;
}

uint64_t copy_extent(const abi::mte2::Copy& c) {
  return strided_extent(c.n_burst, uint64_t{c.len_burst} * kBlock, uint64_t{c.dst_gap} * kBlock);
}

void copy_store(const abi::mte2::Copy& c, std::span<const uint8_t> bytes, std::span<uint8_t> dst) {
  const size_t length = size_t{c.len_burst} * kBlock;
  const size_t stride = length + size_t{c.dst_gap} * kBlock;
  for (size_t i = 0; i < c.n_burst; ++i) {
    std::memcpy(dst.data() + i * stride, bytes.data() + i * length, length);
  }
}

GmSegments copy_pad_source(const abi::mte2::CopyPad& c, const abi::csr::CopyGap& gap,
                           uint64_t address) {
  GmSegments segments;
  for (unsigned i = 0; i < c.n_burst; ++i) {
    add_segment(segments, address + i * (uint64_t{c.len} + gap.gm_gap), c.len);
  }
  return segments;
}

uint64_t copy_pad_extent(const abi::mte2::CopyPad& c, const abi::csr::CopyGap& gap) {
  return strided_extent(c.n_burst, padded_row(c), uint64_t{gap.local_gap} * kBlock);
}

void copy_pad_store(const abi::mte2::CopyPad& c, const abi::csr::CopyGap& gap, uint64_t value,
                    std::span<const uint8_t> bytes, std::span<uint8_t> dst) {
  const uint64_t row_bytes = padded_row(c);
  const uint64_t stride = row_bytes + uint64_t{gap.local_gap} * kBlock;
  const unsigned size = size_of(c.type);
  for (uint64_t i = 0; i < c.n_burst; ++i) {
    uint8_t* row = dst.data() + i * stride;
    const auto pad = [&](uint64_t from, uint64_t to) {
      for (uint64_t at = from; at < to; ++at) {
        row[at] = static_cast<uint8_t>(value >> (at % size * 8));
      }
    };
    pad(0, c.left_pad);
    std::memcpy(row + c.left_pad, bytes.data() + i * c.len, c.len);
    pad(uint64_t{c.left_pad} + c.len, row_bytes);
  }
}

GmSegments nd2nz_source(const abi::mte2::Nd2nz& c, const abi::csr::Nd2nzSrc& strides,
                        uint64_t address) {
  GmSegments segments;
  const unsigned size = size_of(c.type);
  for (uint64_t matrix = 0; matrix < c.nd_num; ++matrix) {
    const uint64_t base = address + matrix * strides.matrix_stride * size;
    for (uint64_t row = 0; row < c.n_value; ++row) {
      add_segment(segments, base + row * strides.row_stride * size, uint64_t{c.d_value} * size);
    }
  }
  return segments;
}

uint64_t nd2nz_extent(const abi::mte2::Nd2nz& c, const abi::csr::Nd2nzDst& strides) {
  const uint64_t c0 = kBlock / size_of(c.type);
  const uint64_t columns = (c.d_value + c0 - 1) / c0;
  return (uint64_t{c.nd_num - 1u} * strides.matrix_stride + (columns - 1) * strides.c0_stride +
          uint64_t{c.n_value - 1u} * strides.n_stride + 1) *
         kBlock;
}

void nd2nz_store(const abi::mte2::Nd2nz& c, const abi::csr::Nd2nzDst& strides,
                 std::span<const uint8_t> bytes, std::span<uint8_t> dst) {
  const size_t row_bytes = size_t{c.d_value} * size_of(c.type);
  const size_t columns = (row_bytes + kBlock - 1) / kBlock;
  const uint8_t* row = bytes.data();
  for (size_t matrix = 0; matrix < c.nd_num; ++matrix) {
    for (size_t r = 0; r < c.n_value; ++r, row += row_bytes) {
      uint8_t* to = dst.data() + (matrix * strides.matrix_stride + r * strides.n_stride) * kBlock;
      for (size_t column = 0; column < columns; ++column) {
        uint8_t* block = to + column * strides.c0_stride * kBlock;
        const size_t left = std::min<size_t>(kBlock, row_bytes - column * kBlock);
        std::memcpy(block, row + column * kBlock, left);
        std::memset(block + left, 0, kBlock - left);
      }
    }
  }
}

CoreError prepare_mte2(const QueueEntry& entry, const LocalBuffers& buffers,
                       const memory::MemoryPort& memory, MoverJob& job) {
  CoreError error =
      buffers.locate(entry.dst, entry.info->dst, entry.info->align, "destination", job.local);
  if (error) return error;
  uint64_t extent = 0;
  job.gm.clear();
  switch (entry.info->id) {
    case abi::Insn::mte2_copy: {
      const auto c = abi::mte2::Copy::unpack(entry.config);
      extent = copy_extent(c);
      job.gm = copy_source(c, entry.src);
      break;
    }
    case abi::Insn::mte2_copy_pad: {
      const auto c = abi::mte2::CopyPad::unpack(entry.config);
      const auto gap = abi::csr::CopyGap::unpack(entry.csr(abi::csr_number::COPY_GAP));
      if ((error = check_type(c.type))) return error;
      extent = copy_pad_extent(c, gap);
      job.gm = copy_pad_source(c, gap, entry.src);
      break;
    }
    case abi::Insn::mte2_nd2nz: {
      const auto c = abi::mte2::Nd2nz::unpack(entry.config);
      if ((error = check_type(c.type))) return error;
      if ((error = check_csr(entry, abi::csr_number::ND2NZ_DST))) return error;
      extent = nd2nz_extent(c, abi::csr::Nd2nzDst::unpack(entry.csr(abi::csr_number::ND2NZ_DST)));
      // The segments of an absurd extent are not worth listing.
      if ((error = buffers.check_extent(job.local, extent, "destination"))) return error;
      job.gm = nd2nz_source(c, abi::csr::Nd2nzSrc::unpack(entry.csr(abi::csr_number::ND2NZ_SRC)),
                            entry.src);
      break;
    }
    default:  // mte2_fill
      extent = uint64_t{abi::mte2::Fill::unpack(entry.config).len} * kBlock;
      break;
  }
  if ((error = buffers.check_extent(job.local, extent, "destination"))) return error;
  if ((error = check_gm(job.gm, memory, "source"))) return error;
  job.path = job.local.region == abi::Region::UB ? MoverPath::gm_to_ub : MoverPath::gm_to_l1;
  job.bytes = job.gm.empty() ? extent : total_bytes(job.gm);
  return {};
}

void publish_mte2(const QueueEntry& entry, LocalBuffers& buffers, const MoverJob& job) {
  const std::span<uint8_t> dst = buffers.buffer(job.local.region).subspan(job.local.offset);
  switch (entry.info->id) {
    case abi::Insn::mte2_copy:
      return copy_store(abi::mte2::Copy::unpack(entry.config), job.staging, dst);
    case abi::Insn::mte2_copy_pad:
      return copy_pad_store(abi::mte2::CopyPad::unpack(entry.config),
                            abi::csr::CopyGap::unpack(entry.csr(abi::csr_number::COPY_GAP)),
                            entry.csr(abi::csr_number::PAD_VALUE), job.staging, dst);
    case abi::Insn::mte2_nd2nz:
      return nd2nz_store(abi::mte2::Nd2nz::unpack(entry.config),
                         abi::csr::Nd2nzDst::unpack(entry.csr(abi::csr_number::ND2NZ_DST)),
                         job.staging, dst);
    default: {
      const auto c = abi::mte2::Fill::unpack(entry.config);
      for (size_t i = 0; i < job.bytes; i += 2) {
        dst[i] = static_cast<uint8_t>(c.value);
        dst[i + 1] = static_cast<uint8_t>(c.value >> 8);
      }
    }
  }
}

}  // namespace cubist::core

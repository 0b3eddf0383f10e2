// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/mte1.h"

#include <array>
#include <cstring>
#include <utility>

namespace cubist::core {
namespace {

constexpr unsigned kFractalBytes = 512;
constexpr unsigned kBlock = 32;  // One row of a fractal: C0 elements.

uint64_t output_size(uint64_t input, uint64_t padding, uint64_t filter, uint64_t dilation,
                     uint64_t stride) {
  const uint64_t span = dilation * (filter - 1) + 1;
  return input + padding < span ? 0 : (input + padding - span) / stride + 1;
}

/// Transposes a square of n x n elements of `size` bytes. Its rows and those of the result are cut
/// into fractals of 16 rows of 32 bytes, `from` and `to` to 512 bytes each.
void transpose_square(unsigned size, const std::array<const uint8_t*, 2>& from, uint8_t* to) {
  const unsigned n = size == 1 ? 32 : 16, per_row = kBlock / size;
  // Element (r, c) of either square: which fractal, and where in it.
  const auto place = [&](unsigned r, unsigned c) {
    const unsigned fractal = r / 16 + c / per_row;
    return std::pair{fractal, r % 16 * kBlock + c % per_row * size};
  };
  for (unsigned r = 0; r < n; ++r) {
    for (unsigned c = 0; c < n; ++c) {
      const auto [in, in_at] = place(r, c);
      const auto [out, out_at] = place(c, r);
      std::memcpy(to + out * kFractalBytes + out_at, from[in] + in_at, size);
    }
  }
}

abi::csr::Load2dPair pair_of(const QueueEntry& e) {
  return abi::csr::Load2dPair::unpack(e.csr(abi::csr_number::LOAD2D_PAIR));
}

Im2col im2col_of(const QueueEntry& e) {
  return {abi::csr::Load3dFmap::unpack(e.csr(abi::csr_number::LOAD3D_FMAP)),
          abi::csr::Load3dFilter::unpack(e.csr(abi::csr_number::LOAD3D_FILTER)),
          abi::csr::Load3dPad::unpack(e.csr(abi::csr_number::LOAD3D_PAD))};
}

}  // namespace

uint64_t Im2col::out_height() const {
  return output_size(map.height, uint64_t{pad.top} + pad.bottom, filter.filter_h, filter.dilation_h,
                     filter.stride_h);
}

uint64_t Im2col::out_width() const {
  return output_size(map.width, uint64_t{pad.left} + pad.right, filter.filter_w, filter.dilation_w,
                     filter.stride_w);
}

void load2d_gather(const abi::mte1::Load2d& c, const abi::csr::Load2dPair& pair,
                   std::span<const uint8_t> src, std::vector<uint8_t>& fractals) {
  const size_t step = load2d_fractals(c) * size_t{kFractalBytes};
  const unsigned size = abi::element_bytes(static_cast<abi::ElementType>(c.type));
  fractals.resize(c.repeat * step);
  for (size_t i = 0; i < c.repeat; ++i) {
    const uint8_t* from = src.data() + (c.start_index + i * c.src_stride) * kFractalBytes;
    uint8_t* to = fractals.data() + i * step;
    if (c.transpose != 0) {
      transpose_square(size, {from, step > kFractalBytes ? from + pair.src * kFractalBytes : from},
                       to);
    } else {
      std::memcpy(to, from, kFractalBytes);
    }
  }
}

void load2d_store(const abi::mte1::Load2d& c, const abi::csr::Load2dPair& pair,
                  std::span<const uint8_t> fractals, std::span<uint8_t> dst) {
  const unsigned step = load2d_fractals(c);
  for (size_t i = 0; i < c.repeat; ++i) {
    for (size_t half = 0; half < step; ++half) {
      std::memcpy(dst.data() + (i * (size_t{c.dst_gap} + 1) + half * pair.dst) * kFractalBytes,
                  fractals.data() + (i * step + half) * kFractalBytes, kFractalBytes);
    }
  }
}

CoreError check_im2col(const Im2col& g, const abi::mte1::Load3d& c) {
  if (g.c0() == 0) {
    return bad_config("LOAD3D_FMAP: element type " + std::to_string(g.map.type) + " is unknown");
  }
  if (g.map.height == 0 || g.map.width == 0 || g.map.c1 == 0) {
    return bad_config("LOAD3D_FMAP: height, width and c1 must be at least 1");
  }
  const abi::csr::Load3dFilter& f = g.filter;
  if (f.filter_h == 0 || f.filter_w == 0 || f.stride_h == 0 || f.stride_w == 0 ||
      f.dilation_h == 0 || f.dilation_w == 0) {
    return bad_config("LOAD3D_FILTER: filter, strides and dilations must be at least 1");
  }
  if (g.out_height() == 0 || g.out_width() == 0) {
    return bad_config("LOAD3D_FILTER: the dilated filter is larger than the padded feature map");
  }
  if (c.k_start % g.c0() != 0) {
    return bad_config("k_start is " + std::to_string(c.k_start) + ", expected a multiple of " +
                      std::to_string(g.c0()));
  }
  const uint64_t last = c.k_start + round_up(c.k_ext, g.c0());
  if (last > g.columns()) {
    return bad_config("columns up to " + std::to_string(last) + " asked for, but c1 * filter * " +
                      std::to_string(g.c0()) + " is " + std::to_string(g.columns()));
  }
  return {};
}

void load3d_gather(const Im2col& g, const abi::mte1::Load3d& c, std::span<const uint8_t> map,
                   std::vector<uint8_t>& fractals) {
  const uint64_t m_fractals = round_up(c.m_ext, 16) / 16;
  const uint64_t k_fractals = round_up(c.k_ext, g.c0()) / g.c0();
  fractals.resize(m_fractals * k_fractals * kFractalBytes);
  const uint64_t out_width = g.out_width(), pixels = g.out_height() * out_width;
  const uint64_t taps = uint64_t{g.filter.filter_h} * g.filter.filter_w;
  uint8_t pad_block[kBlock];
  const uint16_t pad =
      g.c0() == 32 ? static_cast<uint16_t>((g.pad.value & 0xff) * 0x101u) : g.pad.value;
  for (unsigned i = 0; i < kBlock; i += 2) std::memcpy(pad_block + i, &pad, 2);

  for (uint64_t row = 0; row < m_fractals * 16; ++row) {
    const uint64_t pixel = c.m_start + row;
    const auto top = static_cast<int64_t>(pixel / out_width * g.filter.stride_h) - g.pad.top;
    const auto left = static_cast<int64_t>(pixel % out_width * g.filter.stride_w) - g.pad.left;
    uint8_t* to = fractals.data() + row / 16 * k_fractals * kFractalBytes + row % 16 * kBlock;
    for (uint64_t k = 0; k < k_fractals; ++k, to += kFractalBytes) {
      const uint64_t block = c.k_start / g.c0() + k;
      const uint64_t c1 = block / taps, tap = block % taps;
      const int64_t y = top + static_cast<int64_t>(tap / g.filter.filter_w * g.filter.dilation_h);
      const int64_t x = left + static_cast<int64_t>(tap % g.filter.filter_w * g.filter.dilation_w);
      const bool inside = pixel < pixels && y >= 0 && x >= 0 && y < g.map.height && x < g.map.width;
      const uint64_t at = ((c1 * g.map.height + static_cast<uint64_t>(y)) * g.map.width +
                           static_cast<uint64_t>(x)) *
                          kBlock;
      std::memcpy(to, inside ? map.data() + at : pad_block, kBlock);
    }
  }
}

CoreError prepare_mte1(const QueueEntry& e, const LocalBuffers& buffers, MoverJob& job) {
  job.gm.clear();
  LocalAddress src{};
  CoreError error = buffers.locate(e.src, e.info->src, e.info->align, "source", src);
  if (error) return error;
  error = buffers.locate(e.dst, e.info->dst, e.info->align, "destination", job.local);
  if (error) return error;
  switch (e.info->id) {
    case abi::Insn::mte1_load2d: {
      const auto c = abi::mte1::Load2d::unpack(e.config);
      const unsigned pairs = load2d_fractals(c) - 1;
      if (c.transpose != 0 && abi::element_bytes(static_cast<abi::ElementType>(c.type)) == 0) {
        return bad_config("element type " + std::to_string(c.type) + " is unknown");
      }
      const abi::csr::Load2dPair pair = pair_of(e);
      const uint64_t first = uint64_t{c.start_index} * kFractalBytes;
      const uint64_t span =
          (uint64_t{c.repeat - 1u} * c.src_stride + pairs * pair.src + 1) * kFractalBytes;
      if ((error = buffers.check_source(src, first + span, "source"))) return error;
      const uint64_t extent =
          (uint64_t{c.repeat - 1u} * (c.dst_gap + 1u) + pairs * pair.dst + 1) * kFractalBytes;
      if ((error = buffers.check_extent(job.local, extent, "destination"))) return error;
      job.bytes = uint64_t{c.repeat} * (pairs + 1) * kFractalBytes;
      break;
    }
    case abi::Insn::mte1_load3d: {
      const auto c = abi::mte1::Load3d::unpack(e.config);
      const Im2col g = im2col_of(e);
      if ((error = check_im2col(g, c))) return error;
      // Only the planes of channels that the window touches need to be there.
      const uint64_t taps = uint64_t{g.filter.filter_h} * g.filter.filter_w;
      const uint64_t last_c1 = (c.k_start + round_up(c.k_ext, g.c0()) - 1) / g.c0() / taps;
      const uint64_t plane = uint64_t{g.map.height} * g.map.width * kBlock;
      if ((error = buffers.check_source(src, (last_c1 + 1) * plane, "feature map"))) return error;
      const uint64_t bytes = round_up(c.m_ext, 16) * (round_up(c.k_ext, g.c0()) / g.c0()) * kBlock;
      if ((error = buffers.check_extent(job.local, bytes, "destination"))) return error;
      job.bytes = bytes;
      break;
    }
    default: {  // mte1_load_bias
      const uint64_t bytes = uint64_t{abi::mte1::LoadBias::unpack(e.config).len} * 64;
      if ((error = buffers.check_source(src, bytes, "source"))) return error;
      if ((error = buffers.check_extent(job.local, bytes, "destination"))) return error;
      job.bytes = bytes;
      break;
    }
  }
  job.path = job.local.region == abi::Region::L0A   ? MoverPath::l1_to_l0a
             : job.local.region == abi::Region::L0B ? MoverPath::l1_to_l0b
                                                    : MoverPath::l1_to_bt;
  return {};
}

void sample_mte1(const QueueEntry& e, const LocalBuffers& buffers, MoverJob& job) {
  LocalAddress src{};
  buffers.locate(e.src, e.info->src, e.info->align, "source", src);
  const std::span<const uint8_t> from = buffers.buffer(abi::Region::L1).subspan(src.offset);
  if (e.info->id == abi::Insn::mte1_load2d) {
    load2d_gather(abi::mte1::Load2d::unpack(e.config), pair_of(e), from, job.staging);
  } else if (e.info->id == abi::Insn::mte1_load3d) {
    load3d_gather(im2col_of(e), abi::mte1::Load3d::unpack(e.config), from, job.staging);
  } else {
    const auto bytes = static_cast<std::ptrdiff_t>(job.bytes);
    job.staging.assign(from.begin(), from.begin() + bytes);
  }
}

void publish_mte1(const QueueEntry& e, LocalBuffers& buffers, const MoverJob& job) {
  const std::span<uint8_t> dst = buffers.buffer(job.local.region).subspan(job.local.offset);
  if (e.info->id == abi::Insn::mte1_load2d) {
    return load2d_store(abi::mte1::Load2d::unpack(e.config), pair_of(e), job.staging, dst);
  }
  std::memcpy(dst.data(), job.staging.data(), job.staging.size());
}

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
// How conv2d cuts its work: output tiles, input windows that fit L1, pieces of K.
#pragma once

#include "cube/tile_plan.h"

namespace cubist::kernel::cube {

/// The input pixels under a piece of one output dimension.
struct Window {
  uint32_t begin = 0, count = 0;           ///< Real pixels to load.
  uint32_t pad_before = 0, pad_after = 0;  ///< Virtual ones around them.
  bool outside = false;                    ///< Nothing real: `count` pixels of zeros stand for it.
};

/// `pixels` outputs from `first` on; `size` input pixels; `extent` is the dilated filter's.
inline Window window_of(uint64_t first, uint64_t pixels, uint64_t stride, uint64_t extent,
                        uint64_t pad, uint64_t size) {
  const auto start = static_cast<int64_t>(first * stride) - static_cast<int64_t>(pad);
  const auto need = static_cast<int64_t>((pixels - 1) * stride + extent);
  const int64_t low = start < 0 ? 0 : start;
  const int64_t high =
      start + need < static_cast<int64_t>(size) ? start + need : static_cast<int64_t>(size);
  Window window;
  if (low >= high) {
    window.count = static_cast<uint32_t>(need);
    window.outside = true;
    return window;
  }
  window.begin = static_cast<uint32_t>(low);
  window.count = static_cast<uint32_t>(high - low);
  window.pad_before = static_cast<uint32_t>(low - start);
  window.pad_after = static_cast<uint32_t>(start + need - high);
  return window;
}

struct ConvPlan {
  TileShape tile;          ///< Of the cube; n in whole blocks of 16 channels.
  uint32_t rows = 0;       ///< Output rows of a band.
  uint32_t columns = 0;    ///< Output columns of a band; all of them unless rows is 1.
  uint32_t channels1 = 0;  ///< Input channel blocks of one piece of the feature map in L1.
  uint32_t fractals = 0;   ///< K fractals of one piece of the weights in L1.
  uint32_t bands = 0, segments = 0, n_tiles = 0;  ///< Along height, width and output channels.
  uint32_t taps = 0;                              ///< Filter positions.
  uint64_t extent_h = 0, extent_w = 0;            ///< Dilated filter.
};

/// 0, or a CUBIST_TRAP_ code. `most_c1`: the largest number of input blocks of an output block;
/// `map_bytes`, `weight_bytes`: one L1 slot of either; `blocks`: how many share the work.
inline unsigned plan_conv(const cubist_conv2d_args& a, uint64_t most_c1, uint32_t map_bytes,
                          uint32_t weight_bytes, uint64_t blocks, const L0Halves& l0,
                          const OutputHalves& output, ConvPlan& plan) {
  const auto within = [](uint64_t value, uint64_t low, uint64_t high) {
    return value >= low && value <= high;
  };
  if (!within(a.in_h, 1, 65535) || !within(a.in_w, 1, 65535) || !within(a.filter_h, 1, 511) ||
      !within(a.filter_w, 1, 511) || !within(a.stride_h, 1, 63) || !within(a.stride_w, 1, 63) ||
      !within(a.dilation_h, 1, 255) || !within(a.dilation_w, 1, 255) || a.pad_top > 255 ||
      a.pad_left > 255 || a.pad_bottom > 255 || a.pad_right > 255 || a.relu > 1 || a.batch == 0 ||
      a.in_c1 == 0 || a.out_c1 == 0) {
    return CUBIST_TRAP_BAD_ARGS;
  }
  plan.taps = static_cast<uint32_t>(a.filter_h * a.filter_w);
  plan.extent_h = (a.filter_h - 1) * a.dilation_h + 1;
  plan.extent_w = (a.filter_w - 1) * a.dilation_w + 1;
  const uint64_t padded_h = a.in_h + a.pad_top + a.pad_bottom;
  const uint64_t padded_w = a.in_w + a.pad_left + a.pad_right;
  if (padded_h < plan.extent_h || padded_w < plan.extent_w ||
      a.out_h != (padded_h - plan.extent_h) / a.stride_h + 1 ||
      a.out_w != (padded_w - plan.extent_w) / a.stride_w + 1) {
    return CUBIST_TRAP_BAD_ARGS;
  }

  const uint64_t pixels = a.out_h * a.out_w;
  const uint32_t most_n = a.groups != 0 ? 16 : OutputHalves::kMaxColumns;
  plan.tile = choose_tile(pixels, a.out_c1 * 16, most_c1 * plan.taps * 16, most_n, l0, output);
  if (plan.tile.k == 0) return CUBIST_TRAP_NO_TILE;
  plan.tile.n = even_tile(a.out_c1 * 16, plan.tile.n);
  plan.n_tiles = static_cast<uint32_t>(divide_up(a.out_c1 * 16, plan.tile.n));

  // Weights: as many K fractals as a slot holds, in whole L0 tiles.
  const uint32_t k1 = plan.tile.k / 16;
  plan.fractals = weight_bytes / (plan.tile.n / 16 * kFractal);
  if (plan.fractals == 0) return CUBIST_TRAP_NO_TILE;
  if (plan.fractals > k1) plan.fractals = static_cast<uint32_t>(round_down(plan.fractals, k1));

  // Feature map. A window outside the map (padding beyond the filter's reach) takes its full size.
  const bool far_pads = a.pad_top >= plan.extent_h || a.pad_bottom >= plan.extent_h ||
                        a.pad_left >= plan.extent_w || a.pad_right >= plan.extent_w;
  const auto bytes_of = [&](uint64_t rows, uint64_t columns) {
    uint64_t height = (rows - 1) * a.stride_h + plan.extent_h;
    uint64_t width = (columns - 1) * a.stride_w + plan.extent_w;
    if (!far_pads) {
      height = smaller(height, a.in_h);
      width = columns == a.out_w ? a.in_w : smaller(width, a.in_w);
    } else {
      width = larger(width, a.in_w);
    }
    return height * width * kBlock;
  };
  // load3d counts pixels and columns in 16 bits.
  constexpr uint64_t kMostPixels = 32768, kMostColumns = 65520;
  const uint64_t c1_limit = kMostColumns / 16 / plan.taps;
  if (c1_limit == 0) return CUBIST_TRAP_NO_TILE;
  const uint64_t whole_c1 = smaller(most_c1, c1_limit);

  // A band for each block when there are too few images and output tiles; then as many rows as fit
  // with all input channels, so that nothing is loaded twice for the tiles of a band.
  const uint64_t bands = divide_up(blocks, a.batch * plan.n_tiles);
  const uint64_t few = divide_up(smaller(pixels, 64), a.out_w);
  uint64_t rows = larger(divide_up(a.out_h, bands), few);
  rows = larger(1, smaller(rows, kMostPixels / a.out_w));
  uint64_t columns = a.out_w;
  const uint64_t one_tile = larger(1, plan.tile.m / a.out_w);
  while (rows > one_tile && bytes_of(rows, columns) * whole_c1 > map_bytes) --rows;
  while (rows > 1 && bytes_of(rows, columns) > map_bytes) --rows;
  if (rows == 1 && columns > plan.tile.m && bytes_of(1, columns) * whole_c1 > map_bytes) {
    columns = plan.tile.m;
  }
  while (columns > 16 && bytes_of(rows, columns) > map_bytes) columns = round_down(columns - 1, 16);
  while (columns > 1 && bytes_of(rows, columns) > map_bytes) --columns;
  const uint64_t fits = map_bytes / bytes_of(rows, columns);
  if (fits == 0 || columns > kMostPixels) return CUBIST_TRAP_NO_TILE;
  plan.rows = static_cast<uint32_t>(divide_up(a.out_h, divide_up(a.out_h, rows)));
  plan.columns = static_cast<uint32_t>(columns);
  plan.channels1 = static_cast<uint32_t>(smaller(whole_c1, fits));
  plan.bands = static_cast<uint32_t>(divide_up(a.out_h, plan.rows));
  plan.segments = static_cast<uint32_t>(divide_up(a.out_w, plan.columns));
  plan.tile.m = even_tile(uint64_t{plan.rows} * plan.columns, plan.tile.m);
  return 0;
}

}  // namespace cubist::kernel::cube

// SPDX-License-Identifier: Apache-2.0
// Vector instructions over a lattice of pixels: rows x columns with any strides, in as few
// instructions as the repeat and block strides allow.
#pragma once

#include "vector/common.h"

namespace cubist::kernel {

/// Strides are in pixels of `blocks` x 32 bytes: 1 for FP16, 2 for FP32 (sixteen channels each).
struct Lattice {
  uint64_t rows, columns;
  uint32_t dst, src;
  uint64_t dst_row, dst_column, src_row, src_column;
  uint32_t blocks;
  ElementType type;
};

inline constexpr uint64_t kStrideMax = 255;

/// Calls emit(dst, src, config) until every pixel has been covered; emit issues one instruction
/// whose sources are `src` (and `dst` itself for operations that accumulate) with equal strides.
template <class Emit>
void for_lattice(const Lattice& l, Emit emit) {
  if (l.rows == 0 || l.columns == 0) return;
  const uint32_t pixel = l.blocks * kBlock;
  const auto at_dst = [&](uint64_t r, uint64_t c) {
    return static_cast<uint32_t>(l.dst + (r * l.dst_row + c * l.dst_column) * pixel);
  };
  const auto at_src = [&](uint64_t r, uint64_t c) {
    return static_cast<uint32_t>(l.src + (r * l.src_row + c * l.src_column) * pixel);
  };
  const auto config = [&](uint64_t repeat, uint64_t dst_block, uint64_t src_block,
                          uint64_t dst_repeat, uint64_t src_repeat, bool counter) {
    return v::Config{.repeat = static_cast<uint8_t>(repeat),
                     .dst_block = static_cast<uint8_t>(dst_block),
                     .src0_block = static_cast<uint8_t>(src_block),
                     .src1_block = static_cast<uint8_t>(src_block),
                     .dst_repeat = static_cast<uint8_t>(dst_repeat),
                     .src0_repeat = static_cast<uint8_t>(src_repeat),
                     .src1_repeat = static_cast<uint8_t>(src_repeat),
                     .type = static_cast<uint8_t>(l.type),
                     .counter = counter};
  };
  const uint64_t per_repeat = 8 / l.blocks;  // pixels that one repeat can hold
  const bool dense = l.dst_column == 1 && l.src_column == 1;
  const bool blocks_reach =
      (l.blocks == 1 && l.dst_column <= kStrideMax && l.src_column <= kStrideMax) || dense;
  const bool rows_reach = l.dst_row * l.blocks <= kStrideMax && l.src_row * l.blocks <= kStrideMax;
  const uint64_t groups = (l.columns + per_repeat - 1) / per_repeat;

  if (blocks_reach && rows_reach && groups < l.rows) {
    // A group of pixels side by side in each repeat, repeats down the rows.
    for (uint64_t c = 0; c < l.columns; c += per_repeat) {
      const uint64_t lanes = smaller(per_repeat, l.columns - c) * 16;
      csr::set_vmask0(lanes >= 64 ? ~uint64_t{0} : (uint64_t{1} << lanes) - 1);
      csr::set_vmask1(lanes >= 128  ? ~uint64_t{0}
                      : lanes <= 64 ? 0
                                    : (uint64_t{1} << (lanes - 64)) - 1);
      for (uint64_t r = 0; r < l.rows; r += kRepeatMax) {
        emit(at_dst(r, c), at_src(r, c),
             config(smaller(kRepeatMax, l.rows - r), l.dst_column, l.src_column,
                    l.dst_row * l.blocks, l.src_row * l.blocks, false));
      }
    }
    return;
  }
  if (blocks_reach && l.dst_column * 8 <= kStrideMax && l.src_column * 8 <= kStrideMax) {
    // Whole rows, counted.
    count(l.columns * 16);
    for (uint64_t r = 0; r < l.rows; ++r) {
      emit(at_dst(r, 0), at_src(r, 0),
           config(0, l.dst_column, l.src_column, l.dst_column * 8, l.src_column * 8, true));
    }
    return;
  }
  // One pixel a repeat, along whichever side is longer and within reach; else one an instruction.
  csr::set_vmask0(0xffff);
  csr::set_vmask1(0);
  const bool columns_reach =
      l.dst_column * l.blocks <= kStrideMax && l.src_column * l.blocks <= kStrideMax;
  if (rows_reach && (l.rows >= l.columns || !columns_reach)) {
    for (uint64_t c = 0; c < l.columns; ++c) {
      for (uint64_t r = 0; r < l.rows; r += kRepeatMax) {
        emit(at_dst(r, c), at_src(r, c),
             config(smaller(kRepeatMax, l.rows - r), 1, 1, l.dst_row * l.blocks,
                    l.src_row * l.blocks, false));
      }
    }
    return;
  }
  const uint64_t step = columns_reach ? kRepeatMax : 1;
  for (uint64_t r = 0; r < l.rows; ++r) {
    for (uint64_t c = 0; c < l.columns; c += step) {
      emit(at_dst(r, c), at_src(r, c),
           config(smaller(step, l.columns - c), 1, 1, columns_reach ? l.dst_column * l.blocks : 0,
                  columns_reach ? l.src_column * l.blocks : 0, false));
    }
  }
}

}  // namespace cubist::kernel

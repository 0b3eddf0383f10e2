// SPDX-License-Identifier: Apache-2.0
// Sizes of the tiles that L0A, L0B and L0C hold, from the core's buffers and the problem.
#pragma once

#include "cube/pipeline.h"

namespace cubist::kernel::cube {

/// One mmad multiplies up to m x k by k x n; all are multiples of 16.
struct TileShape {
  uint32_t m = 0, n = 0, k = 0;
};

/// The largest tile shape that half of each buffer holds, no larger than the problem. `rows`,
/// `columns` and `depth` are not 0.
inline TileShape choose_tile(uint64_t rows, uint64_t columns, uint64_t depth, uint32_t most_columns,
                             const L0Halves& l0, const OutputHalves& output) {
  constexpr uint32_t kMostRows = 256, kMostDepth = 512;
  const uint32_t c_elements = output.bytes() / 4;
  TileShape tile;
  // Near-square outputs need the fewest operand bytes for a multiplication.
  uint32_t square = 16;
  while (4 * square * square <= c_elements) square *= 2;
  const uint32_t most = static_cast<uint32_t>(smaller(most_columns, OutputHalves::kMaxColumns));
  tile.n = static_cast<uint32_t>(
      smaller(smaller(round_up(columns, 16), round_down(l0.b_bytes() / kBlock, 16)),
              smaller(square, most)));
  if (tile.n == 0) return {};
  const uint64_t fits = smaller(c_elements / tile.n, l0.a_bytes() / kBlock);
  tile.m =
      static_cast<uint32_t>(smaller(round_up(rows, 16), smaller(kMostRows, round_down(fits, 16))));
  if (tile.m == 0) return {};
  const uint64_t deep = smaller(l0.a_bytes() / (2 * tile.m), l0.b_bytes() / (2 * tile.n));
  tile.k = static_cast<uint32_t>(
      smaller(round_up(depth, 16), smaller(kMostDepth, round_down(deep, 16))));
  return tile;
}

/// `most` or a little less, so that equal pieces, multiples of 16, cover `total`.
inline uint32_t even_tile(uint64_t total, uint32_t most) {
  return static_cast<uint32_t>(round_up(divide_up(total, divide_up(total, most)), 16));
}

}  // namespace cubist::kernel::cube

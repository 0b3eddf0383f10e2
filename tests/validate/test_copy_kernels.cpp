// SPDX-License-Identifier: Apache-2.0
// bench_copy_ub and bench_copy_l1: what they read, in which order, and how it lies in the buffer.
#include <algorithm>
#include <catch2/catch.hpp>

#include "bench_chip.h"
#include "testbench/chip/kernels/calibration_args.h"

namespace cubist::test {
namespace {

constexpr size_t kPlace = size_t{1} << 20;  // Each block's last tile.

struct Result {
  std::vector<std::vector<uint16_t>> last;  ///< Of each block.
  uint64_t bytes = 0;                       ///< From GM, of all cores.
};

/// Runs it over a tensor whose element (r, c) is r * 31 + c * 7 modulo 2048.
class Copies {
 public:
  explicit Copies(bool to_l1) : to_l1_(to_l1) {}
  Result run(cubist_bench_copy_args args) {
    args.row_stride = args.columns;
    std::vector<uint16_t> tensor(args.rows * args.columns);
    for (size_t i = 0; i < tensor.size(); ++i) {
      tensor[i] = value(i / args.columns, i % args.columns);
    }
    const unsigned blocks = cores();
    const Buffer src = chip_.put(tensor);
    const Buffer dst = chip_.device().allocate(blocks * kPlace);
    args.src = src.address();
    args.dst = dst.address();
    const char* path = to_l1_ ? ".gm_to_l1_bytes" : ".gm_to_ub_bytes";
    const uint64_t before = chip_.simulator().statistic("chip.core", path);
    chip_.run(to_l1_ ? "bench_copy_l1" : "bench_copy_ub", args, blocks);
    Result result;
    result.bytes = chip_.simulator().statistic("chip.core", path) - before;
    const size_t width = (args.tile_columns + 15) / 16 * 16;
    for (unsigned b = 0; b < blocks; ++b) {
      result.last.push_back(chip_.get(dst.address() + b * kPlace, args.tile_rows * width));
    }
    return result;
  }
  unsigned cores() { return to_l1_ ? chip_.device().cube_cores() : chip_.device().vector_cores(); }
  static uint16_t value(size_t row, size_t column) {
    return static_cast<uint16_t>((row * 31 + column * 7) % 2048);
  }

 private:
  bool to_l1_;
  BenchChip chip_;
};

/// Elements of the last tile (at row, column) that are not what they should be.
size_t wrong_in(const std::vector<uint16_t>& tile, const cubist_bench_copy_args& a, size_t row,
                size_t column, bool nz) {
  const size_t rows = std::min<size_t>(a.tile_rows, a.rows - row);
  const size_t columns = std::min<size_t>(a.tile_columns, a.columns - column);
  const size_t width = (columns + 15) / 16 * 16;  // Rows begin at whole blocks in UB.
  size_t wrong = 0;
  for (size_t r = 0; r < rows; ++r) {
    for (size_t c = 0; c < columns; ++c) {
      const size_t at = nz ? (c / 16 * a.tile_rows + r) * 16 + c % 16 : r * width + c;
      wrong += tile[at] != Copies::value(row + r, column + c);
    }
  }
  return wrong;
}

/// Number of the last tile that a block gets when `tiles` are dealt to `cores`.
size_t last_dealt(size_t tiles, unsigned block, unsigned cores) {
  return (tiles - 1 - block) / cores * cores + block;
}

cubist_bench_copy_args shape(uint64_t rows, uint64_t columns, uint64_t tile_rows,
                             uint64_t tile_columns) {
  cubist_bench_copy_args args{};
  args.rows = rows;
  args.columns = columns;
  args.tile_rows = tile_rows;
  args.tile_columns = tile_columns;
  args.passes = 1;
  args.buffers = 2;
  return args;
}

TEST_CASE("copies to UB: every tile is read once, by the block whose turn it is") {
  Copies copies(false);
  const unsigned cores = copies.cores();
  auto args = shape(64, 320, 8, 128);
  for (const uint64_t order :
       {CUBIST_BENCH_ORDER_NONE, CUBIST_BENCH_ORDER_FLAGS, CUBIST_BENCH_ORDER_DRAIN}) {
    args.order = order;
    const Result result = copies.run(args);
    CHECK(result.bytes == 64 * 320 * 2);
    for (unsigned b = 0; b < cores; ++b) {
      const size_t last = last_dealt(8 * 3, b, cores);
      CHECK(wrong_in(result.last[b], args, last / 3 * 8, last % 3 * 128, false) == 0);
    }
  }
}

TEST_CASE("copies to UB: rows of odd width, with padding") {
  Copies copies(false);
  auto args = shape(64, 301, 8, 128);
  args.padded = 1;
  const Result result = copies.run(args);
  CHECK(result.bytes == 64 * 301 * 2);
  for (unsigned b = 0; b < copies.cores(); ++b) {
    const size_t last = last_dealt(8 * 3, b, copies.cores());
    CHECK(wrong_in(result.last[b], args, last / 3 * 8, last % 3 * 128, false) == 0);
  }
}

TEST_CASE("copies to UB: passes and walks") {
  Copies copies(false);
  const unsigned cores = copies.cores();
  auto args = shape(64, 256, 4, 64);
  args.passes = 3;
  args.walk = CUBIST_BENCH_WALK_PARTS;
  Result result = copies.run(args);
  CHECK(result.bytes == 3 * 64 * 256 * 2);
  for (unsigned b = 0; b < cores; ++b) {  // Of the last quarter: four rows of four tiles.
    const size_t last = last_dealt(4 * 4, b, cores);
    CHECK(wrong_in(result.last[b], args, 48 + last / 4 * 4, last % 4 * 64, false) == 0);
  }
  args.walk = CUBIST_BENCH_WALK_SAME;
  result = copies.run(args);
  CHECK(result.bytes == 3ull * cores * 64 * 256 * 2);
  for (unsigned b = 0; b < cores; ++b) {
    CHECK(wrong_in(result.last[b], args, 60, 192, false) == 0);
  }
  args.walk = CUBIST_BENCH_WALK_STAGGERED;
  result = copies.run(args);
  CHECK(result.bytes == 3ull * cores * 64 * 256 * 2);
  const size_t tiles = 16 * 4;
  for (unsigned b = 0; b < cores; ++b) {  // The last tile is the one before the first.
    const size_t last = (b + tiles - 1) % tiles;
    CHECK(wrong_in(result.last[b], args, last / 4 * 4, last % 4 * 64, false) == 0);
  }
}

TEST_CASE("copies to L1 arrive as NZ fractals") {
  Copies copies(true);
  for (const uint64_t columns : {320, 301}) {
    auto args = shape(64, columns, 16, 128);
    args.order = CUBIST_BENCH_ORDER_FLAGS;
    const Result result = copies.run(args);
    CHECK(result.bytes == 64 * columns * 2);
    for (unsigned b = 0; b < copies.cores(); ++b) {
      const size_t last = last_dealt(4 * 3, b, copies.cores());
      CHECK(wrong_in(result.last[b], args, last / 3 * 16, last % 3 * 128, true) == 0);
    }
  }
}

TEST_CASE("copies: what does not fit or is not whole blocks is refused") {
  Copies copies(false);
  CHECK_THROWS_AS(copies.run(shape(1024, 1024, 512, 512)), Error);
  CHECK_THROWS_AS(copies.run(shape(64, 301, 8, 128)), Error);
}

}  // namespace
}  // namespace cubist::test

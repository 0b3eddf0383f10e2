// SPDX-License-Identifier: Apache-2.0
// bench_vector_add and the empty kernels.
#include <catch2/catch.hpp>

#include "bench_chip.h"
#include "testbench/chip/kernels/calibration_args.h"

namespace cubist::test {
namespace {

struct Case {
  uint64_t tile, buffers, bypass;
  uint64_t x[2], y[2], z[2];
};

void add(BenchChip& chip, const Case& c, size_t count) {
  const std::vector<int> x = whole_numbers(count, 900, 1), y = whole_numbers(count, 900, 2);
  const Buffer bx = chip.put(halves(x)), by = chip.put(halves(y));
  const Buffer bz = chip.put(std::vector<uint16_t>(count + 64, 0x7e00));
  cubist_bench_vector_add_args args{};
  args.x = bx.address();
  args.y = by.address();
  args.z = bz.address();
  args.count = count;
  args.tile = c.tile;
  args.buffers = c.buffers;
  args.bypass = c.bypass;
  for (int i = 0; i < 2; ++i) {
    args.ub_x[i] = c.x[i];
    args.ub_y[i] = c.y[i];
    args.ub_z[i] = c.z[i];
  }
  chip.run("bench_vector_add", args, chip.device().vector_cores());
  const std::vector<uint16_t> z = chip.get(bz.address(), count + 64);
  size_t wrong = 0;
  for (size_t i = 0; i < count; ++i) wrong += z[i] != half(x[i] + y[i]);
  CHECK(wrong == 0);
  for (size_t i = count; i < z.size(); ++i) CHECK(z[i] == 0x7e00);
}

TEST_CASE("vector add: sums are right with one buffer, two, and a last tile that is smaller") {
  BenchChip chip;
  add(chip, {1024, 1, 0, {0, 0}, {2048, 0}, {4096, 0}}, 1024 * 13 + 48);
  add(chip, {1024, 2, 0, {0, 2048}, {4096, 6144}, {8192, 10240}}, 1024 * 13 + 48);
  add(chip, {2048, 2, 0, {0, 65536}, {4352, 69888}, {131072, 135168}}, 2048 * 9);
  // Fewer tiles than cores.
  add(chip, {1024, 2, 0, {0, 2048}, {4096, 6144}, {8192, 10240}}, 1024 * 2);
}

/// Requests that brought no line into L2; one chip in a process, so one test case for each hint.
uint64_t bypasses(uint64_t hint) {
  BenchChip chip;
  add(chip, {1024, 2, hint, {0, 2048}, {4096, 6144}, {8192, 10240}}, 1024 * 64);
  return chip.simulator().statistic("chip.l2", ".bypasses");
}

TEST_CASE("vector add: without a hint nothing bypasses L2") {
  CHECK(bypasses(0) == 0);
}
TEST_CASE("vector add: stores can bypass L2") {
  CHECK(bypasses(1) == 1024 * 64 * 2 / 512);
}
TEST_CASE("vector add: loads can bypass L2") {
  CHECK(bypasses(2) == 2 * 1024 * 64 * 2 / 512);
}

TEST_CASE("vector add: a tile that no instruction can count is refused") {
  BenchChip chip;
  cubist_bench_vector_add_args args{};
  args.count = 1 << 16;
  args.tile = 32768;
  args.buffers = 1;
  CHECK_THROWS_AS(chip.run("bench_vector_add", args, 1), Error);
}

TEST_CASE("ND to NZ in UB: every block of sixteen columns arrives") {
  BenchChip chip;
  constexpr size_t kRows = 96, kColumns = 384;
  std::vector<uint16_t> source(kRows * kColumns);
  for (size_t i = 0; i < source.size(); ++i) source[i] = half(static_cast<int>(i * 7 % 2048));
  const Buffer src = chip.put(source);
  for (const uint64_t stride : {32, 33, 144}) {
    const Buffer dst = chip.put(std::vector<uint16_t>(source.size(), 0x7e00));
    cubist_bench_nd2nz_args args{};
    args.src = src.address();
    args.dst = dst.address();
    args.rows = kRows;
    args.columns = kColumns;
    args.tile_rows = 32;
    args.c0_stride = stride;
    chip.run("bench_nd2nz_ub", args, chip.device().vector_cores());
    const std::vector<uint16_t> result = chip.get(dst.address(), source.size());
    size_t wrong = 0;
    for (size_t r = 0; r < kRows; ++r) {
      for (size_t c = 0; c < kColumns; ++c) {
        wrong += result[(c / 16 * kRows + r) * 16 + c % 16] != source[r * kColumns + c];
      }
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("bank benchmark: additions are counted, and a conflict of sources doubles a repeat") {
  BenchChip chip;
  cubist_bench_banks_args args{};
  args.count = 100;
  args.repeats = 64;
  args.dst = 0x10000;
  args.src1 = 0x4100;
  args.src0_repeat = 8;
  const auto busy = [&] { return chip.simulator().statistic("chip.core", ".v.busy_cycles"); };
  chip.run("bench_banks", args, 1);
  const uint64_t apart = busy();
  args.src1 = 0x4000;
  chip.run("bench_banks", args, 1);
  CHECK(busy() - apart - apart == 100 * 64);
  CHECK(chip.simulator().statistic("chip.core", ".v.instructions") == 200);
}

TEST_CASE("empty kernels run on every core") {
  BenchChip chip;
  chip.run("bench_empty_aic", cubist_bench_empty_args{0}, chip.device().cube_cores());
  chip.run("bench_empty_aiv", cubist_bench_empty_args{0}, chip.device().vector_cores());
  CHECK(chip.simulator().statistic("chip.core", ".blocks") ==
        chip.device().cube_cores() + chip.device().vector_cores());
}

}  // namespace
}  // namespace cubist::test

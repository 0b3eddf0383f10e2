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

TEST_CASE("empty kernels run on every core") {
  BenchChip chip;
  chip.run("bench_empty_aic", cubist_bench_empty_args{0}, chip.device().cube_cores());
  chip.run("bench_empty_aiv", cubist_bench_empty_args{0}, chip.device().vector_cores());
  CHECK(chip.simulator().statistic("chip.core", ".blocks") ==
        chip.device().cube_cores() + chip.device().vector_cores());
}

}  // namespace
}  // namespace cubist::test

// SPDX-License-Identifier: Apache-2.0
// bench_matmul against sums of whole numbers, which are exact.
#include <catch2/catch.hpp>

#include "bench_chip.h"
#include "testbench/chip/kernels/calibration_args.h"

namespace cubist::test {
namespace {

cubist_bench_matmul_args small() {
  cubist_bench_matmul_args args{};
  args.m = 192;
  args.n = 128;
  args.k = 256;
  args.base_m = 32;
  args.base_n = 64;
  args.base_k = 32;
  args.step_a = 4;
  args.step_b = 2;
  args.panel = 1;
  return args;
}

size_t wrong_results(BenchChip& chip, cubist_bench_matmul_args args) {
  const std::vector<int> a = whole_numbers(args.m * args.k, 2, 1);
  const std::vector<int> b = whole_numbers(args.k * args.n, 2, 2);  // k x n
  std::vector<int> stored = b;
  if (args.b_is_nk != 0) {
    for (size_t k = 0; k < args.k; ++k) {
      for (size_t n = 0; n < args.n; ++n) stored[n * args.k + k] = b[k * args.n + n];
    }
  }
  const Buffer ba = chip.put(halves(a)), bb = chip.put(halves(stored));
  const Buffer bc = chip.put(std::vector<uint16_t>(args.m * args.n, 0x7e00));
  args.a = ba.address();
  args.b = bb.address();
  args.c = bc.address();
  chip.run("bench_matmul", args, chip.device().cube_cores());
  const std::vector<uint16_t> c = chip.get(bc.address(), args.m * args.n);
  size_t wrong = 0;
  for (size_t m = 0; m < args.m; ++m) {
    for (size_t n = 0; n < args.n; ++n) {
      int sum = 0;
      for (size_t k = 0; k < args.k; ++k) sum += a[m * args.k + k] * b[k * args.n + n];
      wrong += c[m * args.n + n] != half(sum);
    }
  }
  return wrong;
}

TEST_CASE("matmul: every output block is right, in every order of blocks and layout of B") {
  BenchChip chip;
  for (const uint64_t b_is_nk : {0, 1}) {
    for (const uint64_t deal : {0, 1}) {
      for (const uint64_t panel : {1, 4, 8}) {  // 6 rows of blocks: the last panel is smaller.
        auto args = small();
        args.b_is_nk = b_is_nk;
        args.deal = deal;
        args.panel = panel;
        CAPTURE(b_is_nk, deal, panel);
        CHECK(wrong_results(chip, args) == 0);
      }
    }
  }
}

TEST_CASE("matmul: the published tiling") {
  BenchChip chip;
  auto args = small();
  args.m = 256;
  args.n = 512;
  args.k = 1024;
  args.base_m = 128;
  args.base_n = 256;
  args.base_k = 64;
  args.step_a = 8;
  args.step_b = 4;
  CHECK(wrong_results(chip, args) == 0);
}

TEST_CASE("matmul: shapes that do not divide, or do not fit, are refused") {
  BenchChip chip;
  auto args = small();
  args.m = 200;
  CHECK_THROWS_AS(chip.run("bench_matmul", args, 1), Error);
  args = small();
  args.base_k = 1024;
  CHECK_THROWS_AS(chip.run("bench_matmul", args, 1), Error);
}

}  // namespace
}  // namespace cubist::test

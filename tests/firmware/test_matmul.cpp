// SPDX-License-Identifier: Apache-2.0
// The matmul kernel, compiled natively, against a plain triple loop; all values are whole numbers.
#include <catch2/catch.hpp>

#include "abi/kernel_args.h"
#include "matmul_data.h"
#include "native_core.h"

extern "C" void matmul(const cubist_matmul_args* args);

using namespace cubist::test;

namespace {

const NativeSizes kTiny{64 << 10, 8 << 10, 8 << 10, 16 << 10, 1 << 10};

using Case = MatmulCase;

void check(const Case& c, const NativeSizes& sizes, unsigned seed) {
  MatmulData data(c, seed);
  for (uint32_t block = 0; block < c.blocks; ++block) {
    NativeCore core(sizes, data.gm, block, c.blocks, seed + block);
    matmul(&data.args);
    REQUIRE(core.finish() == "");
    REQUIRE(core.trap_code == 0);
  }
  INFO("m " << c.m << " n " << c.n << " k " << c.k << " layouts " << c.a_layout << c.b_layout);
  REQUIRE(data.mistakes() == 0);
}

}  // namespace

TEST_CASE("matmul: every layout, sizes that are no multiples of 16") {
  unsigned seed = 1;
  for (uint64_t a_layout = 0; a_layout < 2; ++a_layout) {
    for (uint64_t b_layout = 0; b_layout < 3; ++b_layout) {
      Case c{37, 45, 53, a_layout, b_layout};
      c.bias = (a_layout + b_layout) % 2 == 0;
      check(c, kTiny, seed++);
      check(c, NativeSizes{}, seed++);
    }
  }
}

TEST_CASE("matmul: K in many pieces, many tiles, on a core with small buffers") {
  Case c{100, 70, 700};
  c.bias = true;
  c.relu = 1;
  c.blocks = 3;
  check(c, kTiny, 11);
  c.a_layout = 1;
  c.b_layout = 2;
  check(c, kTiny, 12);
  c.b_layout = 1;
  c.c_f32 = 1;
  check(c, kTiny, 13);
}

TEST_CASE("matmul: one row, one column, depth one") {
  check({1, 1, 1}, kTiny, 21);
  check({1, 200, 33}, kTiny, 22);
  check({200, 1, 33}, kTiny, 23);
  check({33, 33, 1}, kTiny, 24);
  check({1, 10, 3136, 0, 2}, NativeSizes{}, 25);
}

TEST_CASE("matmul: batches, B shared or not, more blocks than work") {
  Case c{20, 24, 40};
  c.batch = 3;
  c.blocks = 2;
  check(c, kTiny, 31);
  c.share_b = true;
  check(c, kTiny, 32);
  c.blocks = 40;
  check(c, kTiny, 33);
}

TEST_CASE("matmul: large tiles of the default core") {
  Case c{300, 260, 600};
  c.bias = true;
  check(c, NativeSizes{}, 41);
}

TEST_CASE("matmul: bad arguments trap") {
  std::vector<uint8_t> gm(64);
  NativeCore core(kTiny, gm, 0, 1, 1);
  cubist_matmul_args args{};
  matmul(&args);
  REQUIRE(core.trap_code == CUBIST_TRAP_BAD_ARGS);
}

// SPDX-License-Identifier: Apache-2.0
// The conv2d kernel, compiled natively, against plain loops; all values are whole numbers.
#include <catch2/catch.hpp>

#include "abi/kernel_args.h"
#include "conv_data.h"
#include "native_core.h"

extern "C" void conv2d(const cubist_conv2d_args* args);

using namespace cubist::test;

namespace {

using Case = ConvCase;
const NativeSizes kTiny{64 << 10, 8 << 10, 8 << 10, 16 << 10, 1 << 10};

void check(const Case& c, const NativeSizes& sizes, unsigned seed) {
  INFO("in " << c.in_c << "x" << c.in_h << "x" << c.in_w << " out " << c.out_c << " filter "
             << c.filter_h << "x" << c.filter_w);
  ConvData data(c, seed);
  const cubist_conv2d_args args = data.args();
  for (uint32_t block = 0; block < c.blocks; ++block) {
    NativeCore core(sizes, data.gm(), block, c.blocks, seed + block);
    conv2d(&args);
    REQUIRE(core.finish() == "");
    REQUIRE(core.trap_code == 0);
  }
  REQUIRE(data.mistakes() == 0);
}

}  // namespace

TEST_CASE("conv2d: filters, strides, dilations and padding") {
  for (const NativeSizes& sizes : {kTiny, NativeSizes{}}) {
    check({1, 3, 10, 12, 5, 1, 1}, sizes, 1);
    check({2, 20, 9, 7, 33, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, true}, sizes, 2);
    check({1, 16, 15, 17, 16, 3, 5, 2, 3, 1, 1, 2, 1, 0, 3, 1, 0, true}, sizes, 3);
    check({1, 18, 14, 14, 20, 3, 3, 1, 2, 2, 3, 2, 3, 2, 3, 1, 1, false}, sizes, 4);
    check({1, 16, 8, 8, 16, 8, 8}, sizes, 5);
    check({1, 1, 28, 28, 16, 5, 5, 1, 1, 1, 1, 2, 2, 2, 2, 1, 1, true}, sizes, 6);
  }
}

TEST_CASE("conv2d: feature maps larger than L1 go in bands") {
  check({1, 20, 60, 50, 20, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, true}, kTiny, 11);
  check({1, 16, 70, 40, 16, 5, 3, 2, 2, 1, 1, 2, 1, 2, 1, 1, 0, true}, kTiny, 12);
}

TEST_CASE("conv2d: channels that do not fit L1 together go in pieces") {
  check({1, 130, 20, 24, 40, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, true}, kTiny, 21);
  check({1, 200, 7, 7, 35, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, true}, kTiny, 22);
}

TEST_CASE("conv2d: rows wider than L1 go in segments") {
  check({1, 16, 5, 700, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, true}, kTiny, 31);
  check({1, 33, 6, 500, 16, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1, 0, true}, kTiny, 32);
}

TEST_CASE("conv2d: groups and depthwise") {
  check({1, 32, 9, 9, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 32, 1, true}, kTiny, 41);
  check({2, 64, 6, 6, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 2, 0, true}, kTiny, 42);
  check({1, 24, 8, 8, 24, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 3, 0, true}, kTiny, 43);
  check({1, 48, 8, 8, 48, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 48, 0, false}, NativeSizes{}, 44);
}

TEST_CASE("conv2d: padding beyond the filter's reach") {
  check({1, 16, 5, 6, 16, 1, 1, 1, 1, 1, 1, 2, 3, 2, 1, 1, 0, true}, kTiny, 51);
  check({1, 16, 4, 4, 16, 2, 2, 3, 3, 1, 1, 4, 5, 6, 4, 1, 0, true, 5}, kTiny, 52);
}

TEST_CASE("conv2d: work split over blocks") {
  Case c{3, 16, 20, 20, 40, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, true};
  for (uint32_t blocks : {2u, 7u, 24u, 100u}) {
    c.blocks = blocks;
    check(c, kTiny, 60 + blocks);
  }
}

TEST_CASE("conv2d: bad arguments trap") {
  std::vector<uint8_t> gm(64);
  NativeCore core(kTiny, gm, 0, 1, 1);
  cubist_conv2d_args args{};
  conv2d(&args);
  REQUIRE(core.trap_code == CUBIST_TRAP_BAD_ARGS);
}

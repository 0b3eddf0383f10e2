// SPDX-License-Identifier: Apache-2.0
#include "runtime/operators/packing.h"

#include <catch2/catch.hpp>
#include <map>

#include "runtime/graph/half.h"

using namespace cubist;
using namespace cubist::operators;

namespace {

graph::WindowGeometry geometry(int64_t in, int64_t out, int64_t kernel, int64_t groups) {
  graph::WindowGeometry g;
  g.batch = 1;
  g.in_channels = in;
  g.out_channels = out;
  g.in_h = g.in_w = g.out_h = g.out_w = 8;
  g.kernel_h = kernel;
  g.kernel_w = kernel + 1;
  g.groups = groups;
  return g;
}

// Where the layout's description (firmware/abi/kernel_args.h) puts each weight, collected the other
// way round: from fractals back to channels.
void check(int64_t in, int64_t out, int64_t kernel, int64_t groups) {
  const graph::WindowGeometry g = geometry(in, out, kernel, groups);
  const int64_t in_group = in / groups, out_group = out / groups, taps = g.kernel_h * g.kernel_w;
  std::vector<float> weights(static_cast<size_t>(out * in_group * taps));
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>(i % 2039 + 1);
  const ConvWeights packed = pack_conv_weights(g, weights);
  CHECK(packed.groups.empty() == (groups == 1));
  size_t nonzero = 0;
  for (int64_t n1 = 0; n1 < blocks_of(out); ++n1) {
    const auto row = static_cast<size_t>(n1);
    const int64_t c1_begin = groups == 1 ? 0 : static_cast<int64_t>(packed.groups[row].c1_begin);
    const int64_t c1_end =
        groups == 1 ? blocks_of(in) : static_cast<int64_t>(packed.groups[row].c1_end);
    const int64_t first =
        groups == 1 ? n1 * blocks_of(in) * taps : static_cast<int64_t>(packed.groups[row].fractal);
    for (int64_t k1 = 0; k1 < (c1_end - c1_begin) * taps; ++k1) {
      for (int64_t at = 0; at < 256; ++at) {
        const auto index = static_cast<size_t>((first + k1) * 256 + at);
        REQUIRE(index < packed.fractals.size());
        const int64_t o = n1 * 16 + at / 16, c = (c1_begin + k1 / taps) * 16 + at % 16;
        const int64_t tap = k1 % taps;
        const bool belongs = o < out && c < in && o / out_group == c / in_group;
        const float expected =
            belongs ? weights[static_cast<size_t>((o * in_group + c % in_group) * taps + tap)] : 0;
        REQUIRE(graph::half_to_float(packed.fractals[index]) == expected);
        if (belongs) ++nonzero;
      }
    }
  }
  CHECK(nonzero == weights.size());  // each weight is somewhere, once
}

}  // namespace

TEST_CASE("convolution weights: dense, padded channels") {
  check(1, 16, 3, 1);
  check(16, 32, 1, 1);
  check(19, 21, 2, 1);
}

TEST_CASE("convolution weights: groups within, across and along channel blocks") {
  check(32, 32, 3, 32);  // depthwise
  check(24, 36, 1, 3);
  check(6, 10, 2, 2);
  check(64, 32, 1, 2);
  check(40, 80, 1, 5);
}

TEST_CASE("matrices are packed with k inside") {
  const int64_t k = 37, n = 21;
  std::vector<float> b(static_cast<size_t>(k * n));
  for (size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(i);
  const std::vector<uint16_t> packed = pack_matrix(k, n, b.data());
  REQUIRE(packed.size() == 3 * 2 * 256);
  for (int64_t row = 0; row < 48; ++row) {
    for (int64_t column = 0; column < 32; ++column) {
      const auto at =
          static_cast<size_t>((column / 16 * 3 + row / 16) * 256 + column % 16 * 16 + row % 16);
      const float expected = row < k && column < n ? static_cast<float>(row * n + column) : 0;
      REQUIRE(graph::half_to_float(packed[at]) == expected);
    }
  }
}

TEST_CASE("weights beyond FP16 are refused, infinities are kept") {
  CHECK(weight_to_half(65504.0F) == 0x7bff);
  CHECK(weight_to_half(std::numeric_limits<float>::infinity()) == 0x7c00);
  CHECK_THROWS_AS(weight_to_half(65520.0F), graph::Error);
  CHECK_THROWS_AS(weight_to_half(-1e9F), graph::Error);
}

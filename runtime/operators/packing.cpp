// SPDX-License-Identifier: Apache-2.0
#include "runtime/operators/packing.h"

#include <algorithm>
#include <cmath>

#include "runtime/graph/half.h"

namespace cubist::operators {
namespace {

constexpr int64_t kFractal = 16 * 16;

}  // namespace

uint16_t weight_to_half(float value) {
  const uint16_t bits = graph::float_to_half(value);
  if ((bits & 0x7fff) == 0x7c00 && std::isfinite(value)) {
    throw graph::Error(graph::ErrorKind::kUnsupported,
                       "constant " + std::to_string(value) +
                           " is beyond FP16's range of +-65504, in which the chip holds it");
  }
  return bits;
}

ConvWeights pack_conv_weights(const graph::WindowGeometry& g, const std::vector<float>& weights) {
  const int64_t in_group = g.in_channels / g.groups, out_group = g.out_channels / g.groups;
  const int64_t taps = g.kernel_h * g.kernel_w;
  const int64_t out_blocks = blocks_of(g.out_channels);
  ConvWeights packed;
  int64_t first_fractal = 0;
  for (int64_t n1 = 0; n1 < out_blocks; ++n1) {
    const int64_t out_begin = n1 * 16, out_end = std::min(out_begin + 16, g.out_channels);
    // The input channels that this block's groups read lie in a row.
    const int64_t in_begin = out_begin / out_group * in_group;
    const int64_t in_end = ((out_end - 1) / out_group + 1) * in_group;
    const int64_t c1_begin = g.groups == 1 ? 0 : in_begin / 16;
    const int64_t c1_end = g.groups == 1 ? blocks_of(g.in_channels) : blocks_of(in_end);
    packed.fractals.resize(
        static_cast<size_t>((first_fractal + (c1_end - c1_begin) * taps) * kFractal));
    for (int64_t o = out_begin; o < out_end; ++o) {
      const int64_t group_begin = o / out_group * in_group;
      for (int64_t i = 0; i < in_group; ++i) {
        const int64_t channel = group_begin + i;
        for (int64_t tap = 0; tap < taps; ++tap) {
          const int64_t k1 = (channel / 16 - c1_begin) * taps + tap;
          const auto at = static_cast<size_t>((first_fractal + k1) * kFractal +
                                              (o - out_begin) * 16 + channel % 16);
          packed.fractals[at] =
              weight_to_half(weights[static_cast<size_t>((o * in_group + i) * taps + tap)]);
        }
      }
    }
    if (g.groups != 1) {
      packed.groups.push_back({static_cast<uint64_t>(c1_begin), static_cast<uint64_t>(c1_end),
                               static_cast<uint64_t>(first_fractal)});
    }
    first_fractal += (c1_end - c1_begin) * taps;
  }
  return packed;
}

std::vector<uint16_t> pack_matrix(int64_t k, int64_t n, const float* values) {
  const int64_t k_blocks = blocks_of(k), n_blocks = blocks_of(n);
  std::vector<uint16_t> packed(static_cast<size_t>(k_blocks * n_blocks * kFractal));
  for (int64_t row = 0; row < k; ++row) {
    for (int64_t column = 0; column < n; ++column) {
      const int64_t fractal = column / 16 * k_blocks + row / 16;
      packed[static_cast<size_t>(fractal * kFractal + column % 16 * 16 + row % 16)] =
          weight_to_half(values[row * n + column]);
    }
  }
  return packed;
}

std::vector<float> pack_bias(int64_t channels, const std::vector<float>& bias) {
  std::vector<float> packed(static_cast<size_t>(blocks_of(channels) * 16));
  std::copy(bias.begin(), bias.end(), packed.begin());
  return packed;
}

}  // namespace cubist::operators

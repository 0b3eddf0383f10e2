// SPDX-License-Identifier: Apache-2.0
// Weights as the cube wants them: FP16, in fractals of 16 x 16.
#pragma once

#include <cstdint>
#include <vector>

#include "abi/kernel_args.h"
#include "runtime/graph/geometry.h"

namespace cubist::operators {

/// Channel blocks of 16 that `channels` take.
constexpr int64_t blocks_of(int64_t channels) {
  return (channels + 15) / 16;
}

/// FP16 bits of a value; throws graph::Error (kUnsupported) for finite values beyond FP16's range.
uint16_t weight_to_half(float value);

struct ConvWeights {
  std::vector<uint16_t> fractals;
  /// Which input blocks each block of output channels reads; empty for a dense convolution.
  std::vector<cubist_conv2d_group> groups;
};
/// `weights` row-major as in ONNX: out_channels x (in_channels / groups) x kernel_h x kernel_w.
ConvWeights pack_conv_weights(const graph::WindowGeometry& g, const std::vector<float>& weights);

/// A K x N matrix, row-major in `values` with `offset` elements before it, as packed fractals.
std::vector<uint16_t> pack_matrix(int64_t k, int64_t n, const float* values);

/// `channels` FP32 values, zero-padded to whole blocks.
std::vector<float> pack_bias(int64_t channels, const std::vector<float>& bias);

}  // namespace cubist::operators

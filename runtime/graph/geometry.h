// SPDX-License-Identifier: Apache-2.0
// The numbers that a kernel needs of a node, computed once from its attributes and input shapes.
// Shape inference, the reference and the chip's operators all take them from here. Each function
// throws Error (kShape) with a line that says what does not fit; the caller adds the node's name.
#pragma once

#include "runtime/graph/graph.h"

namespace cubist::graph {

/// NxCxHxW view of a value of a convolution or pooling: NxCxL becomes NxCx1xL. Throws for other
/// ranks.
std::array<std::int64_t, 4> nchw(const Dims& dims);

/// Sizes in elements. A window position (y, x) reads input row y * stride_h - pad_top + r *
/// dilation_h.
struct WindowGeometry {
  std::int64_t batch = 0, in_channels = 0, in_h = 0, in_w = 0;
  std::int64_t out_channels = 0, out_h = 0, out_w = 0;
  std::int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1;
  std::int64_t dilation_h = 1, dilation_w = 1;
  std::int64_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  std::int64_t groups = 1;         // Conv
  bool count_include_pad = false;  // AveragePool
  Dims out_dims;                   // rank of the input
  /// Conv: products summed into one output element.
  std::int64_t k() const { return in_channels / groups * kernel_h * kernel_w; }
};

WindowGeometry conv_geometry(const ConvAttributes& attributes, const Dims& x, const Dims& weights);
WindowGeometry pool_geometry(const PoolAttributes& attributes, const Dims& x);
/// GlobalAveragePool: one window over the whole plane; any rank from 3 on, spatial dimensions
/// folded into in_w.
WindowGeometry global_pool_geometry(const Dims& x);
/// Number of elements a pooling window at (y, x) divides by (AveragePool), given the padding rules.
std::int64_t average_divisor(const WindowGeometry& g, std::int64_t y, std::int64_t x);

struct GemmGeometry {
  std::int64_t m = 0, k = 0, n = 0;
  /// Element (i, j) of C is at i * c_row_stride + j * c_col_stride (0 where C is broadcast).
  std::int64_t c_row_stride = 0, c_col_stride = 0;
  Dims out_dims;
};
/// `c` is nullptr where the node has no C.
GemmGeometry gemm_geometry(const GemmAttributes& attributes, const Dims& a, const Dims& b,
                           const Dims* c);

struct MatMulGeometry {
  std::int64_t m = 0, k = 0, n = 0;
  /// One entry per MxN result matrix: the element offsets of its operands. Results lie one after
  /// the other.
  std::vector<std::int64_t> a_offsets, b_offsets;
  Dims out_dims;
};
MatMulGeometry matmul_geometry(const Dims& a, const Dims& b);

/// numpy broadcasting: the element strides of each operand along each output dimension (0 where
/// repeated).
struct BroadcastGeometry {
  Dims out_dims, a_strides, b_strides;
};
BroadcastGeometry broadcast_geometry(const Dims& a, const Dims& b);

/// Softmax runs over `length` elements that lie `inner` apart, for each of outer * inner positions.
struct SoftmaxGeometry {
  std::int64_t outer = 1, length = 1, inner = 1;
};
SoftmaxGeometry softmax_geometry(const SoftmaxAttributes& attributes, const Dims& x);

/// Output shapes of the two operators that move no data.
Dims flatten_dims(const FlattenAttributes& attributes, const Dims& x);
Dims reshape_dims(const ReshapeAttributes& attributes, const Dims& x);

}  // namespace cubist::graph

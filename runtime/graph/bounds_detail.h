// SPDX-License-Identifier: Apache-2.0
// Inside the reference: the terms that the bounds of one layer and the bounds of a network share.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "runtime/graph/geometry.h"
#include "runtime/graph/reference.h"

namespace cubist::graph::detail {

inline constexpr double kUnit = 0x1p-24;  // half a unit in the last place of FP32, relative
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

inline bool is_linear(Op op) {
  return op == Op::kConv || op == Op::kGemm || op == Op::kMatMul;
}
inline bool moves_no_data(Op op) {
  return op == Op::kFlatten || op == Op::kReshape;
}
inline bool selects(Op op) {
  return op == Op::kRelu || op == Op::kMaxPool || moves_no_data(op);
}

// Magnitude from which on a value rounds to infinity.
inline double overflow_threshold(ElementType element) {
  if (element == ElementType::kFloat16) return 65520.0;
  return element == ElementType::kFloat32 ? 0x1.ffffffp127 : kInfinity;
}

// Rounding of a result of about `y` when it is stored.
inline double storage_error(double y, ElementType output) {
  return output == ElementType::kFloat16 ? 0x1p-11 * std::abs(y) + 0x1p-25 : 0.0;
}

inline Tensor magnitude(const Tensor& t) {
  Tensor out = t;
  for (double& v : out.data) v = std::abs(v);
  return out;
}

// The node with positive coefficients and without Relu, to be applied to magnitudes.
inline Node magnitude_node(const Node& node) {
  Node out = node;
  out.fused_relu = false;
  if (auto* gemm = std::get_if<GemmAttributes>(&out.attributes)) {
    gemm->alpha = std::abs(gemm->alpha);
    gemm->beta = std::abs(gemm->beta);
  }
  return out;
}

// (ceil(K/16) + 17) * 2^-24 of a Conv, Gemm or MatMul.
inline double accumulation_factor(const Node& node, const NodeInputs& in) {
  std::int64_t k = 0;
  if (node.op == Op::kConv) {
    k = conv_geometry(node.as<ConvAttributes>(), in[0]->dims, in[1]->dims).k();
  } else if (node.op == Op::kGemm) {
    k = gemm_geometry(node.as<GemmAttributes>(), in[0]->dims, in[1]->dims, nullptr).k;
  } else {
    k = matmul_geometry(in[0]->dims, in[1]->dims).k;
  }
  const std::int64_t steps = (k + 15) / 16 + 17;
  return static_cast<double>(steps) * kUnit;
}

inline double average_factor(const Node& node, const Tensor& x) {
  const WindowGeometry g = node.op == Op::kGlobalAveragePool
                               ? global_pool_geometry(x.dims)
                               : pool_geometry(node.as<PoolAttributes>(), x.dims);
  return static_cast<double>(g.kernel_h * g.kernel_w + 2) * kUnit;
}

inline double softmax_factor(const Node& node, const Tensor& x) {
  const auto g = softmax_geometry(node.as<SoftmaxAttributes>(), x.dims);
  return 0x1p-18 + static_cast<double>(g.length) * kUnit;
}
inline constexpr double kSoftmaxFlushed = 0x1p-32;

// True if every value of type `from` exists in type `to`.
inline bool holds(ElementType to, ElementType from) {
  return to != ElementType::kFloat16 || from == ElementType::kFloat16;
}

// ---- a network with its bounds ----

/// A value of the "rounded network": float64 arithmetic, but inputs and constants as the chip
/// stores them. The chip differs from it only by what its layers round.
struct Traced {
  Tensor value;
  std::vector<double> bound;         // |chip - value|
  std::vector<double> before;        // with fused_relu: the rounded network's value before the Relu
  std::vector<double> before_bound;  // |chip - rounded network| before Relu and storage rounding
  std::vector<double> arithmetic;    // part of before_bound that this node's own arithmetic adds
  std::vector<double> storage;       // what rounding the result adds after that
  ElementType stored = ElementType::kFloat32;
};

struct Trace {
  Tensors exact;                         // the network as the model states it, every value
  std::map<std::string, Traced> values;  // inputs and node results
  /// Constants as the chip stores them, by (node name, input index).
  std::map<std::pair<std::string, std::size_t>, Tensor> constants;
};

Trace trace_network(const Graph& bound, const Tensors& inputs, const Storage& storage);

}  // namespace cubist::graph::detail

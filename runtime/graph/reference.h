// SPDX-License-Identifier: Apache-2.0
// Float64 evaluation of nodes and graphs, and bounds on how far a chip that follows
// docs/numerics.md may be away from it. The layer check feeds the chip's own inputs of a layer to
// the reference, so that errors of earlier layers do not hide errors of this one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"

namespace cubist::graph {

/// Values in float64, row-major. `element` says in which format the values were stored before they
/// were widened; it decides about the rounding terms of the bounds.
struct Tensor {
  Dims dims;
  std::vector<double> data;
  ElementType element = ElementType::kFloat32;
};

/// A constant as a tensor (integers become floating-point numbers).
Tensor to_tensor(const Constant& constant);
/// The values as they are after storing them as `element` (kFloat16, kFloat32 or kFloat64),
/// rounding to nearest even.
Tensor rounded(const Tensor& tensor, ElementType element);

/// Inputs of a node in its order; nullptr for an optional input that is absent.
using NodeInputs = std::vector<const Tensor*>;

/// The node's exact result (up to float64 rounding). Throws Error (kShape) if the inputs do not
/// fit.
Tensor evaluate_node(const Node& node, const NodeInputs& inputs);

/// How far each element of the chip's result may be from evaluate_node() on the same inputs, when
/// the chip stores its result as `output`. With u = 2^-24, and h(y) = 2^-11 |y| + 2^-25 if `output`
/// is float16, else 0:
///  - Conv, Gemm, MatMul: (ceil(K/16) + 17) u (|A||B| + |bias|) + h(y); K products per element;
///  - Add: u |y| + h(y);
///  - Relu, MaxPool, Flatten, Reshape: exact where the output type holds every input value; else
///  h(y);
///  - AveragePool, GlobalAveragePool of n elements, divisor d: (n + 2) u sum|x| / d + h(y)
///    (n - 1 additions in FP32, a rounded reciprocal, one product);
///  - Softmax over n elements: (2^-18 + n u) y + 2^-32 + h(y): exponentials in FP32 with a relative
///  error below
///    2^-20 for arguments above -80 (smaller ones may become zero), their sum, one division.
/// A fused Relu changes none of them (h is taken of the result after it).
std::vector<double> error_bound(const Node& node, const NodeInputs& inputs, ElementType output);

struct NodeCheck {
  double max_abs_error = 0;  // infinity if a NaN or infinity is where a number belongs
  double bound_at_max = 0;   // the bound of the element with max_abs_error
  double max_ratio = 0;      // largest error / bound; infinity for an error where the bound is zero
  std::size_t index = 0;     // flat index of the element with max_ratio
  double expected = 0;       // reference and chip value there
  double actual = 0;
  std::size_t elements = 0;
  bool passed() const { return max_ratio <= 1.0; }
};
/// Compares a layer of the chip with the reference on the chip's own inputs. `inputs` must hold the
/// numbers that the chip used (weights as rounded to FP16, for example); `chip_output.element` is
/// the format the chip stored. An infinite result is right where the reference with its bound
/// reaches what the format rounds to infinity (65520 for float16). Throws Error (kShape) if the
/// shapes differ.
NodeCheck check_node(const Node& node, const NodeInputs& inputs, const Tensor& chip_output);
/// Merges checks of parts (batches) of the same layer; `index` is that of the part with the larger
/// ratio.
NodeCheck merge(const NodeCheck& a, const NodeCheck& b);

using Tensors = std::map<std::string, Tensor>;

/// Runs a bound graph in float64 with the constants as they are in the model. Returns the graph's
/// outputs, and with `keep_all` every value of a node. Throws Error (kShape) if an input is missing
/// or has another shape.
Tensors evaluate(const Graph& bound, const Tensors& inputs, bool keep_all = false);

/// How the chip stores things; decides the rounding terms of a propagated bound.
struct Storage {
  ElementType activations = ElementType::kFloat16;  // inputs of the graph and results of nodes
  ElementType weights = ElementType::kFloat16;      // constant operands of Conv, Gemm, MatMul
  ElementType biases = ElementType::kFloat32;       // constant bias of Conv, Gemm, MatMul
  /// What Conv, Gemm and MatMul read: a result that is stored wider is rounded on its way in.
  ElementType operands = ElementType::kFloat16;
  ElementType addends = ElementType::kFloat16;  // constant operands of Add
  std::map<std::string, ElementType> values;    // exceptions for single inputs and results, by name
};

struct Bounded {
  Tensor value;               // exact network, float64
  std::vector<double> bound;  // |chip - value| is at most this, element by element
};
/// Runs a bound graph in float64 and says how far the chip may be from it in the worst case. The
/// effect of rounding inputs and constants to `storage` is known exactly (a second float64 run with
/// the rounded ones); the roundings inside layers (error_bound) are carried from layer to layer
/// through |W|, as ranges through Relu and MaxPool. Nothing is statistical: the bound holds for
/// every input. It is infinite where a value could leave its format's range. Memory is about 60
/// bytes per value of the network and image: use batches of a few hundred.
std::map<std::string, Bounded> evaluate_with_bounds(const Graph& bound, const Tensors& inputs,
                                                    const Storage& storage, bool keep_all = false);

/// Labels of one row of scores in the exact network and on the chip.
struct LabelCheck {
  std::size_t exact_label = 0;  // first of the largest exact scores
  double margin = 0;            // largest minus second largest exact score
  double margin_bound = 0;      // sum of the bounds of these two
  /// True if the chip may answer `chip_label`: the same label, or its exact score is within both
  /// bounds of the largest.
  bool explained = false;
};
/// `row` counts from 0 along the first dimension; the rest of the dimensions are the classes.
LabelCheck check_label(const Bounded& scores, std::int64_t row, std::size_t chip_label);
/// Index of the first largest element of each row (first dimension) of a tensor. NaN never wins.
std::vector<std::size_t> argmax_rows(const Tensor& scores);

}  // namespace cubist::graph

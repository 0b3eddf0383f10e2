// SPDX-License-Identifier: Apache-2.0
// Bounds of one layer on its own inputs, and the comparison of the chip with the reference. The
// formulas are stated in reference.h.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "runtime/graph/bounds_detail.h"

namespace cubist::graph {
namespace {

using namespace detail;

std::vector<double> bound_of(const Node& node, const NodeInputs& in, const Tensor& y,
                             ElementType output) {
  std::vector<double> bound(y.data.size(), 0.0);
  if (is_linear(node.op)) {
    std::vector<Tensor> magnitudes;
    magnitudes.reserve(in.size());
    NodeInputs pointers;
    for (const Tensor* t : in) {
      if (t != nullptr) magnitudes.push_back(magnitude(*t));
      pointers.push_back(t == nullptr ? nullptr : &magnitudes.back());
    }
    bound = evaluate_node(magnitude_node(node), pointers).data;
    const double factor = accumulation_factor(node, in);
    for (double& b : bound) b *= factor;
  } else if (node.op == Op::kAdd) {
    for (std::size_t i = 0; i < bound.size(); ++i) bound[i] = kUnit * std::abs(y.data[i]);
  } else if (node.op == Op::kAveragePool || node.op == Op::kGlobalAveragePool) {
    const Tensor x = magnitude(*in[0]);
    bound = evaluate_node(node, {&x}).data;
    const double factor = average_factor(node, x);
    for (double& b : bound) b *= factor;
  } else if (node.op == Op::kSoftmax) {
    const double factor = softmax_factor(node, *in[0]);
    for (std::size_t i = 0; i < bound.size(); ++i) {
      bound[i] = factor * y.data[i] + kSoftmaxFlushed;
    }
  }
  if (!selects(node.op) || !holds(output, in[0]->element)) {
    for (std::size_t i = 0; i < bound.size(); ++i) bound[i] += storage_error(y.data[i], output);
  }
  return bound;
}

// Distance of the chip's value from the reference; infinity where one of them is not a number and
// the other is.
double distance(double expected, double actual, double bound, ElementType output) {
  if (std::isfinite(expected) && std::isfinite(actual)) return std::abs(actual - expected);
  if (std::isnan(expected) || std::isnan(actual)) {
    return std::isnan(expected) && std::isnan(actual) ? 0.0 : kInfinity;
  }
  if (actual == expected) return 0.0;
  const bool overflows = std::isinf(actual) && std::signbit(actual) == std::signbit(expected) &&
                         std::abs(expected) + bound >= overflow_threshold(output);
  return overflows ? 0.0 : kInfinity;
}

double ratio(double error, double bound) {
  if (error == 0) return 0;
  return bound > 0 ? error / bound : kInfinity;
}

}  // namespace

std::vector<double> error_bound(const Node& node, const NodeInputs& inputs, ElementType output) {
  return bound_of(node, inputs, evaluate_node(node, inputs), output);
}

NodeCheck check_node(const Node& node, const NodeInputs& inputs, const Tensor& chip_output) {
  const Tensor y = evaluate_node(node, inputs);
  if (y.dims != chip_output.dims || y.data.size() != chip_output.data.size()) {
    throw Error(ErrorKind::kShape,
                to_string(Problem{node.name, op_name(node.op),
                                  "the chip's result is " + to_string(chip_output.dims) + " with " +
                                      std::to_string(chip_output.data.size()) +
                                      " elements, expected " + to_string(y.dims)}));
  }
  const std::vector<double> bound = bound_of(node, inputs, y, chip_output.element);
  NodeCheck check;
  check.elements = y.data.size();
  check.expected = y.data[0];
  check.actual = chip_output.data[0];
  check.bound_at_max = bound[0];
  for (std::size_t i = 0; i < y.data.size(); ++i) {
    const double error = distance(y.data[i], chip_output.data[i], bound[i], chip_output.element);
    if (error > check.max_abs_error) {
      check.max_abs_error = error;
      check.bound_at_max = bound[i];
    }
    const double r = ratio(error, bound[i]);
    if (r > check.max_ratio) {
      check.max_ratio = r;
      check.index = i;
      check.expected = y.data[i];
      check.actual = chip_output.data[i];
    }
  }
  return check;
}

NodeCheck merge(const NodeCheck& a, const NodeCheck& b) {
  NodeCheck out = b.max_ratio > a.max_ratio ? b : a;
  const NodeCheck& larger = b.max_abs_error > a.max_abs_error ? b : a;
  out.max_abs_error = larger.max_abs_error;
  out.bound_at_max = larger.bound_at_max;
  out.elements = a.elements + b.elements;
  return out;
}

}  // namespace cubist::graph

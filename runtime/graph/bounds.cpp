// SPDX-License-Identifier: Apache-2.0
// Bounds on the distance between the chip and the float64 reference: of one layer on its own
// inputs, and carried through a network from layer to layer. The formulas are stated in
// reference.h.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "runtime/graph/geometry.h"
#include "runtime/graph/reference.h"

namespace cubist::graph {
namespace {

constexpr double kUnit = 0x1p-24;  // half a unit in the last place of FP32, relative
constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool is_linear(Op op) {
  return op == Op::kConv || op == Op::kGemm || op == Op::kMatMul;
}
bool moves_no_data(Op op) {
  return op == Op::kFlatten || op == Op::kReshape;
}
bool selects(Op op) {
  return op == Op::kRelu || op == Op::kMaxPool || moves_no_data(op);
}

// Magnitude from which on a value rounds to infinity.
double overflow_threshold(ElementType element) {
  if (element == ElementType::kFloat16) return 65520.0;
  return element == ElementType::kFloat32 ? 0x1.ffffffp127 : kInfinity;
}

// Rounding of a result of about `y` when it is stored.
double storage_error(double y, ElementType output) {
  return output == ElementType::kFloat16 ? 0x1p-11 * std::abs(y) + 0x1p-25 : 0.0;
}

Tensor magnitude(const Tensor& t) {
  Tensor out = t;
  for (double& v : out.data) v = std::abs(v);
  return out;
}

// The node with positive coefficients and without Relu, to be applied to magnitudes.
Node magnitude_node(const Node& node) {
  Node out = node;
  out.fused_relu = false;
  if (auto* gemm = std::get_if<GemmAttributes>(&out.attributes)) {
    gemm->alpha = std::abs(gemm->alpha);
    gemm->beta = std::abs(gemm->beta);
  }
  return out;
}

// (ceil(K/16) + 17) * 2^-24 of a Conv, Gemm or MatMul.
double accumulation_factor(const Node& node, const NodeInputs& in) {
  std::int64_t k = 0;
  if (node.op == Op::kConv) {
    k = conv_geometry(node.as<ConvAttributes>(), in[0]->dims, in[1]->dims).k();
  } else if (node.op == Op::kGemm) {
    k = gemm_geometry(node.as<GemmAttributes>(), in[0]->dims, in[1]->dims, nullptr).k;
  } else {
    k = matmul_geometry(in[0]->dims, in[1]->dims).k;
  }
  return static_cast<double>((k + 15) / 16 + 17) * kUnit;
}

double average_factor(const Node& node, const Tensor& x) {
  const WindowGeometry g = node.op == Op::kGlobalAveragePool
                               ? global_pool_geometry(x.dims)
                               : pool_geometry(node.as<PoolAttributes>(), x.dims);
  return static_cast<double>(g.kernel_h * g.kernel_w + 2) * kUnit;
}

double softmax_factor(const Node& node, const Tensor& x) {
  const auto g = softmax_geometry(node.as<SoftmaxAttributes>(), x.dims);
  return 0x1p-18 + static_cast<double>(g.length) * kUnit;
}
constexpr double kSoftmaxFlushed = 0x1p-32;

// True if every value of type `from` exists in type `to`.
bool holds(ElementType to, ElementType from) {
  return to != ElementType::kFloat16 || from == ElementType::kFloat16;
}

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

// ---- propagation ----

// A value of the exact network, and how far the chip may be from it.
struct Ranged {
  Tensor value;
  std::vector<double> bound;
  ElementType stored = ElementType::kFloat32;
};

Tensor with_data(const Tensor& shape, std::vector<double> data) {
  Tensor t;
  t.dims = shape.dims;
  t.element = shape.element;
  t.data = std::move(data);
  return t;
}

// With A' = A + dA and B' = B + dB on the chip: |A'B' - AB| <= |dA||B'| + |A||dB|, the accumulation
// adds f (|A'||B'| + |bias'|), and a bias adds |dbias|.
std::vector<double> propagate_linear(const Node& node, const std::vector<const Ranged*>& in) {
  const Ranged& a = *in[0];
  const Ranged& b = *in[1];
  const Ranged* c = in.size() > 2 ? in[2] : nullptr;
  NodeInputs shapes;
  for (const Ranged* r : in) shapes.push_back(r == nullptr ? nullptr : &r->value);
  const double factor = accumulation_factor(node, shapes);
  const Node abs_node = magnitude_node(node);

  Tensor a_term = with_data(a.value, a.bound);
  for (std::size_t i = 0; i < a_term.data.size(); ++i) {
    a_term.data[i] += factor * (std::abs(a.value.data[i]) + a.bound[i]);
  }
  Tensor b_chip = magnitude(b.value);
  for (std::size_t i = 0; i < b_chip.data.size(); ++i) b_chip.data[i] += b.bound[i];
  Tensor c_term;
  if (c != nullptr) {
    c_term = with_data(c->value, c->bound);
    for (std::size_t i = 0; i < c_term.data.size(); ++i) {
      c_term.data[i] += factor * (std::abs(c->value.data[i]) + c->bound[i]);
    }
  }
  std::vector<double> bound =
      evaluate_node(abs_node, {&a_term, &b_chip, c == nullptr ? nullptr : &c_term}).data;
  if (std::any_of(b.bound.begin(), b.bound.end(), [](double v) { return v != 0; })) {
    const Tensor a_abs = magnitude(a.value);
    const Tensor b_error = with_data(b.value, b.bound);
    const Tensor second = evaluate_node(abs_node, {&a_abs, &b_error, nullptr});
    for (std::size_t i = 0; i < bound.size(); ++i) bound[i] += second.data[i];
  }
  return bound;
}

// Each probability lies between those with its own score lowered and the others raised by their
// bounds, and the reverse.
std::vector<double> propagate_softmax(const Node& node, const Ranged& x, const Tensor& y) {
  const SoftmaxGeometry g = softmax_geometry(node.as<SoftmaxAttributes>(), x.value.dims);
  const double factor = softmax_factor(node, x.value);
  std::vector<double> bound(y.data.size());
  for (std::int64_t o = 0; o < g.outer; ++o) {
    for (std::int64_t i = 0; i < g.inner; ++i) {
      const std::int64_t base = o * g.length * g.inner + i;
      for (std::int64_t p = 0; p < g.length; ++p) {
        const std::int64_t at = base + p * g.inner;
        double low_sum = 1;  // sum of exp(score_q - score_p) at its largest and smallest
        double high_sum = 1;
        for (std::int64_t q = 0; q < g.length; ++q) {
          if (q == p) continue;
          const std::int64_t other = base + q * g.inner;
          const double d = x.value.data[other] - x.value.data[at];
          const double e = x.bound[other] + x.bound[at];
          low_sum += std::exp(d + e);
          high_sum += std::exp(d - e);
        }
        const double low = 1 / low_sum;
        const double high = 1 / high_sum;
        bound[at] = std::max(y.data[at] - low, high - y.data[at]) + factor * high + kSoftmaxFlushed;
      }
    }
  }
  return bound;
}

std::vector<double> propagate(const Node& node, const std::vector<const Ranged*>& in,
                              const Tensor& y) {
  if (is_linear(node.op)) return propagate_linear(node, in);
  if (node.op == Op::kSoftmax) return propagate_softmax(node, *in[0], y);
  if (node.op == Op::kRelu || moves_no_data(node.op)) return in[0]->bound;
  const Tensor errors = with_data(in[0]->value, in[0]->bound);
  if (node.op == Op::kMaxPool) return evaluate_node(node, {&errors}).data;
  if (node.op == Op::kAdd) {
    const Tensor other = with_data(in[1]->value, in[1]->bound);
    Node plain = node;
    plain.fused_relu = false;
    std::vector<double> bound = evaluate_node(plain, {&errors, &other}).data;
    for (std::size_t i = 0; i < bound.size(); ++i) {
      bound[i] += kUnit * (std::abs(y.data[i]) + bound[i]);
    }
    return bound;
  }
  // Averages: the mean of the errors, and the accumulation on the chip's values.
  Tensor chip = magnitude(in[0]->value);
  for (std::size_t i = 0; i < chip.data.size(); ++i) chip.data[i] += in[0]->bound[i];
  std::vector<double> bound = evaluate_node(node, {&errors}).data;
  const std::vector<double> sums = evaluate_node(node, {&chip}).data;
  const double factor = average_factor(node, chip);
  for (std::size_t i = 0; i < bound.size(); ++i) bound[i] += factor * sums[i];
  return bound;
}

// The value as it is after storing it as `element`; the bound is the exact difference.
Ranged stored_exactly(Tensor value, ElementType element) {
  const Tensor chip = rounded(value, element);
  Ranged out;
  out.stored = element;
  out.bound.resize(value.data.size());
  for (std::size_t i = 0; i < value.data.size(); ++i) {
    out.bound[i] = std::abs(chip.data[i] - value.data[i]);
  }
  out.value = std::move(value);
  return out;
}

// Storage type of a constant: by what the nodes that read it use it for.
ElementType constant_storage(const Node& node, std::size_t input, const Storage& storage) {
  if (!is_linear(node.op)) return storage.addends;
  return input == 2 ? storage.biases : storage.weights;
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

std::map<std::string, Bounded> evaluate_with_bounds(const Graph& bound, const Tensors& inputs,
                                                    const Storage& storage, bool keep_all) {
  const auto type_of = [&](const std::string& name) {
    const auto found = storage.values.find(name);
    return found == storage.values.end() ? storage.activations : found->second;
  };
  Tensors exact = evaluate(bound, inputs, true);
  std::map<std::string, Ranged> values;
  for (const std::string& name : bound.inputs) {
    values[name] = stored_exactly(inputs.at(name), type_of(name));
  }
  for (const Node& node : bound.nodes) {
    std::vector<Ranged> constants(node.inputs.size());
    std::vector<const Ranged*> in;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const std::string& name = node.inputs[i];
      if (const Constant* constant = bound.constant(name)) {
        constants[i] = stored_exactly(to_tensor(*constant), constant_storage(node, i, storage));
        in.push_back(&constants[i]);
      } else {
        in.push_back(name.empty() ? nullptr : &values.at(name));
      }
    }
    Ranged result;
    result.value = std::move(exact.at(node.output()));
    result.bound = propagate(node, in, result.value);
    result.stored = moves_no_data(node.op) ? in[0]->stored : type_of(node.output());
    const bool rounds = !selects(node.op) || !holds(result.stored, in[0]->stored);
    for (std::size_t i = 0; i < result.bound.size(); ++i) {
      const double reach = std::abs(result.value.data[i]) + result.bound[i];
      if (rounds) result.bound[i] += storage_error(reach, result.stored);
      // Past the format's range nothing is promised; also not for a NaN, which is infinity times
      // zero here.
      if (!(reach + result.bound[i] < overflow_threshold(result.stored)))
        result.bound[i] = kInfinity;
    }
    values[node.output()] = std::move(result);
  }
  std::map<std::string, Bounded> out;
  const auto emit = [&](const std::string& name) {
    const Ranged& r = values.at(name);
    out[name] = Bounded{r.value, r.bound};
  };
  if (keep_all) {
    for (const Node& node : bound.nodes) emit(node.output());
  }
  for (const std::string& name : bound.outputs) {
    if (values.count(name) != 0) emit(name);
  }
  return out;
}

LabelCheck check_label(const Bounded& scores, std::int64_t row, std::size_t chip_label) {
  const Tensor& t = scores.value;
  if (t.dims.empty() || row < 0 || row >= t.dims[0]) {
    throw Error(ErrorKind::kShape,
                "row " + std::to_string(row) + " is outside of scores " + to_string(t.dims));
  }
  const auto classes = static_cast<std::size_t>(element_count(t.dims) / t.dims[0]);
  if (chip_label >= classes) {
    throw Error(ErrorKind::kShape, "label " + std::to_string(chip_label) + " of " +
                                       std::to_string(classes) + " classes");
  }
  const double* value = t.data.data() + static_cast<std::size_t>(row) * classes;
  const double* bound = scores.bound.data() + static_cast<std::size_t>(row) * classes;
  LabelCheck check;
  for (std::size_t i = 1; i < classes; ++i) {
    if (value[i] > value[check.exact_label]) check.exact_label = i;
  }
  const std::size_t top = check.exact_label;
  std::size_t second = top == 0 ? classes - 1 : 0;
  for (std::size_t i = 0; i < classes; ++i) {
    if (i != top && value[i] > value[second]) second = i;
  }
  if (second != top) {
    check.margin = value[top] - value[second];
    check.margin_bound = bound[top] + bound[second];
  }
  check.explained =
      chip_label == top || value[top] - value[chip_label] <= bound[top] + bound[chip_label];
  return check;
}

std::vector<std::size_t> argmax_rows(const Tensor& scores) {
  std::vector<std::size_t> labels;
  if (scores.dims.empty() || scores.data.empty()) return labels;
  const std::size_t classes = scores.data.size() / static_cast<std::size_t>(scores.dims[0]);
  for (std::size_t row = 0; row * classes < scores.data.size(); ++row) {
    const double* value = scores.data.data() + row * classes;
    std::size_t best = 0;
    for (std::size_t i = 1; i < classes; ++i) {
      if (value[i] > value[best] || (std::isnan(value[best]) && !std::isnan(value[i]))) best = i;
    }
    labels.push_back(best);
  }
  return labels;
}

}  // namespace cubist::graph

// SPDX-License-Identifier: Apache-2.0
// Bounds carried forward through a network, value by value. Two networks are run in float64: the
// exact one, and the rounded one, whose inputs and constants are those the chip holds. The distance
// between these two is known; only what the chip's layers round is bounded, in the worst case, and
// carried along.
#include <algorithm>
#include <cmath>
#include <utility>

#include "runtime/graph/bounds_detail.h"

namespace cubist::graph {
namespace {

using namespace detail;

Tensor with_data(const Tensor& shape, std::vector<double> data) {
  Tensor t;
  t.dims = shape.dims;
  t.element = shape.element;
  t.data = std::move(data);
  return t;
}

// value + sign * bound
Tensor shifted(const Traced& t, double sign) {
  Tensor out = t.value;
  for (std::size_t i = 0; i < out.data.size(); ++i) out.data[i] += sign * t.bound[i];
  return out;
}

// Largest magnitude the chip's values can have.
Tensor reach(const Traced& t) {
  Tensor out = magnitude(t.value);
  for (std::size_t i = 0; i < out.data.size(); ++i) out.data[i] += t.bound[i];
  return out;
}

// What errors of the inputs can do to the result (`spread`), and what the node's own arithmetic
// adds.
struct Terms {
  std::vector<double> spread, arithmetic;
};

// With A' = A + dA and B' = B + dB on the chip: |A'B' - AB| <= |dA||B'| + |A||dB|.
Terms linear_terms(const Node& node, const std::vector<const Traced*>& in) {
  const Traced& a = *in[0];
  const Traced& b = *in[1];
  const Traced* c = in.size() > 2 ? in[2] : nullptr;
  const Node abs_node = magnitude_node(node);
  const Tensor a_reach = reach(a);
  const Tensor b_reach = reach(b);
  const Tensor a_error = with_data(a.value, a.bound);
  Tensor c_reach;
  Tensor c_error;
  if (c != nullptr) {
    c_reach = reach(*c);
    c_error = with_data(c->value, c->bound);
  }
  Terms out;
  out.spread =
      evaluate_node(abs_node, {&a_error, &b_reach, c == nullptr ? nullptr : &c_error}).data;
  if (std::any_of(b.bound.begin(), b.bound.end(), [](double v) { return v != 0; })) {
    const Tensor a_abs = magnitude(a.value);
    const Tensor b_error = with_data(b.value, b.bound);
    const Tensor second = evaluate_node(abs_node, {&a_abs, &b_error, nullptr});
    for (std::size_t i = 0; i < out.spread.size(); ++i) out.spread[i] += second.data[i];
  }
  out.arithmetic =
      evaluate_node(abs_node, {&a_reach, &b_reach, c == nullptr ? nullptr : &c_reach}).data;
  const double factor = accumulation_factor(node, {&a.value, &b.value});
  for (double& v : out.arithmetic) v *= factor;
  return out;
}

// Each probability lies between those with its own score lowered and the others raised by their
// bounds, and the reverse.
std::vector<double> softmax_spread(const Node& node, const Traced& x, const Tensor& y) {
  const SoftmaxGeometry g = softmax_geometry(node.as<SoftmaxAttributes>(), x.value.dims);
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
        bound[at] = std::max(y.data[at] - low, high - y.data[at]);
      }
    }
  }
  return bound;
}

Terms terms_of(const Node& node, const std::vector<const Traced*>& in, const Tensor& y) {
  if (is_linear(node.op)) return linear_terms(node, in);
  const Traced& x = *in[0];
  Terms out;
  out.arithmetic.assign(y.data.size(), 0.0);
  if (moves_no_data(node.op)) {
    out.spread = x.bound;
  } else if (node.op == Op::kSoftmax) {
    out.spread = softmax_spread(node, x, y);
    const double factor = softmax_factor(node, x.value);
    for (std::size_t i = 0; i < y.data.size(); ++i) {
      out.arithmetic[i] = factor * (y.data[i] + out.spread[i]) + kSoftmaxFlushed;
    }
  } else if (node.op == Op::kAdd) {
    const Tensor a = with_data(x.value, x.bound);
    const Tensor b = with_data(in[1]->value, in[1]->bound);
    out.spread = evaluate_node(magnitude_node(node), {&a, &b}).data;
    for (std::size_t i = 0; i < y.data.size(); ++i) {
      out.arithmetic[i] = kUnit * (std::abs(y.data[i]) + out.spread[i]);
    }
  } else {
    // Monotone in every input: the ends of the inputs' ranges give the ends of the result's.
    const Tensor low_in = shifted(x, -1);
    const Tensor high_in = shifted(x, 1);
    const Tensor low = evaluate_node(node, {&low_in});
    const Tensor high = evaluate_node(node, {&high_in});
    out.spread.resize(y.data.size());
    for (std::size_t i = 0; i < y.data.size(); ++i) {
      out.spread[i] = std::max(high.data[i] - y.data[i], y.data[i] - low.data[i]);
    }
    if (node.op == Op::kAveragePool || node.op == Op::kGlobalAveragePool) {
      const Tensor sums = reach(x);
      out.arithmetic = evaluate_node(node, {&sums}).data;
      const double factor = average_factor(node, sums);
      for (double& v : out.arithmetic) v *= factor;
    }
  }
  return out;
}

// Fills a node's bounds from its inputs. `plain` is its result before a fused Relu.
void set_bounds(const Node& node, const std::vector<const Traced*>& in, const Tensor& plain,
                Traced& result) {
  Terms terms = terms_of(node, in, plain);
  const std::size_t count = plain.data.size();
  result.before = plain.data;
  result.arithmetic = std::move(terms.arithmetic);
  result.before_bound = std::move(terms.spread);
  result.storage.assign(count, 0.0);
  result.bound.resize(count);
  const bool rounds = !selects(node.op) || !holds(result.stored, in[0]->stored);
  for (std::size_t i = 0; i < count; ++i) {
    result.before_bound[i] += result.arithmetic[i];
    double bound = result.before_bound[i];
    if (node.fused_relu && plain.data[i] < 0) bound = std::max(0.0, bound + plain.data[i]);
    const double largest = std::abs(result.value.data[i]) + bound;
    if (rounds && largest > 0) result.storage[i] = storage_error(largest, result.stored);
    bound += result.storage[i];
    // Past the format's range nothing is promised; also not for a NaN, which is infinity times zero
    // here.
    const double top = std::abs(result.value.data[i]) + bound;
    result.bound[i] = top < overflow_threshold(result.stored) ? bound : kInfinity;
  }
}

// A value that is rounded to a narrower format when it is read.
Traced narrowed(const Traced& wide, ElementType format) {
  Traced out;
  out.value = wide.value;
  out.bound = wide.bound;
  out.stored = format;
  for (std::size_t i = 0; i < out.bound.size(); ++i) {
    const double largest = std::abs(out.value.data[i]) + out.bound[i];
    if (largest > 0) out.bound[i] += storage_error(largest, format);
    if (!(largest + out.bound[i] < overflow_threshold(format))) out.bound[i] = kInfinity;
  }
  return out;
}

ElementType constant_storage(const Node& node, std::size_t input, const Storage& storage) {
  if (!is_linear(node.op)) return storage.addends;
  return input == 2 ? storage.biases : storage.weights;
}

}  // namespace

detail::Trace detail::trace_network(const Graph& bound, const Tensors& inputs,
                                    const Storage& storage) {
  const auto type_of = [&](const std::string& name) {
    const auto found = storage.values.find(name);
    return found == storage.values.end() ? storage.activations : found->second;
  };
  Trace trace;
  trace.exact = evaluate(bound, inputs, true);
  for (const std::string& name : bound.inputs) {
    trace.exact[name] = inputs.at(name);
    Traced& input = trace.values[name];
    input.stored = type_of(name);
    input.value = rounded(inputs.at(name), input.stored);
    input.bound.assign(input.value.data.size(), 0.0);
  }
  for (const Node& node : bound.nodes) {
    std::vector<Traced> constants(node.inputs.size());  // and narrowed operands
    std::vector<const Traced*> in;
    NodeInputs tensors;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const std::string& name = node.inputs[i];
      if (const Constant* constant = bound.constant(name)) {
        Traced& traced = constants[i];
        traced.stored = constant_storage(node, i, storage);
        traced.value = rounded(to_tensor(*constant), traced.stored);
        traced.bound.assign(traced.value.data.size(), 0.0);
        trace.constants[{node.name, i}] = traced.value;
        in.push_back(&traced);
      } else if (name.empty()) {
        in.push_back(nullptr);
      } else {
        in.push_back(&trace.values.at(name));
        if (is_linear(node.op) && i < 2 && !holds(storage.operands, in.back()->stored)) {
          constants[i] = narrowed(*in.back(), storage.operands);
          in.back() = &constants[i];
        }
      }
      tensors.push_back(in.back() == nullptr ? nullptr : &in.back()->value);
    }
    Node plain_node = node;
    plain_node.fused_relu = false;
    const Tensor plain = evaluate_node(plain_node, tensors);
    Traced result;
    result.value = plain;
    if (node.fused_relu) {
      for (double& v : result.value.data) v = v < 0 ? 0 : v;
    }
    result.stored = moves_no_data(node.op) ? in[0]->stored : type_of(node.output());
    set_bounds(node, in, plain, result);
    trace.values[node.output()] = std::move(result);
  }
  return trace;
}

std::map<std::string, Bounded> evaluate_with_bounds(const Graph& bound, const Tensors& inputs,
                                                    const Storage& storage, bool keep_all) {
  const detail::Trace trace = detail::trace_network(bound, inputs, storage);
  std::map<std::string, Bounded> out;
  const auto emit = [&](const std::string& name) {
    const Traced& traced = trace.values.at(name);
    Bounded b{trace.exact.at(name), traced.bound};
    for (std::size_t i = 0; i < b.bound.size(); ++i) {
      b.bound[i] += std::abs(traced.value.data[i] - b.value.data[i]);
    }
    out[name] = std::move(b);
  };
  if (keep_all) {
    for (const Node& node : bound.nodes) emit(node.output());
  }
  for (const std::string& name : bound.outputs) {
    if (trace.values.count(name) != 0) emit(name);
  }
  return out;
}

}  // namespace cubist::graph

// SPDX-License-Identifier: Apache-2.0
// Shape inference: gives every value of a graph a concrete shape.
#include <set>
#include <utility>

#include "runtime/graph/geometry.h"
#include "runtime/graph/graph.h"

namespace cubist::graph {
namespace {

bool is_float(ElementType type) {
  return type == ElementType::kFloat32 || type == ElementType::kFloat16;
}

[[noreturn]] void shape_error(const std::string& line) {
  throw Error(ErrorKind::kShape, line);
}

void expect_inputs(const Node& node, std::size_t at_least, std::size_t at_most) {
  if (node.inputs.size() < at_least || node.inputs.size() > at_most) {
    shape_error("has " + std::to_string(node.inputs.size()) + " inputs, expected " +
                std::to_string(at_least) +
                (at_most > at_least ? " to " + std::to_string(at_most) : ""));
  }
}

void check_bias(const Dims& bias, std::int64_t count) {
  if (bias != Dims{count}) {
    shape_error("bias has shape " + to_string(bias) + ", expected " + std::to_string(count));
  }
}

template <typename Attributes>
void set_pads(Attributes& a, const WindowGeometry& g) {
  a.pads = {g.pad_top, g.pad_left, g.pad_bottom, g.pad_right};
  a.auto_pad = AutoPad::kNotSet;
}

// Shape of the node's result; makes its attributes concrete.
Dims infer(Node& node, const std::vector<const Dims*>& in) {
  switch (node.op) {
    case Op::kConv: {
      expect_inputs(node, 2, 3);
      auto& a = std::get<ConvAttributes>(node.attributes);
      const WindowGeometry g = conv_geometry(a, *in[0], *in[1]);
      if (in.size() > 2 && in[2] != nullptr) check_bias(*in[2], g.out_channels);
      set_pads(a, g);
      a.kernel = {g.kernel_h, g.kernel_w};
      return g.out_dims;
    }
    case Op::kGemm:
      expect_inputs(node, 2, 3);
      return gemm_geometry(node.as<GemmAttributes>(), *in[0], *in[1],
                           in.size() > 2 ? in[2] : nullptr)
          .out_dims;
    case Op::kMatMul: {
      expect_inputs(node, 2, 3);
      const MatMulGeometry g = matmul_geometry(*in[0], *in[1]);
      if (in.size() > 2 && in[2] != nullptr) check_bias(*in[2], g.n);
      return g.out_dims;
    }
    case Op::kAdd:
      expect_inputs(node, 2, 2);
      return broadcast_geometry(*in[0], *in[1]).out_dims;
    case Op::kRelu:
      expect_inputs(node, 1, 1);
      return *in[0];
    case Op::kMaxPool:
    case Op::kAveragePool: {
      expect_inputs(node, 1, 1);
      auto& a = std::get<PoolAttributes>(node.attributes);
      const WindowGeometry g = pool_geometry(a, *in[0]);
      set_pads(a, g);
      return g.out_dims;
    }
    case Op::kGlobalAveragePool:
      expect_inputs(node, 1, 1);
      return global_pool_geometry(*in[0]).out_dims;
    case Op::kFlatten: {
      expect_inputs(node, 1, 1);
      auto& a = std::get<FlattenAttributes>(node.attributes);
      Dims out = flatten_dims(a, *in[0]);
      if (a.axis < 0) a.axis += static_cast<std::int64_t>(in[0]->size());
      return out;
    }
    case Op::kReshape: {
      expect_inputs(node, 1, 1);
      auto& a = std::get<ReshapeAttributes>(node.attributes);
      a.shape = reshape_dims(a, *in[0]);
      return a.shape;
    }
    case Op::kSoftmax: {
      expect_inputs(node, 1, 1);
      auto& a = std::get<SoftmaxAttributes>(node.attributes);
      (void)softmax_geometry(a, *in[0]);
      if (a.axis < 0) a.axis += static_cast<std::int64_t>(in[0]->size());
      return *in[0];
    }
  }
  shape_error("unknown operator");
}

class Binder {
 public:
  explicit Binder(const Graph& graph) : graph_(graph) {}

  void set_input(const std::string& name, const Dims& dims) {
    std::int64_t count = 1;
    for (const std::int64_t d : dims) {
      if (d == kUnknownDim) {
        return problem("", "",
                       "input '" + name + "' has shape " + to_string(dims) +
                           ": its open dimensions must be given");
      }
      if (d < 1 || d > kMaxElements / count) {
        return problem("", "",
                       "input '" + name + "' has shape " + to_string(dims) +
                           ": empty, or more than " + std::to_string(kMaxElements) + " elements");
      }
      count *= d;
    }
    graph_.values[name].dims = dims;
    known_.insert(name);
  }

  void problem(const std::string& node, const std::string& op, const std::string& reason) {
    problems_.push_back({node, op, reason});
  }

  Graph finish() {
    for (const auto& [name, constant] : graph_.constants) {
      graph_.values[name] = {constant.element, constant.dims};
      known_.insert(name);
    }
    for (Node& node : graph_.nodes) infer_node(node);
    if (!problems_.empty()) {
      throw Error(ErrorKind::kShape, "graph '" + graph_.name + "'", std::move(problems_));
    }
    graph_.bound = true;
    return std::move(graph_);
  }

 private:
  void infer_node(Node& node) {
    std::vector<const Dims*> in;
    TensorType result;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i].empty()) {
        in.push_back(nullptr);
        continue;
      }
      if (known_.count(node.inputs[i]) == 0) return;  // an earlier problem, already reported
      const TensorType& type = graph_.values.at(node.inputs[i]);
      if (i == 0) result.element = type.element;
      if (!is_float(type.element) || type.element != result.element) {
        return problem(
            node.name, op_name(node.op),
            "input '" + node.inputs[i] + "' is " + element_name(type.element) + ", expected " +
                (is_float(result.element) ? element_name(result.element) : "float32 or float16"));
      }
      in.push_back(&type.dims);
    }
    try {
      const std::size_t required = node.op == Op::kConv || node.op == Op::kGemm ||
                                           node.op == Op::kMatMul || node.op == Op::kAdd
                                       ? 2
                                       : 1;
      for (std::size_t i = 0; i < required && i < in.size(); ++i) {
        if (in[i] == nullptr) shape_error("input " + std::to_string(i) + " is missing");
      }
      result.dims = infer(node, in);
    } catch (const Error& error) {
      return problem(node.name, op_name(node.op), error.what());
    }
    graph_.values[node.output()] = result;
    known_.insert(node.output());
  }

  Graph graph_;
  std::set<std::string> known_;
  std::vector<Problem> problems_;
};

}  // namespace

Graph bind(const Graph& graph, std::int64_t batch) {
  Binder binder(graph);
  if (batch < 1) {
    throw Error(ErrorKind::kShape, "graph '" + graph.name + "': batch must be at least 1, got " +
                                       std::to_string(batch));
  }
  for (const std::string& name : graph.inputs) {
    Dims dims = graph.type(name).dims;
    if (!dims.empty() && dims[0] == kUnknownDim) {
      dims[0] = batch;
    } else if (dims.empty() || dims[0] != batch) {
      binder.problem("", "",
                     "input '" + name + "' is fixed to shape " + to_string(dims) +
                         ", asked for a batch of " + std::to_string(batch));
    }
    binder.set_input(name, dims);
  }
  return binder.finish();
}

Graph bind_shapes(const Graph& graph, const std::map<std::string, Dims>& input_shapes) {
  Binder binder(graph);
  const std::set<std::string> inputs(graph.inputs.begin(), graph.inputs.end());
  for (const auto& [name, dims] : input_shapes) {
    if (inputs.count(name) == 0) binder.problem("", "", "there is no input named '" + name + "'");
  }
  for (const std::string& name : graph.inputs) {
    const Dims& open = graph.type(name).dims;
    const auto given = input_shapes.find(name);
    if (given == input_shapes.end()) {
      binder.set_input(name, open);
      continue;
    }
    bool fits = given->second.size() == open.size();
    for (std::size_t i = 0; fits && i < open.size(); ++i) {
      fits = open[i] == kUnknownDim || open[i] == given->second[i];
    }
    if (!fits) {
      binder.problem("", "",
                     "input '" + name + "' was given with shape " + to_string(given->second) +
                         ", the model expects " + to_string(open));
    }
    binder.set_input(name, given->second);
  }
  return binder.finish();
}

std::int64_t fixed_batch(const Graph& graph) {
  for (const std::string& name : graph.inputs) {
    const Dims& dims = graph.type(name).dims;
    if (!dims.empty()) return dims[0];
  }
  return kUnknownDim;
}

}  // namespace cubist::graph

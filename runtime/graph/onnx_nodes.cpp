// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/onnx_nodes.h"

#include <algorithm>
#include <utility>

#include "runtime/graph/onnx_attributes.h"

namespace cubist::graph::detail {
namespace {

constexpr std::int64_t kMaxAttribute = std::int64_t{1} << 20;  // kernels, strides, dilations, pads

struct OpInfo {
  const char* name;
  Op op;
  int min_inputs;
  int max_inputs;
};
constexpr OpInfo kOps[] = {
    {"Conv", Op::kConv, 2, 3},
    {"Gemm", Op::kGemm, 2, 3},
    {"MatMul", Op::kMatMul, 2, 2},
    {"Add", Op::kAdd, 2, 2},
    {"Relu", Op::kRelu, 1, 1},
    {"MaxPool", Op::kMaxPool, 1, 1},
    {"AveragePool", Op::kAveragePool, 1, 1},
    {"GlobalAveragePool", Op::kGlobalAveragePool, 1, 1},
    {"Flatten", Op::kFlatten, 1, 1},
    {"Reshape", Op::kReshape, 2, 2},
    {"Softmax", Op::kSoftmax, 1, 1},
};

// ---- attributes shared by Conv and the poolings ----

AutoPad auto_pad(AttributeReader& at) {
  const std::string text = at.text("auto_pad", "NOTSET");
  if (text == "NOTSET" || text.empty()) return AutoPad::kNotSet;
  if (text == "SAME_UPPER") return AutoPad::kSameUpper;
  if (text == "SAME_LOWER") return AutoPad::kSameLower;
  if (text == "VALID") return AutoPad::kValid;
  at.problem("attribute 'auto_pad' is '" + text +
             "', known are NOTSET, SAME_UPPER, SAME_LOWER and VALID");
  return AutoPad::kNotSet;
}

// Reads a list with one entry per spatial dimension; `rank` is shared by the lists of a node.
void spatial_list(AttributeReader& at, const std::string& name, std::size_t& rank,
                  std::array<std::int64_t, 2>& out) {
  const auto list = at.integers(name, 1, kMaxAttribute);
  if (list.empty()) return;
  if (list.size() > 2 || (rank != 0 && rank != list.size())) {
    at.problem("attribute '" + name + "' is for " + std::to_string(list.size()) +
               " spatial dimensions, " +
               (rank == 0 ? "supported are 1 and 2"
                          : "others of the node are for " + std::to_string(rank)));
    return;
  }
  rank = list.size();
  if (rank == 1) {
    out = {1, list[0]};
  } else {
    out = {list[0], list[1]};
  }
}

template <typename Attributes>
void window_attributes(AttributeReader& at, Attributes& out, bool with_dilations) {
  std::size_t rank = 0;
  spatial_list(at, "kernel_shape", rank, out.kernel);
  spatial_list(at, "strides", rank, out.strides);
  if (with_dilations) spatial_list(at, "dilations", rank, out.dilations);
  const auto pads = at.integers("pads", 0, kMaxAttribute);
  if (!pads.empty()) {
    if ((pads.size() != 2 && pads.size() != 4) || (rank != 0 && rank * 2 != pads.size())) {
      at.problem("attribute 'pads' has " + std::to_string(pads.size()) +
                 " entries, expected two per spatial dimension (1 or 2)");
    } else {
      rank = pads.size() / 2;
      if (rank == 1) {
        out.pads = {0, pads[0], 0, pads[1]};
      } else {
        out.pads = {pads[0], pads[1], pads[2], pads[3]};
      }
    }
  }
  out.auto_pad = auto_pad(at);
  out.spatial_rank = static_cast<std::int64_t>(rank);
  if (out.auto_pad != AutoPad::kNotSet &&
      std::any_of(out.pads.begin(), out.pads.end(), [](std::int64_t p) { return p != 0; })) {
    at.problem("attributes 'pads' and 'auto_pad' contradict each other");
  }
}

Attributes pool_attributes(AttributeReader& at, bool maximum, std::int64_t opset) {
  PoolAttributes out;
  window_attributes(at, out, maximum && opset >= 10);
  if (!at.has("kernel_shape")) at.problem("attribute 'kernel_shape' is missing");
  if (opset >= 10) out.ceil_mode = at.flag("ceil_mode", false);
  if (maximum) {
    at.ignore("storage_order");  // only says how indices are counted, and those are not given
  } else {
    out.count_include_pad = at.flag("count_include_pad", false);
  }
  return out;
}

Attributes conv_attributes(AttributeReader& at) {
  ConvAttributes out;
  window_attributes(at, out, true);
  out.groups = at.integer("group", 1);
  if (out.groups < 1) {
    at.problem("attribute 'group' must be at least 1, got " + std::to_string(out.groups));
  }
  return out;
}

Attributes gemm_attributes(AttributeReader& at) {
  GemmAttributes out;
  out.alpha = at.number("alpha", 1.0F);
  out.beta = at.number("beta", 1.0F);
  out.trans_a = at.flag("transA", false);
  out.trans_b = at.flag("transB", false);
  return out;
}

Attributes softmax_attributes(AttributeReader& at, std::int64_t opset) {
  SoftmaxAttributes out;
  out.flatten_to_2d = opset < 13;
  out.axis = at.integer("axis", opset < 13 ? 1 : -1);
  return out;
}

}  // namespace

const std::string& NodeReader::resolve(const std::string& value) const {
  const auto found = aliases_.find(value);
  return found == aliases_.end() ? value : found->second;
}

void NodeReader::check_readable(const std::string& value, const std::string& node,
                                const std::string& op) {
  const auto found = unreadable_.find(value);
  if (found != unreadable_.end()) {
    problems_.push_back({node, op, "cannot read '" + value + "': " + found->second});
  }
}

void NodeReader::fold_constant(const onnx::NodeProto& proto, const std::string& name) {
  if (proto.attribute_size() != 1 || proto.output_size() != 1) {
    problems_.push_back({name, "Constant", "expected one attribute and one output"});
    return;
  }
  const onnx::AttributeProto& a = proto.attribute(0);
  const std::string& output = proto.output(0);
  onnx::TensorProto tensor;
  if (a.name() == "value" && a.type() == onnx::AttributeProto::TENSOR) {
    add_constant(output, a.t());
    return;
  }
  if (a.name() == "value_float" && a.type() == onnx::AttributeProto::FLOAT) {
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    tensor.add_float_data(a.f());
  } else if (a.name() == "value_floats" && a.type() == onnx::AttributeProto::FLOATS) {
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    *tensor.mutable_float_data() = a.floats();
    tensor.add_dims(a.floats_size());
  } else if (a.name() == "value_int" && a.type() == onnx::AttributeProto::INT) {
    tensor.set_data_type(onnx::TensorProto::INT64);
    tensor.add_int64_data(a.i());
  } else if (a.name() == "value_ints" && a.type() == onnx::AttributeProto::INTS) {
    tensor.set_data_type(onnx::TensorProto::INT64);
    *tensor.mutable_int64_data() = a.ints();
    tensor.add_dims(a.ints_size());
  } else {
    unreadable_[output] = "its attribute '" + a.name() + "' is not supported";
    return;
  }
  add_constant(output, tensor);
}

void NodeReader::fold_dropout(const onnx::NodeProto& proto, const std::string& name) {
  if (proto.input_size() < 1 || proto.input(0).empty() || proto.output_size() < 1) {
    problems_.push_back({name, "Dropout", "has no input or no output"});
    return;
  }
  if (proto.input_size() > 2 && !proto.input(2).empty()) {
    const Constant* training = graph_.constant(resolve(proto.input(2)));
    if (training == nullptr || training->ints.size() != 1 || training->ints[0] != 0) {
      problems_.push_back(
          {name, "Dropout", "training_mode is not constant false; export the model for inference"});
    }
  }
  if (proto.output_size() > 1) {
    unreadable_[proto.output(1)] = "the mask of a Dropout is not computed";
  }
  check_readable(resolve(proto.input(0)), name, "Dropout");
  aliases_[proto.output(0)] = resolve(proto.input(0));
}

void NodeReader::add_node(const onnx::NodeProto& proto, const std::string& name) {
  const std::string& type = proto.op_type();
  const bool standard = proto.domain().empty() || proto.domain() == "ai.onnx";
  if (standard && type == "Constant") return fold_constant(proto, name);
  if (standard && type == "Dropout") return fold_dropout(proto, name);
  if (standard && type == "Identity" && proto.input_size() == 1 && proto.output_size() == 1) {
    check_readable(resolve(proto.input(0)), name, type);
    aliases_[proto.output(0)] = resolve(proto.input(0));
    return;
  }
  const OpInfo* info = nullptr;
  for (const OpInfo& candidate : kOps) {
    if (standard && type == candidate.name) info = &candidate;
  }
  if (info == nullptr) {
    std::string reason = "operator is not supported";
    if (!standard) reason = "operator domain '" + proto.domain() + "' is not supported";
    problems_.push_back({name, type.empty() ? "no operator" : type, reason});
    return;
  }
  AttributeReader at(proto, name, problems_);
  Node node;
  node.op = info->op;
  node.name = name;
  if (proto.input_size() < info->min_inputs || proto.input_size() > info->max_inputs) {
    at.problem(
        "has " + std::to_string(proto.input_size()) + " inputs, expected " +
        std::to_string(info->min_inputs) +
        (info->max_inputs > info->min_inputs ? " to " + std::to_string(info->max_inputs) : ""));
    return;
  }
  for (int i = 0; i < proto.input_size(); ++i) {
    const std::string& value = resolve(proto.input(i));
    if (value.empty() && i < info->min_inputs) {
      at.problem("input " + std::to_string(i) + " is missing");
      return;
    }
    check_readable(value, name, type);
    node.inputs.push_back(value);
  }
  while (!node.inputs.empty() && node.inputs.back().empty()) node.inputs.pop_back();
  for (int i = 1; i < proto.output_size(); ++i) {
    if (!proto.output(i).empty()) {
      at.problem("its output '" + proto.output(i) + "' is not supported, only the first one is");
    }
  }
  if (proto.output_size() < 1 || proto.output(0).empty()) {
    at.problem("has no output");
    return;
  }
  node.outputs.push_back(proto.output(0));
  const std::int64_t opset = graph_.opset;
  switch (node.op) {
    case Op::kConv:
      node.attributes = conv_attributes(at);
      break;
    case Op::kGemm:
      node.attributes = gemm_attributes(at);
      break;
    case Op::kMaxPool:
    case Op::kAveragePool:
      node.attributes = pool_attributes(at, node.op == Op::kMaxPool, opset);
      break;
    case Op::kFlatten:
      node.attributes = FlattenAttributes{at.integer("axis", 1)};
      break;
    case Op::kSoftmax:
      node.attributes = softmax_attributes(at, opset);
      break;
    case Op::kReshape: {
      ReshapeAttributes out;
      if (opset >= 14) out.allow_zero = at.flag("allowzero", false);
      const Constant* shape = graph_.constant(node.inputs[1]);
      if (shape == nullptr || shape->element != ElementType::kInt64 || shape->dims.size() != 1) {
        at.problem("its shape '" + node.inputs[1] + "' is not a constant list of int64");
      } else {
        out.shape = shape->ints;
        for (const std::int64_t d : out.shape) {
          if (d < -1 || d > kMaxElements) {
            at.problem("its shape holds " + std::to_string(d));
            break;
          }
        }
      }
      node.attributes = std::move(out);
      node.inputs.resize(1);
      break;
    }
    default:
      break;
  }
  at.finish();
  graph_.nodes.push_back(std::move(node));
}

}  // namespace cubist::graph::detail

// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/graph.h"

#include <utility>

namespace cubist::graph {

const char* element_name(ElementType type) {
  switch (type) {
    case ElementType::kFloat16:
      return "float16";
    case ElementType::kFloat32:
      return "float32";
    case ElementType::kFloat64:
      return "float64";
    case ElementType::kInt8:
      return "int8";
    case ElementType::kUint8:
      return "uint8";
    case ElementType::kInt32:
      return "int32";
    case ElementType::kInt64:
      return "int64";
    case ElementType::kBool:
      return "bool";
  }
  return "unknown";
}

std::size_t element_size(ElementType type) {
  switch (type) {
    case ElementType::kFloat16:
      return 2;
    case ElementType::kFloat32:
    case ElementType::kInt32:
      return 4;
    case ElementType::kFloat64:
    case ElementType::kInt64:
      return 8;
    case ElementType::kInt8:
    case ElementType::kUint8:
    case ElementType::kBool:
      return 1;
  }
  return 1;
}

std::int64_t element_count(const Dims& dims) {
  std::int64_t count = 1;
  for (const std::int64_t d : dims) count *= d;
  return count;
}

std::string to_string(const Dims& dims) {
  if (dims.empty()) return "scalar";
  std::string text;
  for (const std::int64_t d : dims) {
    if (!text.empty()) text += 'x';
    text += d == kUnknownDim ? "?" : std::to_string(d);
  }
  return text;
}

const char* op_name(Op op) {
  switch (op) {
    case Op::kConv:
      return "Conv";
    case Op::kGemm:
      return "Gemm";
    case Op::kMatMul:
      return "MatMul";
    case Op::kAdd:
      return "Add";
    case Op::kRelu:
      return "Relu";
    case Op::kMaxPool:
      return "MaxPool";
    case Op::kAveragePool:
      return "AveragePool";
    case Op::kGlobalAveragePool:
      return "GlobalAveragePool";
    case Op::kFlatten:
      return "Flatten";
    case Op::kReshape:
      return "Reshape";
    case Op::kSoftmax:
      return "Softmax";
  }
  return "unknown";
}

const std::string& Node::input(std::size_t i) const {
  static const std::string kNone;
  return i < inputs.size() ? inputs[i] : kNone;
}

const Constant* Graph::constant(const std::string& value) const {
  const auto found = constants.find(value);
  return found == constants.end() ? nullptr : &found->second;
}

const TensorType& Graph::type(const std::string& value) const {
  const auto found = values.find(value);
  if (found == values.end()) {
    throw std::out_of_range("graph '" + name + "': no value named '" + value + "'");
  }
  return found->second;
}

std::string to_string(const Problem& problem) {
  std::string text;
  if (!problem.node.empty()) text += "node '" + problem.node + "'";
  if (!problem.op.empty()) text += (text.empty() ? "(" : " (") + problem.op + ")";
  if (!text.empty()) text += ": ";
  return text + problem.reason;
}

namespace {

std::string join(const std::string& where, const std::vector<Problem>& problems) {
  std::string text = where + ": ";
  if (problems.size() > 1) text += std::to_string(problems.size()) + " problems: ";
  for (std::size_t i = 0; i < problems.size(); ++i) {
    if (i > 0) text += "; ";
    text += to_string(problems[i]);
  }
  return text;
}

}  // namespace

Error::Error(ErrorKind kind, const std::string& where, std::vector<Problem> problems)
    : std::runtime_error(join(where, problems)), kind_(kind), problems_(std::move(problems)) {}

}  // namespace cubist::graph

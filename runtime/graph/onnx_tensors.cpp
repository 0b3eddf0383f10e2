// SPDX-License-Identifier: Apache-2.0
// Tensors of an ONNX file as constants of the graph.
#include <bit>
#include <cstring>
#include <utility>

#include "runtime/graph/half.h"
#include "runtime/graph/onnx_nodes.h"

namespace cubist::graph::detail {
namespace {

static_assert(std::endian::native == std::endian::little, "raw tensor data are little-endian");

[[noreturn]] void format_error(const std::string& line) {
  throw Error(ErrorKind::kFormat, line);
}

template <typename T>
std::vector<T> raw_elements(const std::string& raw) {
  std::vector<T> out(raw.size() / sizeof(T));
  if (!out.empty()) std::memcpy(out.data(), raw.data(), out.size() * sizeof(T));
  return out;
}

// How many elements the tensor holds, in whichever field it keeps them.
std::int64_t elements_found(const onnx::TensorProto& tensor, ElementType element) {
  if (tensor.has_raw_data()) {
    return static_cast<std::int64_t>(tensor.raw_data().size() / element_size(element));
  }
  if (element == ElementType::kFloat32) return tensor.float_data_size();
  return element == ElementType::kInt64 ? tensor.int64_data_size() : tensor.int32_data_size();
}

void read_elements(const onnx::TensorProto& tensor, Constant& constant) {
  const std::string& raw = tensor.raw_data();
  const bool is_raw = tensor.has_raw_data();
  switch (constant.element) {
    case ElementType::kFloat32:
      constant.floats = raw_elements<float>(raw);
      if (!is_raw) constant.floats.assign(tensor.float_data().begin(), tensor.float_data().end());
      break;
    case ElementType::kFloat16: {
      std::vector<std::uint16_t> bits = raw_elements<std::uint16_t>(raw);
      if (!is_raw) {
        for (const int b : tensor.int32_data()) bits.push_back(static_cast<std::uint16_t>(b));
      }
      for (const std::uint16_t b : bits) constant.floats.push_back(half_to_float(b));
      break;
    }
    case ElementType::kInt64:
      constant.ints = raw_elements<std::int64_t>(raw);
      if (!is_raw) constant.ints.assign(tensor.int64_data().begin(), tensor.int64_data().end());
      break;
    default:  // int32 and bool
      if (!is_raw) {
        constant.ints.assign(tensor.int32_data().begin(), tensor.int32_data().end());
      } else if (constant.element == ElementType::kInt32) {
        for (const auto v : raw_elements<std::int32_t>(raw)) constant.ints.push_back(v);
      } else {
        for (const auto v : raw_elements<std::uint8_t>(raw)) constant.ints.push_back(v);
      }
      break;
  }
}

}  // namespace

bool element_of(int onnx_type, ElementType& element) {
  switch (onnx_type) {
    case onnx::TensorProto::FLOAT:
      element = ElementType::kFloat32;
      return true;
    case onnx::TensorProto::FLOAT16:
      element = ElementType::kFloat16;
      return true;
    case onnx::TensorProto::INT64:
      element = ElementType::kInt64;
      return true;
    case onnx::TensorProto::INT32:
      element = ElementType::kInt32;
      return true;
    case onnx::TensorProto::BOOL:
      element = ElementType::kBool;
      return true;
    default:
      return false;
  }
}

std::string onnx_type_name(int onnx_type) {
  if (!onnx::TensorProto_DataType_IsValid(onnx_type)) return "type " + std::to_string(onnx_type);
  std::string name =
      onnx::TensorProto_DataType_Name(static_cast<onnx::TensorProto_DataType>(onnx_type));
  for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return name;
}

void NodeReader::add_constant(const std::string& name, const onnx::TensorProto& tensor) {
  const std::string what = "tensor '" + name + "'";
  Constant constant;
  std::int64_t count = 1;
  for (const std::int64_t d : tensor.dims()) {
    if (d < 0) format_error(what + " has a negative dimension " + std::to_string(d));
    if (d > 0 && count > kMaxElements / d) {
      format_error(what + " claims more than " + std::to_string(kMaxElements) + " elements");
    }
    count *= d;
    constant.dims.push_back(d);
  }
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL || tensor.external_data_size() > 0) {
    unreadable_[name] = "its data are in another file; save the model with its weights inside";
    return;
  }
  if (tensor.has_segment()) {
    unreadable_[name] = "it is stored in segments";
    return;
  }
  if (!element_of(tensor.data_type(), constant.element)) {
    unreadable_[name] = "it is " + onnx_type_name(tensor.data_type()) +
                        ", supported are float, float16 and, for shapes, int64";
    return;
  }
  const std::int64_t found = elements_found(tensor, constant.element);
  if (found != count || tensor.raw_data().size() % element_size(constant.element) != 0) {
    format_error(what + " of shape " + to_string(constant.dims) + " needs " +
                 std::to_string(count) + " elements of " + element_name(constant.element) +
                 ", has " + std::to_string(found));
  }
  read_elements(tensor, constant);
  if (count == 0 && !constant.dims.empty() && constant.element != ElementType::kInt64) {
    unreadable_[name] = "it is empty";
    return;
  }
  graph_.constants[name] = std::move(constant);
}

}  // namespace cubist::graph::detail

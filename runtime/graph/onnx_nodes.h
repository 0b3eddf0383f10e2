// SPDX-License-Identifier: Apache-2.0
// Inside the ONNX reader: turns tensors and nodes of the file into constants and nodes of a Graph.
// Includes the protobuf definitions, so only the reader's sources may include it.
#pragma once

#include <onnx/onnx_pb.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"

namespace cubist::graph::detail {

/// The element type of a TensorProto data type that the reader knows; false for others.
bool element_of(int onnx_type, ElementType& element);
/// Name of any TensorProto data type, for messages.
std::string onnx_type_name(int onnx_type);

/// What the file's nodes become. Problems are collected, nothing is thrown.
class NodeReader {
 public:
  NodeReader(Graph& graph, std::vector<Problem>& problems) : graph_(graph), problems_(problems) {}

  /// Makes a constant of a tensor. A type or layout that is not supported is reported only when a
  /// node reads it. Throws Error (kFormat) if the tensor contradicts itself.
  void add_constant(const std::string& name, const onnx::TensorProto& tensor);
  /// Appends a node, or folds it away. `name` is unique. Called in topological order.
  void add_node(const onnx::NodeProto& proto, const std::string& name);
  /// The value that stands for `value` after folding.
  const std::string& resolve(const std::string& value) const;
  /// Records a problem if the value is a constant of an unsupported type, or a result that was not
  /// computed.
  void check_readable(const std::string& value, const std::string& node, const std::string& op);

 private:
  void fold_constant(const onnx::NodeProto& proto, const std::string& name);
  void fold_dropout(const onnx::NodeProto& proto, const std::string& name);

  Graph& graph_;
  std::vector<Problem>& problems_;
  std::map<std::string, std::string> aliases_;
  std::map<std::string, std::string> unreadable_;  // value -> why
};

}  // namespace cubist::graph::detail

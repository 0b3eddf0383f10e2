// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/onnx_reader.h"

#include <limits>
#include <map>
#include <set>
#include <utility>

#include "runtime/graph/file_bytes.h"
#include "runtime/graph/onnx_nodes.h"

namespace cubist::graph {
namespace {

constexpr std::int64_t kMaxModelBytes =
    std::numeric_limits<std::int32_t>::max();  // protobuf's limit

[[noreturn]] void format_error(const std::string& line) {
  throw Error(ErrorKind::kFormat, line);
}

// Reads one model: structure first (names, order), then nodes one by one.
class Reader {
 public:
  explicit Reader(const onnx::ModelProto& model)
      : model_(model), proto_(model.graph()), nodes_(graph_, problems_) {}

  Graph read(const std::string& where) {
    graph_.name = proto_.name().empty() ? "model" : proto_.name();
    graph_.opset = opset();
    read_constants();
    read_inputs();
    name_nodes();
    for (const int i : order()) nodes_.add_node(proto_.node(i), names_[i]);
    read_outputs();
    if (!problems_.empty()) throw Error(ErrorKind::kUnsupported, where, std::move(problems_));
    return std::move(graph_);
  }

 private:
  std::int64_t opset() const {
    std::int64_t version = 0;
    for (const auto& import : model_.opset_import()) {
      if (import.domain().empty() || import.domain() == "ai.onnx") version = import.version();
    }
    if (version < kMinOpset || version > kMaxOpset) {
      throw Error(ErrorKind::kUnsupported, "opset " + std::to_string(version) +
                                               " is not supported, " + std::to_string(kMinOpset) +
                                               " to " + std::to_string(kMaxOpset) +
                                               " are; export or convert the model to one of these");
    }
    return version;
  }

  void define(const std::string& value, const std::string& what) {
    if (!defined_.insert(value).second) {
      format_error("value '" + value + "' is defined twice, the second time by " + what);
    }
  }

  void read_constants() {
    if (proto_.sparse_initializer_size() > 0) {
      problems_.push_back({"", "", "sparse weights are not supported"});
    }
    for (const auto& tensor : proto_.initializer()) {
      if (tensor.name().empty()) format_error("a weight tensor has no name");
      define(tensor.name(), "another weight tensor");
      nodes_.add_constant(tensor.name(), tensor);
    }
  }

  void read_inputs() {
    std::set<std::string> listed;
    for (const auto& input : proto_.input()) {
      const std::string& name = input.name();
      if (name.empty()) format_error("an input of the graph has no name");
      if (!listed.insert(name).second) format_error("input '" + name + "' is listed twice");
      if (defined_.count(name) != 0) continue;  // the default of an input is taken as a constant
      define(name, "an input");
      TensorType type;
      const std::string what = "input '" + name + "' ";
      if (!input.type().has_tensor_type()) {
        problems_.push_back({"", "", what + "is not a tensor"});
        continue;
      }
      const auto& tensor = input.type().tensor_type();
      if (!detail::element_of(tensor.elem_type(), type.element)) {
        problems_.push_back({"", "",
                             what + "is " + detail::onnx_type_name(tensor.elem_type()) +
                                 ", supported are float and float16"});
      }
      if (!tensor.has_shape()) problems_.push_back({"", "", what + "has no shape"});
      for (const auto& dim : tensor.shape().dim()) {
        if (dim.has_dim_value() && (dim.dim_value() < 1 || dim.dim_value() > kMaxElements)) {
          problems_.push_back(
              {"", "", what + "has a dimension of " + std::to_string(dim.dim_value())});
        }
        type.dims.push_back(dim.has_dim_value() ? dim.dim_value() : kUnknownDim);
      }
      graph_.inputs.push_back(name);
      graph_.values[name] = std::move(type);
    }
  }

  void name_nodes() {
    std::set<std::string> taken;
    for (int i = 0; i < proto_.node_size(); ++i) {
      const auto& node = proto_.node(i);
      std::string name =
          node.name().empty() ? node.op_type() + "_" + std::to_string(i) : node.name();
      while (!taken.insert(name).second) name += "_" + std::to_string(i);
      names_.push_back(name);
    }
  }

  std::string describe(int node) const {
    return to_string(Problem{names_[node], proto_.node(node).op_type(), ""});
  }

  // Node indices so that each follows what it reads; among those ready, the model's order.
  std::vector<int> order() {
    std::map<std::string, int> producer;
    for (int i = 0; i < proto_.node_size(); ++i) {
      for (const std::string& output : proto_.node(i).output()) {
        if (output.empty()) continue;
        define(output, describe(i) + "itself");
        producer[output] = i;
      }
    }
    std::vector<std::set<int>> readers(proto_.node_size());
    std::vector<int> waits_for(proto_.node_size(), 0);
    for (int i = 0; i < proto_.node_size(); ++i) {
      for (const std::string& input : proto_.node(i).input()) {
        if (input.empty()) continue;
        if (defined_.count(input) == 0) {
          format_error(describe(i) + "reads '" + input + "', which nothing in the graph defines");
        }
        const auto found = producer.find(input);
        if (found != producer.end() && readers[found->second].insert(i).second) ++waits_for[i];
      }
    }
    std::set<int> ready;
    for (int i = 0; i < proto_.node_size(); ++i) {
      if (waits_for[i] == 0) ready.insert(i);
    }
    std::vector<int> sorted;
    while (!ready.empty()) {
      const int node = *ready.begin();
      ready.erase(ready.begin());
      sorted.push_back(node);
      for (const int reader : readers[node]) {
        if (--waits_for[reader] == 0) ready.insert(reader);
      }
    }
    if (sorted.size() != names_.size()) {
      for (int i = 0; i < proto_.node_size(); ++i) {
        if (waits_for[i] > 0) {
          format_error(describe(i) + "is part of, or behind, a cycle in the graph");
        }
      }
    }
    return sorted;
  }

  void read_outputs() {
    if (proto_.output_size() == 0) format_error("the graph has no output");
    for (const auto& output : proto_.output()) {
      if (defined_.count(output.name()) == 0 || output.name().empty()) {
        format_error("output '" + output.name() + "' is not defined by any node");
      }
      const std::string& value = nodes_.resolve(output.name());
      nodes_.check_readable(value, "", "graph output");
      graph_.outputs.push_back(value);
    }
  }

  const onnx::ModelProto& model_;
  const onnx::GraphProto& proto_;
  Graph graph_;
  std::vector<Problem> problems_;
  detail::NodeReader nodes_;
  std::set<std::string> defined_;
  std::vector<std::string> names_;
};

}  // namespace

Graph parse_onnx(std::string_view bytes, const std::string& where) {
  if (bytes.size() > static_cast<std::size_t>(kMaxModelBytes)) {
    throw Error(ErrorKind::kFile, where + ": larger than 2 GiB");
  }
  onnx::ModelProto model;
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    format_error(where + ": not an ONNX model, or cut short (its protobuf data do not parse)");
  }
  if (!model.has_graph() || model.opset_import_size() == 0 || model.ir_version() < 3) {
    format_error(where + ": not an ONNX model (no graph, opset or IR version of at least 3 in it)");
  }
  try {
    return Reader(model).read(where);
  } catch (const Error& error) {
    if (!error.problems().empty()) throw;
    throw Error(error.kind(), where + ": " + error.what());
  }
}

Graph read_onnx(const std::string& path) {
  return parse_onnx(read_file_bytes(path, kMaxModelBytes), path);
}

}  // namespace cubist::graph

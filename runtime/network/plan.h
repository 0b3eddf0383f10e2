// SPDX-License-Identifier: Apache-2.0
// The plan of a network: which kernels run in which order, on which memory.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"
#include "runtime/graph/reference.h"
#include "runtime/network/network.h"
#include "runtime/operators/operators.h"

namespace cubist::network {

/// A piece of device memory whose address is not known yet.
struct Ref {
  enum class Kind : uint8_t { none, value, constant };
  Kind kind = Kind::none;
  size_t index = 0;
};

enum class Layout : uint8_t { nd, nc1hwc0 };

/// One form in which a value lies in memory.
struct Form {
  Ref ref;
  Layout layout = Layout::nd;
  operators::Type type = operators::Type::f16;
};

/// Memory of activations, with the steps between which it must be kept.
struct ValueBuffer {
  uint64_t bytes = 0;
  size_t first = 0, last = 0;
  uint64_t offset = 0;  ///< Within the values' memory; set by Plan::place().
};

struct Step {
  size_t node = 0;  ///< Index in the graph; the number of nodes for work on inputs and outputs.
  std::function<operators::Launch(const std::function<DevicePtr(Ref)>&)> make;
};

/// Elements of an NC1HWC0 feature map of these dimensions (rank 3 or more), padding included.
uint64_t c0_elements(const graph::Dims& dims);
/// Product of the dimensions after the second.
int64_t pixels_of(const graph::Dims& dims);

class Plan {
 public:
  /// Throws graph::Error (kUnsupported) with the node.
  Plan(const graph::Graph& bound, operators::Cores cores);

  /// Gives every value buffer an offset; without `keep_all`, buffers share memory when their times
  /// do not overlap. Returns the bytes it takes.
  uint64_t place(bool keep_all);

  const graph::Graph& graph() const { return graph_; }
  const std::vector<Step>& steps() const { return steps_; }
  const std::vector<ValueBuffer>& buffers() const { return buffers_; }
  const std::vector<std::vector<uint8_t>>& constants() const { return constants_; }
  const std::vector<LayerInfo>& layers() const { return layers_; }

  /// The form in which a value was produced, and the narrowest one that anything read.
  const Form& produced(const std::string& value) const;
  const Form& used(const std::string& value) const;
  /// The form in which a node reads its i-th input, which is no constant.
  const Form& read_by(const graph::Node& node, size_t input) const;
  /// The row-major form of an output of the graph.
  const Form& delivered(const std::string& output) const;
  /// True where a constant operand is held in FP32 on the chip.
  bool constant_is_f32(const graph::Node& node, size_t input) const;

 private:
  struct Forms {
    std::vector<Form> all;  ///< The first is as produced.
  };

  void lower(const graph::Node& node, size_t index);
  void lower_conv(const graph::Node& node);
  void lower_gemm(const graph::Node& node);
  void lower_matmul(const graph::Node& node);
  void lower_add(const graph::Node& node);
  void lower_relu(const graph::Node& node);
  void lower_pool(const graph::Node& node);
  void lower_softmax(const graph::Node& node);
  void lower_view(const graph::Node& node);
  /// Scales the product of a Gemm, which lies in `product`, and adds what could not be its bias.
  void add_matrix(const graph::Node& node, const Form& product, const graph::GemmGeometry& g);

  const graph::Dims& dims(const std::string& value) const { return graph_.type(value).dims; }
  /// The value in the form that is asked for; adds the steps that make it where there is none.
  Form need(const std::string& value, Layout layout, operators::Type type);
  /// Row-major, whatever type there is.
  Form need_nd(const std::string& value);
  /// The same for the i-th input of a node, remembered for read_by().
  Form need_input(const graph::Node& node, size_t i, Layout layout, operators::Type type);
  Form need_input_nd(const graph::Node& node, size_t i);
  const Form* find(const std::string& value, Layout layout, operators::Type type) const;
  bool has(const std::string& value, Layout layout) const;
  /// New memory for a value, remembered as one of its forms.
  Form add_form(const std::string& value, Layout layout, operators::Type type);
  Ref new_buffer(uint64_t bytes);
  Ref add_constant(std::vector<uint8_t> bytes);
  Ref constant_f16(const graph::Constant& constant);
  /// Uses `ref` until the step that is about to be added.
  void touch(Ref ref);
  void add_step(const std::vector<Ref>& used,
                std::function<operators::Launch(const std::function<DevicePtr(Ref)>&)> make);
  /// FP32 where nothing but a Softmax or the user reads the value.
  operators::Type result_type(const std::string& value) const;
  bool is_output(const std::string& value) const;

  graph::Graph graph_;
  operators::Cores cores_;
  std::vector<Step> steps_;
  std::vector<ValueBuffer> buffers_;
  std::vector<std::vector<uint8_t>> constants_;
  std::vector<LayerInfo> layers_;
  std::map<std::string, Forms> forms_;
  std::map<std::pair<std::string, size_t>, Form> read_forms_;  ///< By node and input.
  std::map<std::pair<std::string, size_t>, bool> constant_f32_;
  size_t current_ = 0;  ///< Node being lowered.
};

}  // namespace cubist::network

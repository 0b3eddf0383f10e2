// SPDX-License-Identifier: Apache-2.0
// A neural network on the device: plans layouts and memory once, then runs batch after batch.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/cubist.h"
#include "runtime/graph/graph.h"
#include "runtime/graph/reference.h"

namespace cubist {

struct NetworkOptions {
  /// The kernel ELFs that ship with Cubist (folder).
  std::string kernel_folder;
  /// Use at most this many cores of each kind; 0: all.
  unsigned max_cores = 0;
  /// Keep every value of the network apart in memory, so that all can be read after a run; else
  /// buffers are reused as soon as nothing reads them any more.
  bool keep_values = false;
};

/// What one step of the plan is, for reports.
struct LayerInfo {
  std::string node;  ///< Name in the model.
  std::string op;    ///< "Conv", "MaxPool", ...
  graph::Dims out_dims;
  uint64_t macs = 0;      ///< Multiply-accumulates of the layer as the model states it, per batch.
  unsigned launches = 0;  ///< Kernels it takes (0: only another view of the same bytes).
};

/// A bound and optimised graph, its weights on the device.
class Network {
 public:
  /// Throws Error (out_of_memory) before anything is copied when device memory does not suffice,
  /// and graph::Error (kUnsupported) naming the node that cannot be run.
  Network(Device& device, const graph::Graph& bound, NetworkOptions options);
  ~Network();
  Network(Network&&) noexcept;

  /// Runs one batch and waits for it. Inputs by name; outputs by name, in FP32.
  std::map<std::string, graph::Tensor> run(const std::map<std::string, graph::Tensor>& inputs);

  /// After a run with keep_values: any value of the graph as the chip stored it, row-major.
  graph::Tensor value(const std::string& name) const;
  /// A constant operand as the chip uses it (weights rounded to FP16).
  graph::Tensor constant(const std::string& node, size_t input) const;

  const graph::Graph& graph() const;
  const std::vector<LayerInfo>& layers() const;
  /// How each value is stored, for propagated bounds.
  graph::Storage storage() const;
  /// Device memory the plan takes, in bytes: weights, and values.
  uint64_t weight_bytes() const;
  uint64_t value_bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cubist

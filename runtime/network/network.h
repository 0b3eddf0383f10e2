// SPDX-License-Identifier: Apache-2.0
// A neural network on the device: plans layouts and memory once, then runs batch after batch.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/cubist.h"
#include "runtime/graph/graph.h"
#include "runtime/graph/reference.h"

namespace cubist {

struct NetworkOptions {
  /// ELF file of the kernels that ship with Cubist.
  std::string kernels;
  /// Use at most this many cores of each kind; 0: all.
  unsigned max_cores = 0;
  /// Keep every value of the network apart in memory, so that all can be read after a run; else
  /// memory is reused as soon as nothing reads a value any more.
  bool keep_values = false;
};

/// One node as it was planned, for reports.
struct LayerInfo {
  std::string node;  ///< Name in the model.
  std::string op;    ///< "Conv", "MaxPool", ...
  graph::Dims out_dims;
  uint64_t macs = 0;      ///< Multiply-accumulates of the node per batch, as the model states it.
  unsigned launches = 0;  ///< Kernels it takes; 0: only another view of the same bytes.
};

/// A bound and optimised graph, its weights on the device. Activations are FP16; results that only
/// a Softmax reads, and outputs of Gemm, MatMul and Softmax, are FP32.
class Network {
 public:
  /// Throws graph::Error (kUnsupported) naming the node that cannot be run, and Error
  /// (out_of_memory) before anything is copied when device memory does not suffice.
  Network(Device& device, const graph::Graph& bound, NetworkOptions options);
  ~Network();
  Network(Network&&) noexcept;

  /// Runs one batch and waits for it. Inputs and outputs by name, row-major; inputs are rounded to
  /// FP32 on their way to the chip.
  graph::Tensors run(const graph::Tensors& inputs);

  // After a run with keep_values, read without simulated time:
  /// The result of a node, or a graph input, as the chip stored it.
  graph::Tensor value(const std::string& name) const;
  /// The i-th input of a node as the chip used it: an activation in FP16, or a constant as rounded.
  graph::Tensor input_value(const graph::Node& node, size_t i) const;

  const graph::Graph& graph() const;
  /// In the order of graph().nodes.
  const std::vector<LayerInfo>& layers() const;
  /// How each value is stored, for propagated bounds.
  graph::Storage storage() const;
  /// Device memory it takes, in bytes: constants with launch blocks, and values.
  uint64_t constant_bytes() const;
  uint64_t value_bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cubist

// SPDX-License-Identifier: Apache-2.0
// The chip's results against float64: layer by layer on the chip's own inputs, and label by label.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/graph/reference.h"
#include "runtime/network/network.h"

namespace cubist::tool {

struct LabelStatistics {
  int64_t images = 0;
  int64_t right = 0;        ///< Chip's label is the given one.
  int64_t exact_right = 0;  ///< Float64's label is the given one.
  int64_t different = 0;    ///< Chip's and float64's labels differ.
  int64_t unexplained = 0;  ///< Of these: margin above the propagated bound.
  struct Difference {
    int64_t image;
    size_t chip, exact;
    double margin, bound;
  };
  std::vector<Difference> differences;
};

/// Collects over batches.
class Checker {
 public:
  /// `model`: bound to the batch, not optimised; evaluated in float64 as the model states it.
  Checker(const Network& network, graph::Graph model);

  /// Every layer of the batch that has just run.
  void check_layers();
  /// Labels of the first `count` rows; `labels` may be nullptr. `output`: the network's first one.
  void check_labels(const graph::Tensors& inputs, const graph::Tensor& output, int64_t first,
                    int64_t count, const int64_t* labels);

  const std::vector<graph::NodeCheck>& layers() const { return layers_; }
  const LabelStatistics& labels() const { return labels_; }
  /// Largest difference between the chip's first output and float64's.
  double largest_output_error() const { return largest_output_error_; }
  bool passed() const;

 private:
  const Network& network_;
  graph::Graph model_;
  std::vector<graph::NodeCheck> layers_;
  LabelStatistics labels_;
  double largest_output_error_ = 0;
};

}  // namespace cubist::tool

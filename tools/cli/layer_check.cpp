// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/layer_check.h"

#include <algorithm>
#include <cmath>

namespace cubist::tool {

Checker::Checker(const Network& network, graph::Graph model)
    : network_(network), model_(std::move(model)), layers_(network.graph().nodes.size()) {}

void Checker::check_layers() {
  const std::vector<graph::Node>& nodes = network_.graph().nodes;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const graph::Node& node = nodes[i];
    std::vector<graph::Tensor> tensors;
    tensors.reserve(node.inputs.size());
    graph::NodeInputs inputs;
    for (size_t j = 0; j < node.inputs.size(); ++j) {
      if (node.input(j).empty()) {
        inputs.push_back(nullptr);
        continue;
      }
      tensors.push_back(network_.input_value(node, j));
      inputs.push_back(&tensors.back());
    }
    const graph::NodeCheck check = check_node(node, inputs, network_.value(node.output()));
    layers_[i] = layers_[i].elements == 0 ? check : merge(layers_[i], check);
  }
}

void Checker::check_labels(const graph::Tensors& inputs, const graph::Tensor& output, int64_t first,
                           int64_t count, const int64_t* labels) {
  const std::string& name = model_.outputs.front();
  const graph::Tensor exact = evaluate(model_, inputs).at(name);
  const size_t row = exact.data.size() / static_cast<size_t>(std::max<int64_t>(exact.dims[0], 1));
  for (size_t i = 0; i < row * static_cast<size_t>(count); ++i) {
    const double error = std::abs(exact.data[i] - output.data[i]);
    largest_output_error_ = std::max(largest_output_error_, std::isnan(error) ? INFINITY : error);
  }
  const std::vector<size_t> chip_labels = argmax_rows(output), exact_labels = argmax_rows(exact);
  graph::Bounded bounded;
  for (int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<size_t>(i);
    ++labels_.images;
    if (labels && chip_labels[at] == static_cast<size_t>(labels[i])) ++labels_.right;
    if (labels && exact_labels[at] == static_cast<size_t>(labels[i])) ++labels_.exact_right;
    if (chip_labels[at] == exact_labels[at]) continue;
    ++labels_.different;
    if (bounded.bound.empty()) {
      bounded = evaluate_with_bounds(model_, inputs, network_.storage()).at(name);
    }
    const graph::LabelCheck check = check_label(bounded, i, chip_labels[at]);
    if (!check.explained) ++labels_.unexplained;
    labels_.differences.push_back(
        {first + i, chip_labels[at], check.exact_label, check.margin, check.margin_bound});
  }
}

bool Checker::passed() const {
  return labels_.unexplained == 0 &&
         std::all_of(layers_.begin(), layers_.end(),
                     [](const graph::NodeCheck& check) { return check.passed(); });
}

}  // namespace cubist::tool

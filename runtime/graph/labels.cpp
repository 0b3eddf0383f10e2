// SPDX-License-Identifier: Apache-2.0
// Labels: which class wins, and whether the chip may see another winner.
#include <algorithm>
#include <cmath>
#include <utility>

#include "runtime/graph/bounds_detail.h"

namespace cubist::graph {

LabelCheck check_label(const Bounded& scores, std::int64_t row, std::size_t chip_label) {
  const Tensor& t = scores.value;
  if (t.dims.empty() || row < 0 || row >= t.dims[0]) {
    throw Error(ErrorKind::kShape,
                "row " + std::to_string(row) + " is outside of scores " + to_string(t.dims));
  }
  const auto classes = static_cast<std::size_t>(element_count(t.dims) / t.dims[0]);
  if (chip_label >= classes) {
    throw Error(ErrorKind::kShape, "label " + std::to_string(chip_label) + " of " +
                                       std::to_string(classes) + " classes");
  }
  const double* value = t.data.data() + static_cast<std::size_t>(row) * classes;
  const double* bound = scores.bound.data() + static_cast<std::size_t>(row) * classes;
  LabelCheck check;
  for (std::size_t i = 1; i < classes; ++i) {
    if (value[i] > value[check.exact_label]) check.exact_label = i;
  }
  const std::size_t top = check.exact_label;
  std::size_t second = top == 0 ? classes - 1 : 0;
  for (std::size_t i = 0; i < classes; ++i) {
    if (i != top && value[i] > value[second]) second = i;
  }
  if (second != top) {
    check.margin = value[top] - value[second];
    check.margin_bound = bound[top] + bound[second];
  }
  check.explained =
      chip_label == top || value[top] - value[chip_label] <= bound[top] + bound[chip_label];
  return check;
}

std::vector<std::size_t> argmax_rows(const Tensor& scores) {
  std::vector<std::size_t> labels;
  if (scores.dims.empty() || scores.data.empty()) return labels;
  const std::size_t classes = scores.data.size() / static_cast<std::size_t>(scores.dims[0]);
  for (std::size_t row = 0; row * classes < scores.data.size(); ++row) {
    const double* value = scores.data.data() + row * classes;
    std::size_t best = 0;
    for (std::size_t i = 1; i < classes; ++i) {
      if (value[i] > value[best] || (std::isnan(value[best]) && !std::isnan(value[i]))) best = i;
    }
    labels.push_back(best);
  }
  return labels;
}

}  // namespace cubist::graph

// SPDX-License-Identifier: Apache-2.0
// Inputs and labels of a run, checked against the model before a chip is built.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/graph/array_io.h"
#include "runtime/graph/graph.h"
#include "runtime/graph/reference.h"
#include "tools/cli/commands.h"

namespace cubist::tool {

struct InputData {
  std::map<std::string, graph::Array> arrays;  ///< By input; first dimension: rows.
  std::map<std::string, double> scales;        ///< Factor on the values: 1/255 for IDX pixels.
  std::map<std::string, graph::Dims> rows;     ///< Shape of one row as the model wants it.
  int64_t images = 0;                          ///< Rows to run.
  std::optional<std::vector<int64_t>> labels;  ///< As many as images, or none.

  /// Rows [first, first + count) of each input in float64, padded to `batch` by repeating the last.
  graph::Tensors batch(int64_t first, int64_t count, int64_t batch) const;
};

/// Reads everything. Throws graph::Error or base::UserError with one line.
InputData read_input_data(const graph::Graph& model, const RunArguments& arguments);

}  // namespace cubist::tool

// SPDX-License-Identifier: Apache-2.0
// The published measurements, as the data file has them (testbench/chip/published_910b1.json).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cubist::validate {

/// One measured kernel.
struct Row {
  std::string name;     ///< "vector_add.b4"
  std::string kernel;   ///< What workload.h makes of it: "vector_add", "copy_ub", "matmul", ...
  std::string what;     ///< One line for people.
  unsigned blocks = 0;  ///< 0: one on every core of its kind.
  std::map<std::string, uint64_t> arguments;
  std::map<std::string, double> published;  ///< Column ("task_us") to value.
  /// Published too, but no time of the kernel alone: printed, never counted as an error.
  std::map<std::string, double> noted;
};

struct Published {
  std::string source, chip;
  std::string precondition;  ///< Of every row, see precondition.h.
  std::vector<Row> rows;
  /// "row.column" pairs, the smaller one first.
  std::vector<std::pair<std::string, std::string>> trends;
};

/// Throws base::UserError naming file and place.
Published read_published(const std::string& path);

/// Rows whose name matches one of the patterns (shell style, * and ?); all when there is none.
/// Throws base::UserError for a pattern that matches nothing, with the nearest name.
std::vector<Row> select_rows(const Published& published, const std::vector<std::string>& patterns);

}  // namespace cubist::validate

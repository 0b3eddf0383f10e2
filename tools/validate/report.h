// SPDX-License-Identifier: Apache-2.0
// Ours beside the published figures: lines for people and scripts, a table for the documentation.
#pragma once

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "tools/validate/published.h"
#include "tools/validate/row_run.h"

namespace cubist::validate {

class Report {
 public:
  Report(const Published& published, const RunOptions& options)
      : published_(published), options_(options) {}

  void add(const Row& row, const RowResult& result);

  /// The lines of one row: ROW, VALID for each published column, NOTE for what is never fitted.
  std::string lines(const Row& row, const RowResult& result) const;
  /// One line with the errors of a row's columns in percent.
  std::string brief(const Row& row, const RowResult& result) const;
  /// Number of columns, median and worst error so far; empty when there is none.
  std::string errors_line() const;
  /// TREND lines of what was measured, and the summary.
  std::string summary() const;
  std::string markdown() const;
  std::string json() const;

  /// Rows that failed.
  unsigned missing() const { return missing_; }

 private:
  struct Entry {
    Row row;
    RowResult result;
  };
  struct Error {
    std::string name;
    double percent;
  };
  std::vector<Error> errors() const;  ///< Of all columns, the largest first.
  std::string trends(unsigned& wrong, unsigned& checked) const;

  const Published& published_;
  const RunOptions& options_;
  std::vector<Entry> entries_;
  std::map<std::string, double> ours_;  ///< "row.column"
  unsigned missing_ = 0;
};

}  // namespace cubist::validate

// SPDX-License-Identifier: Apache-2.0
// A report as data: what the HTML page and the JSON file are written from.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace cubist::observe {

/// One cell: text, or a number with the digits after the point that are worth showing. Numbers are
/// right-aligned and grouped by thousands; units belong into the column's heading.
struct Cell {
  Cell(const char* value) : text(value) {}
  Cell(std::string value) : text(std::move(value)) {}
  Cell(double value, int digits = 0) : number(value), digits(digits), is_number(true) {}
  Cell(int value) : Cell(static_cast<double>(value)) {}
  Cell(int64_t value) : Cell(static_cast<double>(value)) {}
  Cell(uint64_t value) : Cell(static_cast<double>(value)) {}
  Cell(unsigned value) : Cell(static_cast<double>(value)) {}

  std::string text;
  double number = 0;
  int digits = 0;
  bool is_number = false;
};

struct Column {
  std::string heading;
  std::string unit;  ///< Shown under the heading; may be empty.
};

struct Table {
  std::string caption;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
};

struct Series {
  std::string name;
  std::vector<double> values;
};

/// Horizontal bars, each a stack of the series' values (busy, stalls, idle of every pipe). Values
/// of a bar may add up to anything; `full_scale` fixes the axis (100 for percent), 0 fits it.
struct StackedBars {
  std::string caption, unit;
  std::vector<std::string> labels;  ///< One per bar.
  std::vector<Series> series;       ///< Each with one value per bar.
  double full_scale = 0;
};

/// Horizontal bars of one value each.
struct Bars {
  std::string caption, unit;
  std::vector<std::string> labels;
  std::vector<double> values;
};

/// One or more lines over a common axis.
struct Lines {
  std::string caption, x_name, x_unit, y_name, y_unit;
  std::vector<double> x;
  std::vector<Series> series;  ///< Each with one value per x; NaN leaves a gap.
};

/// How often values fall into equal bins.
struct Histogram {
  std::string caption, x_name, x_unit;
  std::vector<double> values;
  unsigned bins = 20;  ///< 1 to 200.
};

using Chart = std::variant<StackedBars, Bars, Lines, Histogram>;

struct ReportSection {
  std::string heading;
  std::vector<std::string> paragraphs;  ///< `Text between backquotes` is set as code.
  std::vector<Chart> charts;
  std::vector<Table> tables;
};

/// A fact for the top of the page: "accuracy", "91.4 %".
struct Headline {
  std::string name, value;
};

struct ReportDocument {
  std::string title;
  std::vector<std::string> summary;  ///< Sentences under the title.
  std::vector<Headline> headlines;   ///< Large figures under the summary.
  std::vector<ReportSection> sections;
};

}  // namespace cubist::observe

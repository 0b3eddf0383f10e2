// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <nlohmann/json.hpp>

#include "systemc/observe/html_report.h"

namespace cubist::observe {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  // Whole numbers that a double holds exactly read better without a point.
  if (value == std::floor(value) && std::fabs(value) <= 9007199254740992.0) {
    return static_cast<int64_t>(value);
  }
  return value;
}

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(number(value));
  return list;
}

Json series_list(const std::vector<Series>& series) {
  Json list = Json::array();
  for (const Series& one : series) {
    list.push_back({{"name", one.name}, {"values", numbers(one.values)}});
  }
  return list;
}

Json json_of(const StackedBars& chart) {
  return {{"type", "stacked_bars"},
          {"caption", chart.caption},
          {"unit", chart.unit},
          {"labels", chart.labels},
          {"series", series_list(chart.series)},
          {"full_scale", number(chart.full_scale)}};
}

Json json_of(const Bars& chart) {
  return {{"type", "bars"},
          {"caption", chart.caption},
          {"unit", chart.unit},
          {"labels", chart.labels},
          {"values", numbers(chart.values)}};
}

Json json_of(const Lines& chart) {
  return {{"type", "lines"},        {"caption", chart.caption},
          {"x_name", chart.x_name}, {"x_unit", chart.x_unit},
          {"y_name", chart.y_name}, {"y_unit", chart.y_unit},
          {"x", numbers(chart.x)},  {"series", series_list(chart.series)}};
}

Json json_of(const Histogram& chart) {
  return {{"type", "histogram"},    {"caption", chart.caption},        {"x_name", chart.x_name},
          {"x_unit", chart.x_unit}, {"values", numbers(chart.values)}, {"bins", chart.bins}};
}

Json json_of(const Table& table) {
  Json columns = Json::array(), rows = Json::array();
  for (const Column& column : table.columns) {
    columns.push_back({{"heading", column.heading}, {"unit", column.unit}});
  }
  for (const auto& row : table.rows) {
    Json cells = Json::array();
    for (const Cell& cell : row) {
      cells.push_back(cell.is_number ? number(cell.number) : Json(cell.text));
    }
    rows.push_back(std::move(cells));
  }
  return {{"caption", table.caption}, {"columns", std::move(columns)}, {"rows", std::move(rows)}};
}

}  // namespace

std::string to_json(const ReportDocument& document) {
  Json headlines = Json::array(), sections = Json::array();
  for (const Headline& headline : document.headlines) {
    headlines.push_back({{"name", headline.name}, {"value", headline.value}});
  }
  for (const ReportSection& section : document.sections) {
    Json charts = Json::array(), tables = Json::array();
    for (const Chart& chart : section.charts) {
      charts.push_back(std::visit([](const auto& one) { return json_of(one); }, chart));
    }
    for (const Table& table : section.tables) tables.push_back(json_of(table));
    sections.push_back({{"heading", section.heading},
                        {"paragraphs", section.paragraphs},
                        {"charts", std::move(charts)},
                        {"tables", std::move(tables)}});
  }
  const Json json{{"title", document.title},
                  {"summary", document.summary},
                  {"headlines", std::move(headlines)},
                  {"sections", std::move(sections)}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cubist::observe

// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/published.h"

#include <fnmatch.h>

#include <nlohmann/json.hpp>

#include "systemc/base/error.h"
#include "systemc/base/parameters.h"
#include "tools/simulator/home.h"

namespace cubist::validate {
namespace {

constexpr size_t kMaxFileBytes = size_t{1} << 20;

Row row_of(const nlohmann::json& json) {
  Row row;
  row.name = json.at("row").get<std::string>();
  row.kernel = json.at("kernel").get<std::string>();
  row.what = json.value("what", std::string());
  row.blocks = json.value("blocks", 0u);
  row.arguments = json.value("arguments", row.arguments);
  row.published = json.at("published").get<std::map<std::string, double>>();
  row.noted = json.value("noted", row.noted);
  return row;
}

}  // namespace

Published read_published(const std::string& path) {
  const std::string text = read_whole_file(path, "the published measurements", kMaxFileBytes);
  Published published;
  std::string place = "the top";
  try {
    const auto json = nlohmann::json::parse(text);
    published.source = json.at("source").get<std::string>();
    published.chip = json.at("chip").get<std::string>();
    published.precondition = json.at("precondition").get<std::string>();
    size_t number = 0;
    for (const auto& row : json.at("rows")) {
      place = "row " + std::to_string(++number);
      published.rows.push_back(row_of(row));
      place += " (" + published.rows.back().name + ")";
    }
    place = "trends";
    for (const auto& trend : json.at("trends")) {
      published.trends.emplace_back(trend.at(0).get<std::string>(), trend.at(1).get<std::string>());
    }
  } catch (const nlohmann::json::exception& error) {
    throw base::UserError(path + ": " + place + " is not as expected: " + error.what());
  }
  return published;
}

std::vector<Row> select_rows(const Published& published, const std::vector<std::string>& patterns) {
  std::vector<std::string> names;
  for (const Row& row : published.rows) names.push_back(row.name);
  std::vector<bool> wanted(names.size(), patterns.empty());
  for (const std::string& pattern : patterns) {
    bool any = false;
    for (size_t i = 0; i < names.size(); ++i) {
      if (fnmatch(pattern.c_str(), names[i].c_str(), 0) != 0) continue;
      any = wanted[i] = true;
    }
    if (any) continue;
    const std::string near = base::did_you_mean(pattern, names);
    throw base::UserError("--row " + pattern + " matches no row" +
                          (near.empty() ? "" : "; did you mean '" + near + "'?") +
                          " (--list prints all)");
  }
  std::vector<Row> rows;
  for (size_t i = 0; i < names.size(); ++i) {
    if (wanted[i]) rows.push_back(published.rows[i]);
  }
  return rows;
}

}  // namespace cubist::validate

// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/processes.h"

#include <nlohmann/json.hpp>

#include "tools/validate/child_process.h"

namespace cubist::validate {
namespace {

std::string to_text(const RowResult& r) {
  return nlohmann::json{{"error", r.error},
                        {"columns", r.columns},
                        {"l2_hit_percent", r.l2_hit_percent},
                        {"gm_mb", r.gm_mb},
                        {"hbm_read_mb", r.hbm_read_mb},
                        {"hbm_write_mb", r.hbm_write_mb},
                        {"row_hit_percent", r.row_hit_percent},
                        {"requests", r.requests},
                        {"simulated_us", r.simulated_us},
                        {"cpu_s", r.cpu_s}}
      .dump();
}

RowResult from_text(const std::string& text) {
  RowResult r;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    r.error = "its process ended without a result";
    return r;
  }
  r.error = json.at("error").get<std::string>();
  r.columns = json.at("columns").get<std::map<std::string, double>>();
  json.at("l2_hit_percent").get_to(r.l2_hit_percent);
  json.at("gm_mb").get_to(r.gm_mb);
  json.at("hbm_read_mb").get_to(r.hbm_read_mb);
  json.at("hbm_write_mb").get_to(r.hbm_write_mb);
  json.at("row_hit_percent").get_to(r.row_hit_percent);
  json.at("requests").get_to(r.requests);
  json.at("simulated_us").get_to(r.simulated_us);
  json.at("cpu_s").get_to(r.cpu_s);
  return r;
}

std::string measure(const Row& row, const RunOptions& options) {
  RowResult result;
  try {
    result = run_row(row, options);
  } catch (const std::exception& error) {
    result.error = error.what();
  }
  return to_text(result);
}

}  // namespace

bool run_rows(const std::vector<Row>& rows, const RunOptions& options, unsigned jobs,
              const std::function<void(const Row&, const RowResult&)>& done) {
  const StopSignals signals;
  std::vector<ChildProcess> children;
  children.reserve(rows.size());
  for (size_t i = 0; i < rows.size() && !StopSignals::stopped(); ++i) {
    while (children.size() < rows.size() && children.size() < i + jobs) {
      const Row& row = rows[children.size()];
      children.emplace_back([&row, &options] { return measure(row, options); });
    }
    const std::string text = children[i].collect();
    if (!StopSignals::stopped()) done(rows[i], from_text(text));
  }
  return !StopSignals::stopped();
}

}  // namespace cubist::validate

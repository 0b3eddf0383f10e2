// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/report.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace cubist::validate {
namespace {

[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...) {
  char buffer[512];
  va_list list;
  va_start(list, format);
  std::vsnprintf(buffer, sizeof buffer, format, list);
  va_end(list);
  return buffer;
}

double error_percent(double published, double ours) {
  return published == 0 ? 0 : 100.0 * (ours - published) / published;
}

double column(const RowResult& result, const std::string& name) {
  const auto it = result.columns.find(name);
  return it == result.columns.end() ? 0 : it->second;
}

}  // namespace

void Report::add(const Row& row, const RowResult& result) {
  entries_.push_back({row, result});
  if (!result.error.empty()) {
    ++missing_;
    return;
  }
  for (const auto& [name, value] : result.columns) ours_[row.name + "." + name] = value;
}

std::string Report::lines(const Row& row, const RowResult& r) const {
  if (!r.error.empty()) return "MISSING " + row.name + ": " + r.error + "\n";
  const double task = column(r, "task_us");
  const double hbm_gbps = task == 0 ? 0 : (r.hbm_read_mb + r.hbm_write_mb) * 1e3 / task;
  const double gm_gbps = task == 0 ? 0 : r.gm_mb * 1e3 / task;
  std::string out = text(
      "ROW %s after=%s l2_hit=%.2f%% gm=%.1fMB(%.0fGB/s) hbm_read=%.1fMB "
      "hbm_write=%.1fMB(%.0fGB/s) "
      "dram_row_hit=%.1f%% requests=%llu cpu=%.2fs\n",
      row.name.c_str(), options_.precondition.text.c_str(), r.l2_hit_percent, r.gm_mb, gm_gbps,
      r.hbm_read_mb, r.hbm_write_mb, hbm_gbps, r.row_hit_percent,
      static_cast<unsigned long long>(r.requests), r.cpu_s);
  const bool scaled = options_.scale != 1;
  for (const auto& [name, published] : row.published) {
    const double ours = column(r, name);
    if (scaled) {  // Nothing to compare with.
      out += text("SCALED %s.%s %.3f\n", row.name.c_str(), name.c_str(), ours);
    } else {
      out += text("VALID %s.%s %.6g %.3f %+.1f\n", row.name.c_str(), name.c_str(), published, ours,
                  error_percent(published, ours));
    }
  }
  for (const auto& [name, published] : row.noted) {
    out +=
        text("NOTE %s.%s %.6g %.3f\n", row.name.c_str(), name.c_str(), published, column(r, name));
  }
  for (const auto& [name, ours] : r.columns) {
    if (row.published.count(name) == 0 && row.noted.count(name) == 0 && ours != 0) {
      out += text("ALSO %s.%s %.3f\n", row.name.c_str(), name.c_str(), ours);
    }
  }
  return out;
}

std::string Report::brief(const Row& row, const RowResult& r) const {
  if (!r.error.empty()) return lines(row, r);
  std::string out = text("%-29s", row.name.c_str());
  for (const auto& [name, published] : row.published) {
    out += text(" %s %+.1f", name.substr(0, name.rfind('_')).c_str(),
                error_percent(published, column(r, name)));
  }
  return out + text("  (l2 hits %.1f %%, HBM %.0f + %.0f MB)\n", r.l2_hit_percent, r.hbm_read_mb,
                    r.hbm_write_mb);
}

std::vector<Report::Error> Report::errors() const {
  std::vector<Error> all;
  for (const Entry& entry : entries_) {
    if (!entry.result.error.empty()) continue;
    for (const auto& [name, published] : entry.row.published) {
      all.push_back(
          {entry.row.name + "." + name, error_percent(published, column(entry.result, name))});
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const Error& a, const Error& b) {
    return std::abs(a.percent) > std::abs(b.percent);
  });
  return all;
}

std::string Report::trends(unsigned& wrong, unsigned& checked) const {
  std::string out;
  for (const auto& [smaller, larger] : published_.trends) {
    const auto a = ours_.find(smaller), b = ours_.find(larger);
    if (a == ours_.end() || b == ours_.end()) continue;
    ++checked;
    const bool right = a->second < b->second;
    if (!right) ++wrong;
    out += text("TREND %s < %s %s (%.3f, %.3f)\n", smaller.c_str(), larger.c_str(),
                right ? "ok" : "WRONG", a->second, b->second);
  }
  return out;
}

std::string Report::errors_line() const {
  const std::vector<Error> all = errors();
  if (all.empty()) return {};
  const size_t half = all.size() / 2;
  const double median = all.size() % 2 != 0
                            ? std::abs(all[half].percent)
                            : (std::abs(all[half - 1].percent) + std::abs(all[half].percent)) / 2;
  const auto beyond = [&](double limit) {
    return std::count_if(all.begin(), all.end(),
                         [&](const Error& e) { return std::abs(e.percent) > limit; });
  };
  return text("SUMMARY columns %zu median %.1f %% worst %+.1f %% (%s) beyond15 %ld beyond5 %ld\n",
              all.size(), median, all.front().percent, all.front().name.c_str(),
              static_cast<long>(beyond(15)), static_cast<long>(beyond(5)));
}

std::string Report::summary() const {
  unsigned wrong = 0, checked = 0;
  std::string out;
  if (options_.scale == 1) out = trends(wrong, checked);
  if (options_.scale == 1) out += errors_line();
  double cpu = 0;
  for (const Entry& entry : entries_) cpu += entry.result.cpu_s;
  out += text("SUMMARY rows %zu missing %u trends %u wrong %u cpu %.1f s\n", entries_.size(),
              missing_, checked, wrong, cpu);
  return out;
}

std::string Report::markdown() const {
  std::string out =
      "| row | column | published us | ours us | error % | L2 hits % | HBM read, written MB |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const Entry& entry : entries_) {
    bool first = true;
    for (const auto& [name, published] : entry.row.published) {
      const double ours = column(entry.result, name);
      out += text("| %s | %s | %.6g | %.6g | %+.1f |", first ? entry.row.name.c_str() : "",
                  name.substr(0, name.rfind('_')).c_str(), published, ours,
                  error_percent(published, ours));
      out += first ? text(" %.1f | %.0f, %.0f |\n", entry.result.l2_hit_percent,
                          entry.result.hbm_read_mb, entry.result.hbm_write_mb)
                   : std::string(" | |\n");
      first = false;
    }
  }
  return out;
}

std::string Report::json() const {
  nlohmann::json rows = nlohmann::json::array();
  for (const Entry& entry : entries_) {
    const RowResult& r = entry.result;
    rows.push_back({{"row", entry.row.name},
                    {"what", entry.row.what},
                    {"error", r.error},
                    {"published", entry.row.published},
                    {"noted", entry.row.noted},
                    {"ours", r.columns},
                    {"l2_hit_percent", r.l2_hit_percent},
                    {"hbm_read_mb", r.hbm_read_mb},
                    {"hbm_write_mb", r.hbm_write_mb},
                    {"dram_row_hit_percent", r.row_hit_percent},
                    {"requests", r.requests},
                    {"cpu_s", r.cpu_s}});
  }
  const nlohmann::json all = {
      {"source", published_.source},   {"chip", options_.chip},
      {"settings", options_.settings}, {"precondition", options_.precondition.text},
      {"scale", options_.scale},       {"rows", rows}};
  return all.dump(1) + "\n";
}

}  // namespace cubist::validate

// SPDX-License-Identifier: Apache-2.0
#include "systemc/observe/pipe_report.h"

#include <algorithm>
#include <map>
#include <set>

namespace cubist::observe {
namespace {

double microseconds(base::Time time) {
  return static_cast<double>(time) / base::kMicrosecond;
}

std::map<std::string, TimeShares> kinds_with(const PipeStatistics& statistics,
                                             std::string_view prefix) {
  std::map<std::string, TimeShares> kinds;
  for (auto& [kind, shares] : statistics.by_kind()) {
    if (kind.substr(0, prefix.size()) == prefix) kinds.emplace(kind, shares);
  }
  return kinds;
}

std::set<std::string> reasons_in(const std::map<std::string, TimeShares>& kinds) {
  std::set<std::string> reasons;
  for (const auto& [kind, shares] : kinds) {
    for (const auto& [reason, time] : shares.stalls) reasons.insert(reason);
  }
  return reasons;
}

base::Time stall(const TimeShares& shares, const std::string& reason) {
  const auto found = shares.stalls.find(reason);
  return found == shares.stalls.end() ? 0 : found->second;
}

}  // namespace

StackedBars pipe_bars(const PipeStatistics& statistics, std::string_view prefix) {
  const auto kinds = kinds_with(statistics, prefix);
  StackedBars chart{"Where the time of each kind of pipe goes", "%", {}, {}, 100};
  const std::set<std::string> reasons = reasons_in(kinds);
  chart.series.push_back({"busy", {}});
  for (const std::string& reason : reasons) chart.series.push_back({reason, {}});
  chart.series.push_back({"idle", {}});
  for (const auto& entry : kinds) {
    const TimeShares& shares = entry.second;  // clang 14 cannot capture a structured binding
    chart.labels.push_back(entry.first);
    size_t column = 0;
    const auto add = [&](base::Time part) {
      chart.series[column++].values.push_back(100 * shares.share(part));
    };
    add(shares.busy);
    for (const std::string& reason : reasons) add(stall(shares, reason));
    add(shares.idle());
  }
  return chart;
}

Table pipe_table(const PipeStatistics& statistics, std::string_view prefix) {
  const auto kinds = kinds_with(statistics, prefix);
  const std::set<std::string> reasons = reasons_in(kinds);
  Table table{"Pipes", {{"pipe", ""}, {"pipes", ""}, {"instructions", ""}, {"busy", "%"}}, {}};
  for (const std::string& reason : reasons) table.columns.push_back({reason, "%"});
  table.columns.push_back({"idle", "%"});
  table.columns.push_back({"busy per pipe", "\u00b5s"});
  for (const auto& [kind, shares] : kinds) {
    std::vector<Cell> row{kind, shares.tracks, shares.spans,
                          Cell(100 * shares.share(shares.busy), 1)};
    for (const std::string& reason : reasons) {
      row.emplace_back(100 * shares.share(stall(shares, reason)), 1);
    }
    row.emplace_back(100 * shares.share(shares.idle()), 1);
    row.emplace_back(microseconds(shares.busy) / static_cast<double>(shares.tracks), 1);
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table command_table(const PipeStatistics& statistics, size_t most, std::string_view prefix) {
  std::map<uint64_t, std::map<std::string, base::Time>> commands;
  std::map<std::string, size_t> kinds;
  for (const FlowShares& flow : statistics.by_flow()) {
    if (flow.kind.substr(0, prefix.size()) != prefix) continue;
    commands[flow.flow][flow.kind] = flow.shares.busy;
    kinds.emplace(flow.kind, 0);
  }
  std::vector<std::pair<base::Time, uint64_t>> order;
  for (const auto& [flow, parts] : commands) {
    base::Time sum = 0;
    for (const auto& [kind, busy] : parts) sum += busy;
    order.emplace_back(sum, flow);
  }
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  Table table{"Busy time of the commands", {{"command", ""}}, {}};
  if (order.size() > most) {
    table.caption = "Busy time of the " + std::to_string(most) + " longest of " +
                    std::to_string(order.size()) + " commands";
    order.resize(most);
  }
  std::set<uint64_t> shown;
  for (const auto& [sum, flow] : order) shown.insert(flow);
  for (const auto& [kind, unused] : kinds) table.columns.push_back({kind, "\u00b5s"});
  for (const uint64_t flow : shown) {
    std::vector<Cell> row{flow};
    for (const auto& [kind, unused] : kinds) {
      row.emplace_back(microseconds(commands[flow][kind]), 2);
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace cubist::observe

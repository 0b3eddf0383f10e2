// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/summary.h"

#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

namespace cubist::tool {
namespace {

bool is_core_pipe(const PipeShare& pipe) {
  return pipe.pipe.find("core") != std::string::npos;
}

double observed(const PipeShare& pipe) {
  double total = pipe.busy_ns + pipe.idle_ns;
  for (const auto& [reason, time] : pipe.stall_ns) total += time;
  return total;
}

double percent(double part, double whole) {
  return whole > 0 ? 100 * part / whole : 0;
}

}  // namespace

SimulatorOptions simulator_options(const ChipArguments& arguments) {
  SimulatorOptions options;
  options.chip = arguments.chip;
  options.settings = arguments.all_settings();
  options.firmware = arguments.firmware;
  options.trace = arguments.trace;
  options.wave = arguments.wave;
  arguments.window(options.wave_from_ns, options.wave_to_ns);
  options.hash = arguments.hash;
  return options;
}

std::string metric(double value) {
  const char* prefixes[] = {" ", " k", " M", " G", " T"};
  size_t i = 0;
  while (std::abs(value) >= 1000 && i + 1 < std::size(prefixes)) {
    value /= 1000;
    ++i;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.3g%s", value, prefixes[i]);
  return text;
}

void print_pipes(const std::vector<PipeShare>& pipes) {
  bool heading = false;
  for (const PipeShare& pipe : pipes) {
    if (!is_core_pipe(pipe)) continue;
    if (!heading) {
      std::printf("\n%-28s %6s %12s  %6s  %6s  %s\n", "pipe", "cores", "instructions", "busy",
                  "idle", "stalls");
      heading = true;
    }
    const double whole = observed(pipe);
    std::string stalls;
    for (const auto& [reason, time] : pipe.stall_ns) {
      char text[64];
      std::snprintf(text, sizeof text, "%s%s %.1f %%", stalls.empty() ? "" : ", ", reason.c_str(),
                    percent(time, whole));
      stalls += text;
    }
    std::printf("%-28s %6llu %12llu  %4.1f %%  %4.1f %%  %s\n", pipe.pipe.c_str(),
                static_cast<unsigned long long>(pipe.tracks),
                static_cast<unsigned long long>(pipe.instructions), percent(pipe.busy_ns, whole),
                percent(pipe.idle_ns, whole), stalls.c_str());
  }
}

observe::ReportSection pipe_section(const std::vector<PipeShare>& pipes) {
  observe::ReportSection section;
  section.heading = "Pipes";
  section.paragraphs = {
      "Share of the run in which each kind of pipe worked, waited (and for what), or had nothing "
      "to "
      "do; summed over the cores that did anything."};
  std::set<std::string> reasons;
  for (const PipeShare& pipe : pipes) {
    for (const auto& [reason, time] : pipe.stall_ns) reasons.insert(reason);
  }
  observe::StackedBars bars{"Time of pipes", "%", {}, {{"busy", {}}}, 100};
  for (const std::string& reason : reasons) bars.series.push_back({reason, {}});
  observe::Table table{
      "Pipes", {{"pipe", ""}, {"cores", ""}, {"instructions", ""}, {"busy", "%"}}, {}};
  for (const std::string& reason : reasons) table.columns.push_back({reason, "%"});
  table.columns.push_back({"idle", "%"});
  for (const PipeShare& pipe : pipes) {
    if (!is_core_pipe(pipe)) continue;
    const double whole = observed(pipe);
    bars.labels.push_back(pipe.pipe);
    bars.series[0].values.push_back(percent(pipe.busy_ns, whole));
    std::vector<observe::Cell> row{pipe.pipe, pipe.tracks, pipe.instructions,
                                   observe::Cell(percent(pipe.busy_ns, whole), 2)};
    size_t i = 1;
    for (const std::string& reason : reasons) {
      const auto it = pipe.stall_ns.find(reason);
      const double share = it == pipe.stall_ns.end() ? 0 : percent(it->second, whole);
      bars.series[i++].values.push_back(share);
      row.emplace_back(share, 2);
    }
    row.emplace_back(percent(pipe.idle_ns, whole), 2);
    table.rows.push_back(row);
  }
  section.charts.emplace_back(bars);
  section.tables.push_back(table);
  return section;
}

double Traffic::l2_hit_percent() const {
  const auto all = static_cast<double>(l2_hits + l2_misses);
  return all > 0 ? 100.0 * static_cast<double>(l2_hits) / all : 0.0;
}

Traffic traffic_of(const Simulator& simulator) {
  Traffic traffic;
  traffic.hbm_read = simulator.statistic("chip.hbm", ".read_bytes");
  traffic.hbm_write = simulator.statistic("chip.hbm", ".write_bytes");
  traffic.l2_read = simulator.statistic("chip.l2", ".read_bytes");
  traffic.l2_write = simulator.statistic("chip.l2", ".write_bytes");
  traffic.l2_hits = simulator.statistic("chip.l2", ".hits");
  traffic.l2_misses = simulator.statistic("chip.l2", ".misses");
  traffic.host_read = simulator.statistic("chip.bridge", ".read_bytes");
  traffic.host_write = simulator.statistic("chip.bridge", ".write_bytes");
  return traffic;
}

observe::ReportSection traffic_section(const Traffic& traffic) {
  observe::ReportSection section;
  section.heading = "Memory traffic";
  section.charts.emplace_back(observe::Bars{
      "Traffic",
      "bytes",
      {"L2 read", "L2 written", "HBM read", "HBM written", "host memory read",
       "host memory written"},
      {static_cast<double>(traffic.l2_read), static_cast<double>(traffic.l2_write),
       static_cast<double>(traffic.hbm_read), static_cast<double>(traffic.hbm_write),
       static_cast<double>(traffic.host_read), static_cast<double>(traffic.host_write)}});
  return section;
}

observe::ReportSection parameter_section(const Simulator& simulator) {
  observe::ReportSection section;
  section.heading = "Configuration";
  observe::Table table{"Effective parameters", {{"parameter", ""}, {"value", ""}}, {}};
  const auto flat = nlohmann::json::parse(simulator.parameters_json()).flatten();
  for (const auto& [path, value] : flat.items()) {
    std::string name = path.substr(path.empty() ? 0 : 1);
    for (char& c : name) {
      if (c == '/') c = '.';
    }
    table.rows.push_back({name, value.is_string() ? value.get<std::string>() : value.dump()});
  }
  section.tables.push_back(table);
  return section;
}

int finish_run(Simulator& simulator, const ChipArguments& arguments) {
  if (arguments.hash) std::cout << "trace hash " << simulator.trace_hash() << "\n";
  const std::vector<std::string> defects = simulator.defects();
  for (const std::string& defect : defects) std::cerr << "cubist: defect: " << defect << "\n";
  if (simulator.mismatches() != 0) {
    std::cerr << "cubist: defect: model and RTL of the matrix engine differ in "
              << simulator.mismatches() << " instructions\n";
  }
  return defects.empty() && simulator.mismatches() == 0 ? 0 : 1;
}

}  // namespace cubist::tool

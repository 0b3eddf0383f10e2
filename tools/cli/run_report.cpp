// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/run_report.h"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "systemc/base/error.h"
#include "systemc/observe/html_report.h"

namespace cubist::tool {
namespace {

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

double cycles_of(const RunResult& r, double ns) {
  return ns * 1e-9 * r.core_hertz;
}

double layer_cycles(const RunResult& r, const std::string& node) {
  const auto it = r.layer_ns.find(node);
  return it == r.layer_ns.end() ? 0 : cycles_of(r, it->second);
}

void print_layers(const RunResult& r) {
  std::printf("\n%-16s %-18s %-16s %12s", "layer", "operator", "result", "cycles/image");
  if (r.checked) std::printf("  %11s  %11s  %6s", "error", "bound", "ratio");
  std::printf("\n");
  for (size_t i = 0; i < r.layers.size(); ++i) {
    const LayerInfo& layer = r.layers[i];
    std::printf("%-16s %-18s %-16s %12.0f", layer.node.c_str(), layer.op.c_str(),
                graph::to_string(layer.out_dims).c_str(),
                layer_cycles(r, layer.node) / static_cast<double>(r.images));
    if (r.checked) {
      const graph::NodeCheck& check = r.checker->layers()[i];
      std::printf("  %11.3e  %11.3e  %6.3f%s", check.max_abs_error, check.bound_at_max,
                  check.max_ratio, check.passed() ? "" : "  ABOVE THE BOUND");
    }
    std::printf("\n");
  }
  if (r.checked) {
    std::printf(
        "error: largest difference from float64 on the chip's own input of the layer; bound: what "
        "rounding allows there; ratio: largest error / bound of any element\n");
  }
}

void print_labels(const RunResult& r) {
  const LabelStatistics& s = r.checker->labels();
  std::printf("%lld of %lld labels differ from the float64 network",
              static_cast<long long>(s.different), static_cast<long long>(s.images));
  if (s.different != 0) {
    std::printf(s.unexplained == 0 ? ", each with a top-2 margin below the propagated bound"
                                   : ", %lld of them NOT explained by the propagated bound",
                static_cast<long long>(s.unexplained));
  }
  std::printf("\n");
  size_t shown = 0;
  for (const LabelStatistics::Difference& d : s.differences) {
    if (++shown > 10) {
      std::printf("  ... and %zu more\n", s.differences.size() - 10);
      break;
    }
    std::printf("  image %lld: chip %zu, float64 %zu, margin %.3e, bound %.3e\n",
                static_cast<long long>(d.image), d.chip, d.exact, d.margin, d.bound);
  }
}

observe::ReportSection layer_section(const RunResult& r) {
  observe::ReportSection section;
  section.heading = "Layers";
  observe::Bars time{"Simulated time of each layer", "cycles per image", {}, {}};
  observe::Bars ratios{"Largest error of each layer, relative to its bound", "", {}, {}};
  observe::Table table{"Layers",
                       {{"layer", ""},
                        {"operator", ""},
                        {"result", ""},
                        {"multiply-accumulates", "per batch"},
                        {"kernels", ""},
                        {"time", "cycles/image"}},
                       {}};
  if (r.checked) {
    section.paragraphs = {
        "Error: largest difference between the chip's result and float64 computed on the chip's "
        "own "
        "input of the layer. Bound: (ceil(K/16)+17) 2^-24 (|A||B|+|bias|), plus 2^-11 |C| + 2^-25 "
        "for results in FP16. Ratio: the largest error / bound of any element; it must not exceed "
        "1."};
    table.columns.insert(table.columns.end(), {{"error", ""}, {"bound", ""}, {"ratio", ""}});
  }
  for (size_t i = 0; i < r.layers.size(); ++i) {
    const LayerInfo& layer = r.layers[i];
    const double cycles = layer_cycles(r, layer.node) / static_cast<double>(r.images);
    std::vector<observe::Cell> row{layer.node, layer.op,       graph::to_string(layer.out_dims),
                                   layer.macs, layer.launches, observe::Cell(cycles, 1)};
    time.labels.push_back(layer.node);
    time.values.push_back(cycles);
    if (r.checked) {
      const graph::NodeCheck& check = r.checker->layers()[i];
      row.emplace_back(format("%.3e", check.max_abs_error));
      row.emplace_back(format("%.3e", check.bound_at_max));
      row.emplace_back(check.max_ratio, 4);
      ratios.labels.push_back(layer.node);
      ratios.values.push_back(check.max_ratio);
    }
    table.rows.push_back(row);
  }
  section.charts.emplace_back(time);
  if (r.checked) section.charts.emplace_back(ratios);
  section.tables.push_back(table);
  return section;
}

observe::ReportDocument document_of(const RunResult& r, const Simulator& simulator) {
  observe::ReportDocument document;
  document.title = "Cubist: " + r.model + " on " + r.chip;
  document.summary = {std::to_string(r.images) + " images in batches of " +
                      std::to_string(r.batch) +
                      ", on the simulated chip through command queues and scheduler firmware."};
  if (r.has_labels) {
    document.headlines.push_back({"accuracy", format("%.2f %%", 100 * r.accuracy)});
  }
  const double images = static_cast<double>(r.images);
  document.headlines.push_back({"cycles per image", format("%.0f", r.cycles / images)});
  if (r.checked) {
    double ratio = 0;
    for (const auto& check : r.checker->layers()) ratio = std::max(ratio, check.max_ratio);
    document.headlines.push_back({"largest error / bound", format("%.3f", ratio)});
    document.headlines.push_back(
        {"labels unlike float64", std::to_string(r.checker->labels().different)});
  }
  document.headlines.push_back(
      {"cube instructions checked by RTL",
       std::to_string(r.rtl_instructions) + " of " + std::to_string(r.cube_instructions)});
  document.headlines.push_back({"simulation", metric(r.cycles / r.cpu_seconds) + "cycles/s"});
  document.sections.push_back(layer_section(r));
  if (r.checked && !r.checker->labels().differences.empty()) {
    observe::ReportSection labels;
    labels.heading = "Labels that differ from float64";
    observe::Table table{
        "Differences",
        {{"image", ""}, {"chip", ""}, {"float64", ""}, {"top-2 margin", ""}, {"bound", ""}},
        {}};
    for (const auto& d : r.checker->labels().differences) {
      table.rows.push_back({observe::Cell(d.image), static_cast<uint64_t>(d.chip),
                            static_cast<uint64_t>(d.exact), format("%.3e", d.margin),
                            format("%.3e", d.bound)});
    }
    labels.tables.push_back(table);
    document.sections.push_back(labels);
  }
  document.sections.push_back(pipe_section(r.pipes));
  document.sections.push_back(traffic_section(r.traffic));
  document.sections.push_back(parameter_section(simulator));
  return document;
}

nlohmann::json json_of(const RunResult& r, const Simulator& simulator) {
  nlohmann::json json;
  json["model"] = r.model;
  json["chip"] = r.chip;
  json["images"] = r.images;
  json["batch"] = r.batch;
  if (r.has_labels) json["accuracy"] = r.accuracy;
  json["cycles"] = r.cycles;
  json["cycles_per_image"] = r.cycles / static_cast<double>(r.images);
  json["multiply_accumulates"] = r.macs;
  json["cpu_seconds"] = r.cpu_seconds;
  json["cycles_per_cpu_second"] = r.cycles / r.cpu_seconds;
  json["macs_per_cpu_second"] = static_cast<double>(r.macs) / r.cpu_seconds;
  json["cube_instructions"] = r.cube_instructions;
  json["cube_instructions_in_rtl"] = r.rtl_instructions;
  json["cube_mismatches"] = r.mismatches;
  json["hbm_bytes"] = {{"weights", r.weight_bytes}, {"activations", r.activation_bytes}};
  json["traffic_bytes"] = {{"hbm_read", r.traffic.hbm_read},   {"hbm_write", r.traffic.hbm_write},
                           {"host_read", r.traffic.host_read}, {"host_write", r.traffic.host_write},
                           {"l2_read", r.traffic.l2_read},     {"l2_write", r.traffic.l2_write}};
  json["l2_hit_percent"] = r.traffic.l2_hit_percent();
  if (!r.trace_hash.empty()) json["trace_hash"] = r.trace_hash;
  json["layers"] = nlohmann::json::array();
  for (size_t i = 0; i < r.layers.size(); ++i) {
    const LayerInfo& layer = r.layers[i];
    nlohmann::json item{{"node", layer.node},        {"operator", layer.op},
                        {"dims", layer.out_dims},    {"macs_per_batch", layer.macs},
                        {"kernels", layer.launches}, {"cycles", layer_cycles(r, layer.node)}};
    if (r.checked) {
      const graph::NodeCheck& check = r.checker->layers()[i];
      item["max_error"] = check.max_abs_error;
      item["bound"] = check.bound_at_max;
      item["ratio"] = check.max_ratio;
    }
    json["layers"].push_back(item);
  }
  if (r.checked) {
    const LabelStatistics& s = r.checker->labels();
    json["labels"] = {{"different_from_float64", s.different}, {"unexplained", s.unexplained}};
    json["passed"] = r.checker->passed();
  }
  json["pipes"] = nlohmann::json::array();
  for (const PipeShare& pipe : r.pipes) {
    json["pipes"].push_back({{"pipe", pipe.pipe},
                             {"busy_ns", pipe.busy_ns},
                             {"idle_ns", pipe.idle_ns},
                             {"stall_ns", pipe.stall_ns},
                             {"instructions", pipe.instructions},
                             {"pipes", pipe.tracks}});
  }
  json["parameters"] = nlohmann::json::parse(simulator.parameters_json());
  return json;
}

}  // namespace

void print(const RunResult& r) {
  const double images = static_cast<double>(r.images);
  std::printf("%s on %s: %lld images in batches of %lld%s\n", r.model.c_str(), r.chip.c_str(),
              static_cast<long long>(r.images), static_cast<long long>(r.batch),
              r.images < r.wanted ? " (interrupted)" : "");
  if (r.has_labels) {
    std::printf("accuracy %.2f %% (%lld of %lld)\n", 100 * r.accuracy,
                static_cast<long long>(std::llround(r.accuracy * images)),
                static_cast<long long>(r.images));
  }
  if (r.checked) print_labels(r);
  print_layers(r);
  print_pipes(r.pipes);
  std::printf("\ncycles per image     %.0f (%.2f us at %.2f GHz)\n", r.cycles / images,
              r.cycles / images / r.core_hertz * 1e6, r.core_hertz / 1e9);
  std::printf("L2 traffic           %sB read, %sB written, %.2f %% hits\n",
              metric(static_cast<double>(r.traffic.l2_read)).c_str(),
              metric(static_cast<double>(r.traffic.l2_write)).c_str(), r.traffic.l2_hit_percent());
  std::printf("HBM traffic          %sB read, %sB written\n",
              metric(static_cast<double>(r.traffic.hbm_read)).c_str(),
              metric(static_cast<double>(r.traffic.hbm_write)).c_str());
  std::printf("simulation speed     %scycles/s, %sMAC/s of CPU time\n",
              metric(r.cycles / r.cpu_seconds).c_str(),
              metric(static_cast<double>(r.macs) / r.cpu_seconds).c_str());
  std::printf("cube instructions    %llu, %llu of them in RTL, %llu differences\n",
              static_cast<unsigned long long>(r.cube_instructions),
              static_cast<unsigned long long>(r.rtl_instructions),
              static_cast<unsigned long long>(r.mismatches));
}

void write_reports(const RunResult& result, const Simulator& simulator,
                   const ChipArguments& arguments) {
  if (!arguments.report.empty()) {
    observe::write_html(arguments.report, document_of(result, simulator));
  }
  if (!arguments.json.empty()) {
    std::ofstream stream(arguments.json);
    stream << json_of(result, simulator).dump(2) << "\n";
    stream.close();
    if (!stream) throw base::UserError(arguments.json + ": cannot write the results");
  }
}

void print_next_steps(const RunResult& result, const RunArguments& arguments) {
  std::string line;
  const auto add = [&](const std::string& idea) { line += (line.empty() ? "" : "; ") + idea; };
  if (!arguments.report.empty()) add("open " + arguments.report + " in a browser");
  if (!arguments.trace.empty()) add("load " + arguments.trace + " into ui.perfetto.dev");
  if (!arguments.wave.empty()) {
    std::string view = arguments.wave;
    const size_t dot = view.rfind('.');
    if (dot != std::string::npos) view.resize(dot);
    add("gtkwave " + view + ".gtkw");
  }
  if (line.empty()) add("add --report r.html --trace t.perfetto-trace");
  if (arguments.cube != "rtl") add("--cube=rtl runs the Verilated engine itself");
  if (result.images < 10000 && arguments.images != 0) add("more --images");
  add("cubist params lists what --set changes");
  std::printf("\nNext: %s\n", line.c_str());
}

}  // namespace cubist::tool

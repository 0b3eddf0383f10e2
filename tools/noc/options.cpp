// SPDX-License-Identifier: Apache-2.0
#include "tools/noc/options.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <map>

namespace cubist::tool {
namespace {

using noc::Model;
using noc::Pattern;
using noc::Routing;

constexpr int kBadInput = 2;
constexpr unsigned kMaxSide = 32;

const std::map<std::string, Pattern> kPatterns{{"uniform", Pattern::uniform},
                                               {"transpose", Pattern::transpose},
                                               {"hotspot", Pattern::hotspot},
                                               {"edges", Pattern::edges}};
const std::map<std::string, Model> kModels{
    {"packet", Model::packet}, {"flit", Model::flit}, {"reservation", Model::reservation}};
const std::map<std::string, Routing> kRoutings{{"xy", Routing::xy}, {"yx", Routing::yx}};

/// Two whole numbers around an "x"; false when `text` is something else.
bool parse_size(const std::string& text, unsigned& columns, unsigned& rows) {
  int used = 0;
  if (text.find_first_not_of("0123456789x") != std::string::npos) return false;
  return std::sscanf(text.c_str(), "%3ux%3u%n", &columns, &rows, &used) == 2 &&
         static_cast<size_t>(used) == text.size();
}

/// "from:to:step" as the loads in between, both ends included.
bool parse_sweep(const std::string& text, std::vector<double>& loads) {
  double from = 0;
  double to = 0;
  double step = 0;
  int used = 0;
  if (std::sscanf(text.c_str(), "%lf:%lf:%lf%n", &from, &to, &step, &used) != 3 ||
      static_cast<size_t>(used) != text.size() || !(from > 0) || !(to >= from) || !(to <= 1) ||
      !(step >= 0.001)) {
    return false;
  }
  const auto points = static_cast<int>(std::floor((to - from) / step + 1e-9));
  for (int i = 0; i <= points; ++i) loads.push_back(from + i * step);
  return true;
}

struct Texts {
  std::string mesh = "8x8", sweep;
  unsigned crossbar = 0;
  std::string pattern = "uniform", model = "packet", routing = "xy";
  double load = 0.1, hotspot_percent = 10;
  bool flit_accurate = false;
};

void add_options(CLI::App& app, NocOptions& o, Texts& t) {
  noc::StudyConfig& s = o.study;
  noc::TrafficConfig& traffic = s.traffic;
  const auto keys = [](const auto& map) {
    std::vector<std::string> names;
    names.reserve(map.size());
    for (const auto& entry : map) names.push_back(entry.first);
    return CLI::IsMember(names);
  };
  auto* mesh = app.add_option("--mesh", t.mesh, "Columns x rows of the mesh, each 1 to 32");
  mesh->capture_default_str();
  app.add_option("--crossbar", t.crossbar, "A crossbar between so many nodes instead of a mesh")
      ->check(CLI::Range(2U, kMaxSide * kMaxSide))
      ->excludes(mesh);
  app.add_option("--traffic", t.pattern,
                 "uniform: to every other node alike; transpose: (x,y) to (y,x); hotspot: a share "
                 "to one node; edges: inner rows to the first and last row")
      ->check(keys(kPatterns))
      ->capture_default_str();
  app.add_option("--flits", traffic.flits, "Flits of a packet")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  auto* load = app.add_option("--load", t.load,
                              "Flits a cycle that each sending node offers (above 0, up to 1)");
  load->check(CLI::Range(1e-6, 1.0))->capture_default_str();
  app.add_option("--sweep", t.sweep, "Loads FROM:TO:STEP, one line each")->excludes(load);
  app.add_option("--vcs", s.network.vcs, "Virtual channels of a link")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  app.add_option("--buffer", s.network.buffer_flits, "Flits that the queue of one of them holds")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  auto* model = app.add_option(
      "--model", t.model,
      "packet: links granted to packets; flit: every flit in every cycle; reservation: links "
      "booked when a packet is sent, without queues");
  model->check(keys(kModels))->capture_default_str();
  app.add_flag("--flit-accurate", t.flit_accurate, "The same as --model flit")->excludes(model);
  app.add_option("--routing", t.routing, "Which dimension comes first")
      ->check(keys(kRoutings))
      ->capture_default_str();
  app.add_option("--hop-cycles", s.hop_cycles, "Cycles from router to router")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--credit-cycles", s.network.credit_cycles,
                 "Cycles from a flit's leaving a queue to its place being usable")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--hotspot-node", traffic.hotspot_node, "Number y * columns + x of the hot node")
      ->capture_default_str();
  app.add_option("--hotspot-percent", t.hotspot_percent, "Share of the packets that go there")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--warmup", s.warmup, "Cycles before the measured ones")
      ->check(CLI::Range(0, 1'000'000'000))
      ->capture_default_str();
  app.add_option("--cycles", s.cycles, "Measured cycles")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  app.add_option("--seed", traffic.seed, "Of the traffic")->capture_default_str();
  app.add_option("--csv", o.csv, "Also write the results as a table: a file, or - for the screen");
}

/// What the options say together; an error text, or empty.
std::string combine(const Texts& t, bool has_sweep, NocOptions& o) {
  noc::StudyConfig& s = o.study;
  noc::TrafficConfig& traffic = s.traffic;
  traffic.pattern = kPatterns.at(t.pattern);
  s.routing = kRoutings.at(t.routing);
  s.model = t.flit_accurate ? Model::flit : kModels.at(t.model);
  s.crossbar = t.crossbar != 0;
  if (s.crossbar) {
    traffic.columns = t.crossbar;
    traffic.rows = 1;
  } else if (!parse_size(t.mesh, traffic.columns, traffic.rows) || traffic.columns == 0 ||
             traffic.rows == 0 || traffic.columns > kMaxSide || traffic.rows > kMaxSide ||
             traffic.columns * traffic.rows < 2) {
    return "--mesh: '" + t.mesh + "' is not COLUMNSxROWS with 1 to 32 each and two nodes or more";
  }
  if (traffic.pattern == Pattern::transpose && (s.crossbar || traffic.columns != traffic.rows)) {
    return "--traffic transpose needs a square mesh, such as --mesh 8x8";
  }
  if (traffic.pattern == Pattern::transpose && traffic.columns < 2) {
    return "--traffic transpose needs a mesh of 2x2 or more";
  }
  if (traffic.pattern == Pattern::edges && (s.crossbar || traffic.rows < 3)) {
    return "--traffic edges needs a mesh of three rows or more";
  }
  if (traffic.hotspot_node >= traffic.columns * traffic.rows) {
    return "--hotspot-node: there are nodes 0 to " +
           std::to_string(traffic.columns * traffic.rows - 1);
  }
  if (!std::isfinite(t.load)) return "--load: flits a cycle of each sending node, above 0, up to 1";
  if (!std::isfinite(t.hotspot_percent)) return "--hotspot-percent: 0 to 100";
  traffic.hotspot_share = t.hotspot_percent / 100;
  o.sweep = has_sweep;
  if (!has_sweep) {
    o.loads = {t.load};
  } else if (!parse_sweep(t.sweep, o.loads)) {
    return "--sweep: '" + t.sweep +
           "' is not FROM:TO:STEP with 0 < FROM <= TO <= 1 and a step of 0.001 or more";
  }
  return {};
}

}  // namespace

const char* name_of(Pattern pattern) {
  for (const auto& [name, value] : kPatterns) {
    if (value == pattern) return name.c_str();
  }
  return "";
}

const char* name_of(Model model) {
  for (const auto& [name, value] : kModels) {
    if (value == model) return name.c_str();
  }
  return "";
}

std::optional<NocOptions> parse_noc_options(int argc, char** argv, int& exit_code) {
  CLI::App app{
      "Measures an on-chip interconnect under synthetic traffic: throughput, latency, use of\n"
      "links. Time is counted in cycles, load in flits a cycle of each sending node.\n\n"
      "Exit code: 0 measured, 2 bad arguments, 130 interrupted.",
      "cubist-noc"};
  NocOptions options;
  Texts texts;
  add_options(app, options, texts);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::printf("%s", app.help().c_str());
    exit_code = 0;
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "cubist-noc: %s (see cubist-noc --help)\n", error.what());
    exit_code = kBadInput;
    return std::nullopt;
  }
  if (const std::string error = combine(texts, app.count("--sweep") != 0, options);
      !error.empty()) {
    std::fprintf(stderr, "cubist-noc: %s\n", error.c_str());
    exit_code = kBadInput;
    return std::nullopt;
  }
  return options;
}

}  // namespace cubist::tool

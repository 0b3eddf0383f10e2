// SPDX-License-Identifier: Apache-2.0
#include "systemc/chip/parameters.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include <fstream>

#include "systemc/base/error.h"
#include "systemc/chip/in_process.h"
#include "systemc/control/control_config.h"
#include "systemc/core/core_config.h"
#include "systemc/hbm/hbm_config.h"
#include "systemc/l2/l2_config.h"
#include "systemc/noc/noc_config.h"

namespace cubist::chip {
namespace {

namespace fs = std::filesystem;

// The smallest path into a hart: see control.interrupt_cycles.
constexpr int64_t kLargestQuantum = 100;
constexpr int64_t kWholeRun = int64_t{1} << 53;

unsigned aivs_per_cluster(unsigned aics, unsigned aivs) {
  return aics == 0 ? 1 : std::max(1u, (aivs + aics - 1) / aics);
}

}  // namespace

unsigned cluster_count(unsigned aics, unsigned aivs) {
  const unsigned per_cluster = aivs_per_cluster(aics, aivs);
  return std::max(aics, (aivs + per_cluster - 1) / per_cluster);
}

unsigned cluster_of_aiv(unsigned aics, unsigned aivs, unsigned aiv) {
  return aiv / aivs_per_cluster(aics, aivs);
}

void declare_parameters(base::ParameterTable& t) {
  t.declare_int("chip.aics", "", 24, 0, 64, "Cube cores (910B1: 24)");
  t.declare_int("chip.aivs", "", 48, 0, 64, "Vector cores (910B1: 48)");
  t.declare_choice("sim.timing", "full", {"none", "fast", "full"},
                   "none: one cycle an operation; fast: ports and mean latencies; full: contention "
                   "in interconnect, L2 and HBM");
  t.declare_choice("sim.values", "on", {"on", "off"},
                   "off: instructions of the pipes spend their time but move and compute nothing; "
                   "for kernels whose flow does not depend on data");
  t.declare_choice("sim.cube", "model", {"model", "rtl", "check"},
                   "Matrix engine: the model, the Verilated RTL, or the model checked by the RTL");
  t.declare_int("sim.check_every", "instructions", 8, 1, 1000000000,
                "With sim.cube=check, every so many cube instructions also run on the RTL");
  t.declare_int("sim.quantum_cycles", "cycles", 64, 1, kLargestQuantum,
                "How far a hart may run ahead in private memory; changes no result, only speed");
  t.declare_real("sim.host_read_ns", "ns", 800, 0, 1e6,
                 "Host time of reading a register of the chip (assumed, PCIe round trip)");
  t.declare_real("sim.host_write_ns", "ns", 200, 0, 1e6,
                 "Host time of a posted register write or doorbell (assumed)");
  t.declare_int("sim.wave_cubes", "", 1, 0, 64,
                "Cube engines whose RTL signals go into a waveform, from AIC 0 on (sim.cube=rtl or "
                "check)");
  t.declare_int("sim.wave_first_cycle", "cycles", 0, 0, kWholeRun,
                "First core cycle of the RTL signals in a waveform");
  t.declare_int("sim.wave_last_cycle", "cycles", kWholeRun, 0, kWholeRun,
                "Last core cycle of the RTL signals in a waveform");
}

void declare_all_parameters(base::ParameterTable& parameters) {
  declare_parameters(parameters);
  control::declare_parameters(parameters);
  core::declare_parameters(parameters);
  hbm::declare_parameters(parameters);
  l2::declare_parameters(parameters);
  noc::declare_parameters(parameters);
}

std::vector<PresetInfo> list_presets(const std::string& directory) {
  std::error_code error;
  std::vector<PresetInfo> presets;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream in(entry.path());
    const auto json = nlohmann::json::parse(in, nullptr, false, true);
    if (!json.is_object()) continue;
    presets.push_back({entry.path().stem().string(),
                       json.contains("description") && json["description"].is_string()
                           ? json["description"].get<std::string>()
                           : std::string(),
                       entry.path().string()});
  }
  if (error) {
    throw base::UserError("cannot read the folder of chip presets '" + directory +
                          "': " + error.message());
  }
  std::sort(presets.begin(), presets.end(),
            [](const PresetInfo& a, const PresetInfo& b) { return a.name < b.name; });
  return presets;
}

base::ParameterTable load_parameters(const std::string& directory, const std::string& preset,
                                     const std::vector<std::string>& sets) {
  base::ParameterTable parameters;
  declare_all_parameters(parameters);
  if (fs::path(preset).extension() == ".json") {
    parameters.load_preset(preset, fs::path(preset).stem().string());
  } else {
    std::vector<std::string> names;
    std::string known;
    for (const PresetInfo& info : list_presets(directory)) {
      names.push_back(info.name);
      known += (known.empty() ? "" : ", ") + info.name;
      if (info.name == preset) parameters.load_preset(info.file, info.name);
    }
    if (std::find(names.begin(), names.end(), preset) == names.end()) {
      const std::string near = base::did_you_mean(preset, names);
      throw base::UserError("unknown chip '" + preset + "'" +
                            (near.empty() ? "" : "; did you mean '" + near + "'?") +
                            " (known: " + known + ")");
    }
  }
  for (const std::string& assignment : sets) parameters.set_assignment(assignment);
  hbm::apply_timing_file(parameters, (fs::path(directory) / "hbm").string());
  return parameters;
}

}  // namespace cubist::chip

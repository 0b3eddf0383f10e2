// SPDX-License-Identifier: Apache-2.0
// Timing files: JSON objects whose keys are timings with their units.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "systemc/base/error.h"
#include "systemc/base/parameters.h"
#include "systemc/hbm/timing_table.h"

namespace cubist::hbm {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// What a file says besides timings: key, parameter.
constexpr std::pair<const char*, const char*> kShape[] = {
    {"data_rate_gbps", "hbm.gbps"},
    {"pseudo_channel_bits", "hbm.pseudo_channel_bits"},
    {"stack_ids", "hbm.stack_ids"},
    {"bank_groups", "hbm.bank_groups"},
    {"banks_per_group", "hbm.banks_per_group"},
    {"row_bytes", "hbm.row_bytes"},
    {"activate_clocks", "hbm.activate_clocks"},
    {"precharge_clocks", "hbm.precharge_clocks"},
};
constexpr const char* kTexts[] = {"description", "source", "note"};

Json read(const std::string& file) {
  std::ifstream in(file);
  if (!in || fs::is_directory(file)) {
    throw base::UserError("cannot read HBM timing file '" + file + "'");
  }
  Json json = Json::parse(in, nullptr, false, true);
  if (!json.is_object()) {
    throw base::UserError("HBM timing file '" + file + "' is not a JSON object");
  }
  return json;
}

std::string find_file(const std::string& name, const std::string& folder) {
  if (fs::path(name).extension() == ".json") return name;
  std::vector<std::string> names;
  std::string known;
  for (const TimingInfo& info : list_timings(folder)) {
    if (info.name == name) return info.file;
    names.push_back(info.name);
    known += (known.empty() ? "" : ", ") + info.name;
  }
  const std::string near = base::did_you_mean(name, names);
  throw base::UserError("unknown HBM timing '" + name + "'" +
                        (near.empty() ? "" : "; did you mean '" + near + "'?") +
                        " (known: " + known + ", or the path of a .json file)");
}

}  // namespace

void declare_timing_parameters(base::ParameterTable& t) {
  const std::string source = " (timing file; hbm2e_3600 is derived, no vendor source)";
  t.declare_choice("hbm.timing", "hbm2e_3600", {},
                   "Timing file: a name from configs/hbm, or the path of a .json file; sets the "
                   "timings below that nothing else sets");
  t.declare_real("hbm.gbps", "Gb/s", 3.6, 0.5, 16,
                 "Data rate of a pin; 4 stacks at 3.6 make the published 1.8 TB/s of 910B1");
  t.declare_int("hbm.pseudo_channel_bits", "", 64, 16, 128,
                "Data pins of a pseudo-channel (HBM2: 64, HBM3: 32)");
  t.declare_int("hbm.stack_ids", "", 1, 1, 4, "Stack ids of a pseudo-channel" + source);
  t.declare_int("hbm.bank_groups", "", 4, 1, 8, "Bank groups of a stack id" + source);
  t.declare_int("hbm.banks_per_group", "", 4, 1, 8, "Banks of a bank group" + source);
  t.declare_int("hbm.row_bytes", "bytes", 1024, 512, 8192, "Page of a bank" + source);
  t.declare_real("hbm.activate_clocks", "nCK", 2, 0.5, 4,
                 "Clocks an activate takes on the row bus (HBM2: 2, HBM3: 1.5)");
  t.declare_real("hbm.precharge_clocks", "nCK", 1, 0.5, 4,
                 "Clocks a precharge or refresh takes on the row bus (HBM2: 1, HBM3: 0.5)");
  for (const TimingEntry& entry : timing_entries()) {
    t.declare_real(entry.path(), entry.unit, entry.value, 0, entry.maximum, entry.meaning + source);
  }
}

std::vector<TimingInfo> list_timings(const std::string& folder) {
  std::error_code error;
  std::vector<TimingInfo> infos;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".json") continue;
    const Json json = read(entry.path().string());
    infos.push_back({entry.path().stem().string(), json.value("description", std::string()),
                     json.value("source", std::string()), entry.path().string()});
  }
  if (error) {
    throw base::UserError("cannot read the folder of HBM timings '" + folder +
                          "': " + error.message());
  }
  std::sort(infos.begin(), infos.end(),
            [](const TimingInfo& a, const TimingInfo& b) { return a.name < b.name; });
  return infos;
}

void apply_timing_file(base::ParameterTable& table, const std::string& folder) {
  const std::string name = table.get_string("hbm.timing");
  const std::string file = find_file(name, folder);
  Json json = read(file);
  const std::string where = "HBM timing file '" + file + "': ";
  std::vector<std::string> known;
  const auto take = [&](const std::string& key, const std::string& path) {
    known.push_back(key);
    const auto found = json.find(key);
    if (found == json.end()) throw base::UserError(where + "'" + key + "' is missing");
    if (!found->is_number()) throw base::UserError(where + "'" + key + "' is not a number");
    const std::string value = found->dump();
    json.erase(found);
    if (table.all().find(path)->second.origin != "default") return;
    try {
      table.set(path, value, name);
    } catch (const base::UserError& error) {
      throw base::UserError(where + "'" + key + "': " + error.what());
    }
  };
  for (const auto& [key, path] : kShape) take(key, path);
  for (const TimingEntry& entry : timing_entries()) take(entry.key(), entry.path());
  for (const char* text : kTexts) json.erase(text);
  if (!json.empty()) {
    const std::string key = json.begin().key();
    const std::string near = base::did_you_mean(key, known);
    throw base::UserError(where + "unknown entry '" + key + "'" +
                          (near.empty() ? "" : "; did you mean '" + near + "'?"));
  }
}

}  // namespace cubist::hbm

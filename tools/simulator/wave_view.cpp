// SPDX-License-Identifier: Apache-2.0
#include "tools/simulator/wave_view.h"

#include <filesystem>

#include "systemc/base/simulation.h"
#include "systemc/observe/gtkw_file.h"

namespace cubist {
namespace {

bool starts_with(const std::string& text, const std::string& prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

}  // namespace

void write_wave_view(base::Simulation& simulation, const std::string& wave_path) {
  const base::EventBus& bus = simulation.bus();
  observe::GtkwGroup host{"Host commands", {}}, control{"Scheduler", {}}, core{"Core 0", {}};
  for (base::TrackId track = 0; track < bus.track_count(); ++track) {
    const std::string& path = bus.track_path(track);
    observe::GtkwSignal signal{path, 0, observe::Radix::text, {}};
    if (starts_with(path, "host.")) {
      host.signals.push_back(signal);
    } else if (path.find(".core0.") != std::string::npos) {
      core.signals.push_back(signal);
    } else if (path.find("core") == std::string::npos) {
      control.signals.push_back(signal);
    }
  }
  observe::GtkwView view;
  view.groups = {host, control, core};
  std::filesystem::path file(wave_path);
  file.replace_extension(".gtkw");
  observe::write_gtkw(file.string(), wave_path, view);
}

}  // namespace cubist

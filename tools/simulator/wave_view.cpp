// SPDX-License-Identifier: Apache-2.0
#include "tools/simulator/wave_view.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "systemc/observe/gtkw_file.h"

namespace cubist {
namespace {

// The engine's ports that tell what it does; everything else is one click away in the tree.
constexpr std::array kEngineSignals = {
    "clk_i",    "rst_ni",   "instr_valid_i", "instr_ready_o",     "instr_i",
    "busy_o",   "stall_i",  "l0a_re_o",      "l0b_re_o",          "bias_re_o",
    "l0c_re_o", "l0c_we_o", "l0c_wrow_o",    "l0c_wdata_o[0][0]", "release_o",
    "done_o"};

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// The scheduler's own lanes, not those of single cores.
bool of_scheduler(std::string_view path) {
  return starts_with(path, "chip.") && path.find(".core") == std::string_view::npos;
}

}  // namespace

WaveView::WaveView(base::EventBus& bus) : bus_(bus), mmad_(bus.name("mmad")) {}

void WaveView::on_track(base::TrackId track, std::string_view path) {
  if (path == "chip.core0.aic.m") matrix_track_ = track;
}

void WaveView::on_event(const base::Event& event) {
  if (first_mmad_ == base::kNever && event.kind == base::EventKind::begin &&
      event.track == matrix_track_ && event.name == mmad_) {
    first_mmad_ = event.time;
  }
}

void WaveView::write(const std::string& wave_path,
                     const std::vector<observe::DeclaredSignal>& declared) const {
  observe::GtkwGroup host{"Host commands", {}}, scheduler{"Scheduler", {}}, core{"Core 0", {}};
  for (base::TrackId track = 0; track < bus_.track_count(); ++track) {
    const std::string& path = bus_.track_path(track);
    const observe::GtkwSignal signal{path, 0, observe::Radix::text, {}};
    if (starts_with(path, "host."))
      host.signals.push_back(signal);
    else if (starts_with(path, "chip.core0."))
      core.signals.push_back(signal);
    else if (of_scheduler(path))
      scheduler.signals.push_back(signal);
  }
  observe::GtkwGroup engine{"Core 0 matrix engine (RTL)", {}};
  for (const char* wanted : kEngineSignals) {
    for (const observe::DeclaredSignal& signal : declared) {
      if (signal.name == wanted && signal.scope == "chip.core0.aic.cube.cube") {
        engine.signals.push_back(
            {signal.scope + "." + signal.name, signal.bits, observe::Radix::hexadecimal, {}});
      }
    }
  }
  observe::GtkwView view;
  view.groups = {host, scheduler, core};
  if (!engine.signals.empty()) view.groups.push_back(engine);
  if (first_mmad_ != base::kNever) {
    view.from = first_mmad_ - std::min(first_mmad_, 250 * base::kNanosecond);
    view.to = first_mmad_ + 750 * base::kNanosecond;
    view.markers = {{'\0', first_mmad_}};
  }
  std::filesystem::path file(wave_path);
  file.replace_extension(".gtkw");
  observe::write_gtkw(file.string(), wave_path, view);
}

}  // namespace cubist

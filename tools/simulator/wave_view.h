// SPDX-License-Identifier: Apache-2.0
// A GTKWave save file for a run: host, scheduler, the first core's pipes and its matrix engine's
// RTL, opened where that core first multiplies.
#pragma once

#include <string>
#include <vector>

#include "systemc/base/event_bus.h"
#include "systemc/observe/fst_writer.h"

namespace cubist {

/// Attach it to the bus for the run: it remembers when core 0 first multiplied.
class WaveView : public base::EventSink {
 public:
  explicit WaveView(base::EventBus& bus);

  void on_event(const base::Event& event) override;
  void on_track(base::TrackId track, std::string_view path) override;

  /// Writes `wave_path` with the ending .gtkw; `declared` are the waveform's signals. Throws
  /// base::UserError if it cannot be written.
  void write(const std::string& wave_path,
             const std::vector<observe::DeclaredSignal>& declared) const;

 private:
  base::EventBus& bus_;
  base::NameId mmad_;
  base::TrackId matrix_track_ = ~base::TrackId{0};
  base::Time first_mmad_ = base::kNever;
};

}  // namespace cubist

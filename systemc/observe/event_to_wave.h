// SPDX-License-Identifier: Apache-2.0
// Shows the event bus in the waveform, so that transactions stand above the signals they cause.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "systemc/base/event_bus.h"
#include "systemc/base/wave.h"

namespace cubist::observe {

class FstWaveWriter;

struct EventWaveOptions {
  base::Time from = 0;           ///< The window; spans open at `from` are shown from there.
  base::Time to = base::kNever;  ///< Nothing at or after this time is shown.
  /// How long an instant is shown. One that follows sooner is cut short, not hidden.
  base::Time instant_length = base::kNanosecond;
  /// Only tracks whose path this accepts; all of them when empty.
  std::function<bool(std::string_view)> accepts;
};

/// Lanes per track "chip.core3.aic.mte2", each declared when first needed:
/// - spans: text lane `mte2` in scope chip.core3.aic; a nested span hides the outer one while it
///   lasts. The text is the name and its arguments ("copy bytes=4096"). Of two equal texts that
///   follow without a gap the second ends in a blank, so that the boundary can be seen.
/// - instants: text lane `mte2_event`; several at one time share the lane ("push, doorbell").
/// - counters: a 64-bit vector named like the counter in scope chip.core3.aic.mte2.
class EventToWave : public base::EventSink {
 public:
  /// Bus and wave must outlive this sink. Attach and detach it like any other.
  EventToWave(const base::EventBus& bus, base::WaveSink& wave, EventWaveOptions options = {});
  ~EventToWave() override;

  /// Lets the sink flush `writer` while events pass: at an event of time t, everything before
  /// t - lag. `lag` must cover the longest time by which anyone hands in changes late.
  void flush_with_events(FstWaveWriter& writer, base::Time lag);

  void on_event(const base::Event& event) override;
  void on_track(base::TrackId track, std::string_view path) override;

  /// Ends of spans that had no beginning; zero in a sound run.
  uint64_t unmatched_ends() const { return unmatched_ends_; }

 private:
  static constexpr base::WaveHandle kNone = ~base::WaveHandle{0};
  struct Counter {
    base::NameId name;
    base::WaveHandle lane;
    uint64_t value;
  };
  struct Track {
    std::string path;
    bool accepted = true;
    base::WaveHandle spans = kNone, instants = kNone;
    std::vector<std::string> open;
    std::string shown, before;  ///< Shown now, and just before the time of the last change.
    base::Time shown_time = base::kNever;
    std::string instant_text;
    base::Time instant_time = base::kNever;
    std::vector<Counter> counters;
  };

  std::string text_of(const base::Event& event) const;
  void show_spans(Track& track, base::Time time, bool begins);
  void show_instant(Track& track, const base::Event& event);
  void show_counter(Track& track, Counter& counter, base::Time time);
  void open_window();

  const base::EventBus& bus_;
  base::WaveSink& wave_;
  EventWaveOptions options_;
  FstWaveWriter* writer_ = nullptr;
  base::Time lag_ = 0;
  std::vector<Track> tracks_;
  bool window_open_ = false;
  uint64_t unmatched_ends_ = 0;
};

}  // namespace cubist::observe

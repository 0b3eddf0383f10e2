// SPDX-License-Identifier: Apache-2.0
// Writes what happens on the event bus as a trace file for ui.perfetto.dev (or chrome://tracing).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "systemc/base/event_bus.h"

namespace cubist::observe {

class TraceEncoder;

struct TraceOptions {
  /// What one displayed nanosecond means. Perfetto knows nothing finer than a nanosecond, so a
  /// trace whose single cycles matter is written in picoseconds: every displayed time is then 1000
  /// times too long (the trace says so on its first track). Order is kept either way.
  enum class Unit : uint8_t { nanosecond, picosecond };

  Unit unit = Unit::nanosecond;
  base::Time from = 0;           ///< Events before this time are left out, open spans are kept.
  base::Time to = base::kNever;  ///< Events at or after this time are left out.
  uint64_t event_limit = 10'000'000;  ///< At most this many events; 0 means no limit.
};

/// A sink that streams every event into one file. The name decides the format: *.json and *.json.gz
/// become Chrome JSON, everything else native Perfetto protobuf (*.gz compressed).
///
/// The first two parts of a track's path become the process ("chip.core3"), the rest the thread
/// ("aic.mte2"). Counters become counter tracks. The flow number of an event becomes its annotation
/// "command", and arrows lead from each command's first event on one track to its first on the
/// next. A trace cut by `to` or `event_limit` says so on its own track "trace.notes".
///
/// Memory is bounded: events go to the file through one buffer; names and tracks are kept once.
class PerfettoSink : public base::EventSink {
 public:
  /// Opens the file; throws base::UserError if that fails. The bus must outlive the sink, which the
  /// caller attaches and, before destroying it, detaches.
  PerfettoSink(const base::EventBus& bus, const std::string& path, TraceOptions options = {});
  ~PerfettoSink() override;
  PerfettoSink(const PerfettoSink&) = delete;
  PerfettoSink& operator=(const PerfettoSink&) = delete;

  void on_event(const base::Event& event) override;
  void on_track(base::TrackId track, std::string_view path) override;

  /// Completes and closes the file; later events are ignored. Throws base::UserError when the disk
  /// did not take everything. The destructor calls it too, but cannot report. After an interrupt
  /// (Ctrl-C), stop the simulation and call this from ordinary code, not from the signal handler.
  void finish();

  uint64_t events_written() const { return events_written_; }
  /// True when events at or after some time were left out (window or limit).
  bool was_cut() const { return cut_; }
  uint64_t bytes_written() const;

 private:
  struct OpenSpan {
    base::NameId name;
    base::Time time;
    uint64_t flow;
  };
  struct CounterLane {
    base::NameId name;
    uint32_t lane;
  };
  struct Track {
    std::string path;
    uint32_t lane = 0;  ///< The encoder's number, 0 while nothing was written.
    uint64_t last_flow = 0;
    std::vector<OpenSpan> open;
    std::vector<CounterLane> counters;
  };

  uint32_t process_of(std::string_view path, std::string_view& rest);
  uint32_t lane_of(Track& track);
  uint32_t counter_lane_of(Track& track, base::NameId name);
  void note(base::Time time, const std::string& text);
  void follow_outside_window(const base::Event& event);
  void open_window();
  void cut(base::Time time, const std::string& reason);

  const base::EventBus& bus_;
  std::unique_ptr<TraceEncoder> encoder_;
  TraceOptions options_;
  base::Time unit_;
  std::vector<Track> tracks_;
  std::vector<std::string> processes_;
  uint32_t notes_lane_ = 0;
  uint64_t events_written_ = 0;
  bool window_open_ = false;
  bool cut_ = false;
  bool finished_ = false;
};

}  // namespace cubist::observe

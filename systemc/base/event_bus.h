// SPDX-License-Identifier: Apache-2.0
// The event bus: units say what they do; sinks (traces, waves, statistics, checkers) listen.
//
// A unit never knows who listens. When nobody does, an event costs one test of a flag.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "systemc/base/time.h"

namespace cubist::base {

using TrackId = uint32_t;  ///< A lane on the time axis: one pipe, one queue, one hart.
using NameId = uint32_t;   ///< An interned string.

/// One named number that goes with an event ("bytes" 4096, "pc" 0x1000).
struct EventArg {
  NameId key;
  uint64_t value;
};

enum class EventKind : uint8_t {
  begin,    ///< A span starts on its track. Spans of one track do not overlap but may nest.
  end,      ///< The innermost span of the track ends.
  instant,  ///< Something happened at one time.
  counter,  ///< args[0].value is the track's new value.
};

/// What is emitted; handed to sinks in nondecreasing order of `time`.
struct Event {
  EventKind kind;
  TrackId track;
  NameId name;
  Time time;
  /// Nonzero: events with the same flow belong together (a host command, its firmware handler, its
  /// blocks). The runtime numbers commands from 1; `flow` is that number.
  uint64_t flow = 0;
  uint8_t arg_count = 0;
  std::array<EventArg, 6> args{};

  Event& with(NameId key, uint64_t value) {
    if (arg_count < args.size()) args[arg_count++] = {key, value};
    return *this;
  }
};

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const Event& event) = 0;
  /// A track was declared (also called for tracks that existed when the sink was attached).
  virtual void on_track(TrackId track, std::string_view path) {
    (void)track;
    (void)path;
  }
};

/// One per simulation. Tracks are named by dotted paths ("chip.core3.aic.mte2").
class EventBus {
 public:
  TrackId track(std::string_view path);
  NameId name(std::string_view text);
  const std::string& track_path(TrackId track) const { return tracks_[track]; }
  const std::string& text(NameId name) const { return names_[name]; }
  size_t track_count() const { return tracks_.size(); }

  /// True when someone listens; a unit asks before it assembles an event.
  bool active() const { return !sinks_.empty(); }

  void emit(const Event& event) {
    for (EventSink* sink : sinks_) sink->on_event(event);
  }
  void attach(EventSink& sink);
  void detach(EventSink& sink);

 private:
  std::vector<std::string> tracks_, names_;
  std::map<std::string, uint32_t, std::less<>> track_ids_, name_ids_;
  std::vector<EventSink*> sinks_;
};

}  // namespace cubist::base

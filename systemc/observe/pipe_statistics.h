// SPDX-License-Identifier: Apache-2.0
// Where the time of each pipe goes: work, waiting (and for what), nothing.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "systemc/base/event_bus.h"

namespace cubist::observe {

/// Time by cause, in femtoseconds.
struct TimeShares {
  base::Time busy = 0;
  std::map<std::string, base::Time> stalls;  ///< By reason: the span's name.
  uint64_t spans = 0;                        ///< Spans of work that began.
  uint64_t stall_spans = 0;                  ///< Spans of waiting that began.
  base::Time observed = 0;                   ///< Length of the observation, summed over tracks.
  uint64_t tracks = 0;                       ///< How many tracks were summed.

  base::Time stalled() const;
  /// Neither busy nor stalled.
  base::Time idle() const;
  /// `part` of the observed time, 0 to 1; 0 if nothing was observed.
  double share(base::Time part) const;
  void add(const TimeShares& other);
};

/// What one command (one flow number) cost on one kind of pipe.
struct FlowShares {
  uint64_t flow;
  std::string kind;
  TimeShares
      shares;  ///< `observed`: from the first to the last moment of the command's spans here.
};

/// A sink that adds up spans. Each moment of a track belongs to its innermost open span: a span
/// named "barrier" or "wait_..." (wait_flag, wait_queue, wait_memory) is a stall of that reason,
/// any other is work. A span without a flow inherits the one around it.
class PipeStatistics : public base::EventSink {
 public:
  /// `bus` must outlive the sink.
  explicit PipeStatistics(const base::EventBus& bus) : bus_(bus) {}

  void on_event(const base::Event& event) override;
  void on_track(base::TrackId track, std::string_view path) override;

  /// Counts open spans up to `now` and fixes the length of the observation. May be called again at
  /// a later time.
  void settle(base::Time now);

  /// Tracks that had at least one span, by path.
  std::map<std::string, TimeShares> by_track() const;
  /// The same, with numbers in paths replaced by a star: "chip.core*.aic.mte2".
  std::map<std::string, TimeShares> by_kind() const;
  /// By flow, then kind; flow 0 (no command) is left out.
  std::vector<FlowShares> by_flow() const;

  static bool is_stall(std::string_view span_name);
  /// "chip.core12.aiv0.v" -> "chip.core*.aiv*.v". Digits count only after a letter and at the end
  /// of a part, and not in mte1, mte2, mte3 and l2, where they name the unit.
  static std::string kind_of(std::string_view path);

 private:
  struct Bucket {
    base::Time busy = 0;
    std::map<base::NameId, base::Time> stalls;
    uint64_t spans = 0, stall_spans = 0;
    base::Time first = base::kNever, last = 0;
  };
  struct OpenSpan {
    base::NameId name;
    uint64_t flow;
    bool stall;
  };
  struct Track {
    std::string path;
    std::vector<OpenSpan> open;
    base::Time accounted = 0;
    Bucket all;
    std::map<uint64_t, Bucket> flows;
  };

  void account(Track& track, base::Time until);
  TimeShares shares_of(const Bucket& bucket) const;
  bool stall_name(base::NameId name);

  const base::EventBus& bus_;
  std::vector<Track> tracks_;
  std::vector<uint8_t> name_kinds_;  ///< 0 unknown, 1 work, 2 stall.
  base::Time first_ = base::kNever, last_ = 0;
};

}  // namespace cubist::observe

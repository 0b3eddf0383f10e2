// SPDX-License-Identifier: Apache-2.0
// How busy each kind of pipe is over the course of a run: the data of a line chart.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "systemc/base/event_bus.h"
#include "systemc/observe/report_document.h"

namespace cubist::observe {

/// A sink that adds up busy time per kind of track (PipeStatistics::kind_of) in equal steps of
/// time. When a run outgrows `most_steps`, steps are joined in pairs, so that memory stays bounded
/// and no length needs to be known beforehand. Stalls (PipeStatistics::is_stall) are not busy.
class ActivityTimeline : public base::EventSink {
 public:
  /// `accepts`: only tracks whose path it accepts; all when empty. `bus` must outlive the sink.
  explicit ActivityTimeline(const base::EventBus& bus,
                            std::function<bool(std::string_view)> accepts = {},
                            size_t most_steps = 400);

  void on_event(const base::Event& event) override;
  void on_track(base::TrackId track, std::string_view path) override;

  /// Counts open spans up to `now`.
  void settle(base::Time now);

  /// One line per kind that was ever busy, in percent of the kind's tracks that had any span;
  /// x in microseconds, at the middle of each step.
  Lines lines(std::string caption) const;

  base::Time step() const { return step_; }

 private:
  struct Kind {
    std::vector<uint64_t> busy;  ///< Femtoseconds per step, summed over tracks.
    uint64_t tracks = 0;
  };
  struct Track {
    std::string kind;
    bool accepted = true;
    Kind* sums = nullptr;    ///< Null until its first span.
    std::vector<bool> open;  ///< Whether each open span is work.
    base::Time accounted = 0;
  };

  void account(Track& track, base::Time until);
  void join_steps_until(base::Time end);
  bool is_work(base::NameId name);

  const base::EventBus& bus_;
  std::function<bool(std::string_view)> accepts_;
  size_t most_steps_;
  base::Time step_ = 100 * base::kNanosecond;
  base::Time end_ = 0;
  std::vector<Track> tracks_;
  std::map<std::string, Kind> kinds_;
  std::vector<uint8_t> name_kinds_;  ///< 0 unknown, 1 work, 2 stall.
};

}  // namespace cubist::observe

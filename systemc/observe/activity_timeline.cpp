// SPDX-License-Identifier: Apache-2.0
#include "systemc/observe/activity_timeline.h"

#include <algorithm>
#include <utility>

#include "systemc/observe/pipe_statistics.h"

namespace cubist::observe {

ActivityTimeline::ActivityTimeline(const base::EventBus& bus,
                                   std::function<bool(std::string_view)> accepts, size_t most_steps)
    : bus_(bus), accepts_(std::move(accepts)), most_steps_(std::max<size_t>(most_steps, 2)) {}

void ActivityTimeline::on_track(base::TrackId track, std::string_view path) {
  if (track >= tracks_.size()) tracks_.resize(track + 1);
  tracks_[track].kind = PipeStatistics::kind_of(path);
  tracks_[track].accepted = !accepts_ || accepts_(path);
}

bool ActivityTimeline::is_work(base::NameId name) {
  if (name >= name_kinds_.size()) name_kinds_.resize(name + 64);
  if (!name_kinds_[name]) name_kinds_[name] = PipeStatistics::is_stall(bus_.text(name)) ? 2 : 1;
  return name_kinds_[name] == 1;
}

void ActivityTimeline::join_steps_until(base::Time end) {
  while (end / step_ >= most_steps_) {
    step_ *= 2;
    for (auto& [name, kind] : kinds_) {
      std::vector<uint64_t>& busy = kind.busy;
      const size_t joined = (busy.size() + 1) / 2;
      for (size_t i = 0; i < joined; ++i) {
        busy[i] = busy[2 * i] + (2 * i + 1 < busy.size() ? busy[2 * i + 1] : 0);
      }
      busy.resize(joined);
    }
  }
}

void ActivityTimeline::account(Track& track, base::Time until) {
  base::Time from = std::exchange(track.accounted, std::max(until, track.accounted));
  end_ = std::max(end_, until);
  if (track.open.empty() || !track.open.back() || until <= from) return;
  join_steps_until(until);
  std::vector<uint64_t>& busy = track.sums->busy;
  busy.resize(std::max<size_t>(busy.size(), until / step_ + 1));
  while (from < until) {
    const base::Time next = std::min(until, (from / step_ + 1) * step_);
    busy[from / step_] += next - from;
    from = next;
  }
}

void ActivityTimeline::on_event(const base::Event& event) {
  if (event.track >= tracks_.size()) return;
  Track& track = tracks_[event.track];
  if (!track.accepted) return;
  if (event.kind == base::EventKind::begin) {
    account(track, event.time);
    if (!track.sums) {
      track.sums = &kinds_[track.kind];
      ++track.sums->tracks;
    }
    track.open.push_back(is_work(event.name));
  } else if (event.kind == base::EventKind::end && !track.open.empty()) {
    account(track, event.time);
    track.open.pop_back();
  }
}

void ActivityTimeline::settle(base::Time now) {
  for (Track& track : tracks_) account(track, now);
  end_ = std::max(end_, now);
  join_steps_until(end_);
}

Lines ActivityTimeline::lines(std::string caption) const {
  Lines chart{std::move(caption), "simulated time", "\u00b5s", "busy", "%", {}, {}};
  const size_t steps = (end_ + step_ - 1) / step_;
  // The last step may be short.
  const auto length = [&](size_t i) {
    return static_cast<double>(std::min<base::Time>(step_, end_ - i * step_));
  };
  for (size_t i = 0; i < steps; ++i) {
    chart.x.push_back((static_cast<double>(i * step_) + length(i) / 2) / base::kMicrosecond);
  }
  for (const auto& [name, kind] : kinds_) {
    if (kind.busy.empty()) continue;
    Series series{name, {}};
    for (size_t i = 0; i < steps; ++i) {
      const double busy = i < kind.busy.size() ? static_cast<double>(kind.busy[i]) : 0;
      series.values.push_back(100 * busy / length(i) / static_cast<double>(kind.tracks));
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

}  // namespace cubist::observe

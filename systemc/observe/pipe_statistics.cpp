// SPDX-License-Identifier: Apache-2.0
#include "systemc/observe/pipe_statistics.h"

#include <algorithm>
#include <utility>

namespace cubist::observe {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_pipe_name(std::string_view part) {
  return part == "mte1" || part == "mte2" || part == "mte3" || part == "l2";
}

}  // namespace

base::Time TimeShares::stalled() const {
  base::Time sum = 0;
  for (const auto& [reason, time] : stalls) sum += time;
  return sum;
}

base::Time TimeShares::idle() const {
  const base::Time used = busy + stalled();
  return observed > used ? observed - used : 0;
}

double TimeShares::share(base::Time part) const {
  return observed ? static_cast<double>(part) / static_cast<double>(observed) : 0;
}

void TimeShares::add(const TimeShares& other) {
  busy += other.busy;
  for (const auto& [reason, time] : other.stalls) stalls[reason] += time;
  spans += other.spans;
  stall_spans += other.stall_spans;
  observed += other.observed;
  tracks += other.tracks;
}

bool PipeStatistics::is_stall(std::string_view span_name) {
  return span_name == "barrier" || span_name.substr(0, 5) == "wait_";
}

std::string PipeStatistics::kind_of(std::string_view path) {
  std::string kind;
  while (true) {
    const size_t dot = path.find('.');
    const std::string_view part = path.substr(0, dot);
    size_t letters = part.size();
    while (letters > 0 && is_digit(part[letters - 1])) --letters;
    if (letters == 0 || letters == part.size() || is_pipe_name(part)) {
      kind += part;
    } else {
      kind += part.substr(0, letters);
      kind += '*';
    }
    if (dot == path.npos) return kind;
    kind += '.';
    path.remove_prefix(dot + 1);
  }
}

void PipeStatistics::on_track(base::TrackId track, std::string_view path) {
  if (track >= tracks_.size()) tracks_.resize(track + 1);
  tracks_[track].path = path;
}

bool PipeStatistics::stall_name(base::NameId name) {
  if (name >= name_kinds_.size()) name_kinds_.resize(name + 64);
  if (!name_kinds_[name]) name_kinds_[name] = is_stall(bus_.text(name)) ? 2 : 1;
  return name_kinds_[name] == 2;
}

void PipeStatistics::account(Track& track, base::Time until) {
  const base::Time from = std::exchange(track.accounted, std::max(until, track.accounted));
  if (track.open.empty() || until <= from) return;
  const OpenSpan& span = track.open.back();
  const auto add = [&](Bucket& bucket) {
    (span.stall ? bucket.stalls[span.name] : bucket.busy) += until - from;
    bucket.first = std::min(bucket.first, from);
    bucket.last = std::max(bucket.last, until);
  };
  add(track.all);
  if (span.flow) add(track.flows[span.flow]);
}

void PipeStatistics::on_event(const base::Event& event) {
  first_ = std::min(first_, event.time);
  last_ = std::max(last_, event.time);
  if (event.track >= tracks_.size()) return;
  Track& track = tracks_[event.track];
  if (event.kind == base::EventKind::begin) {
    account(track, event.time);
    const bool stall = stall_name(event.name);
    const uint64_t flow = event.flow ? event.flow : track.open.empty() ? 0 : track.open.back().flow;
    track.open.push_back({event.name, flow, stall});
    const auto count = [&](Bucket& bucket) {
      ++(stall ? bucket.stall_spans : bucket.spans);
      bucket.first = std::min(bucket.first, event.time);
      bucket.last = std::max(bucket.last, event.time);
    };
    count(track.all);
    if (flow) count(track.flows[flow]);
  } else if (event.kind == base::EventKind::end && !track.open.empty()) {
    account(track, event.time);
    track.open.pop_back();
  }
}

void PipeStatistics::settle(base::Time now) {
  first_ = std::min(first_, now);
  last_ = std::max(last_, now);
  for (Track& track : tracks_) account(track, last_);
}

TimeShares PipeStatistics::shares_of(const Bucket& bucket) const {
  TimeShares shares;
  shares.busy = bucket.busy;
  for (const auto& [name, time] : bucket.stalls) shares.stalls[bus_.text(name)] += time;
  shares.spans = bucket.spans;
  shares.stall_spans = bucket.stall_spans;
  shares.tracks = 1;
  return shares;
}

std::map<std::string, TimeShares> PipeStatistics::by_track() const {
  std::map<std::string, TimeShares> result;
  for (const Track& track : tracks_) {
    if (track.all.spans + track.all.stall_spans == 0) continue;
    TimeShares shares = shares_of(track.all);
    shares.observed = last_ - first_;
    result.emplace(track.path, std::move(shares));
  }
  return result;
}

std::map<std::string, TimeShares> PipeStatistics::by_kind() const {
  std::map<std::string, TimeShares> result;
  for (const auto& [path, shares] : by_track()) result[kind_of(path)].add(shares);
  return result;
}

std::vector<FlowShares> PipeStatistics::by_flow() const {
  std::map<std::pair<uint64_t, std::string>, TimeShares> sums;
  for (const Track& track : tracks_) {
    for (const auto& [flow, bucket] : track.flows) {
      TimeShares shares = shares_of(bucket);
      shares.observed = bucket.last - bucket.first;
      sums[{flow, kind_of(track.path)}].add(shares);
    }
  }
  std::vector<FlowShares> result;
  result.reserve(sums.size());
  for (auto& [key, shares] : sums) result.push_back({key.first, key.second, std::move(shares)});
  return result;
}

}  // namespace cubist::observe

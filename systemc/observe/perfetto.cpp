// SPDX-License-Identifier: Apache-2.0
#include "systemc/observe/perfetto.h"

#include <algorithm>

#include "systemc/base/error.h"
#include "systemc/observe/output_file.h"
#include "systemc/observe/trace_encoder.h"

namespace cubist::observe {
namespace {

std::string nanoseconds(base::Time time) {
  const std::string digits = std::to_string(time % base::kNanosecond / base::kPicosecond);
  return std::to_string(time / base::kNanosecond) + "." + std::string(3 - digits.size(), '0') +
         digits + " ns";
}

}  // namespace

PerfettoSink::PerfettoSink(const base::EventBus& bus, const std::string& path, TraceOptions options)
    : bus_(bus),
      options_(options),
      unit_(options.unit == TraceOptions::Unit::nanosecond ? base::kNanosecond
                                                           : base::kPicosecond) {
  if (options.from >= options.to) {
    throw base::UserError("trace window: its start, " + nanoseconds(options.from) +
                          ", does not lie before its end, " + nanoseconds(options.to));
  }
  const bool json = ends_with(path, ".json") || ends_with(path, ".json.gz");
  encoder_ = json ? make_json_encoder(bus, path, unit_) : make_perfetto_encoder(bus, path, unit_);
  if (options.unit == TraceOptions::Unit::picosecond) {
    note(options.from, "times are stretched: 1 ns shown is 1 ps simulated");
  }
}

PerfettoSink::~PerfettoSink() {
  try {
    finish();
  } catch (const base::UserError&) {
    // Whoever wants to know about a full disk calls finish().
  }
}

void PerfettoSink::on_track(base::TrackId track, std::string_view path) {
  if (track >= tracks_.size()) tracks_.resize(track + 1);
  tracks_[track].path = path;
}

uint32_t PerfettoSink::process_of(std::string_view path, std::string_view& rest) {
  size_t dot = path.find('.');
  if (dot != path.npos) {
    // Two parts for the process if a third remains for the thread.
    const size_t second = path.find('.', dot + 1);
    if (second != path.npos) dot = second;
  }
  const std::string name(path.substr(0, dot));
  rest = dot == path.npos ? path : path.substr(dot + 1);
  const auto found = std::find(processes_.begin(), processes_.end(), name);
  if (found != processes_.end()) return static_cast<uint32_t>(found - processes_.begin()) + 1;
  processes_.push_back(name);
  return encoder_->add_process(name);
}

uint32_t PerfettoSink::lane_of(Track& track) {
  if (!track.lane) {
    std::string_view rest;
    const uint32_t process = process_of(track.path, rest);
    track.lane = encoder_->add_thread(process, std::string(rest));
  }
  return track.lane;
}

uint32_t PerfettoSink::counter_lane_of(Track& track, base::NameId name) {
  for (const CounterLane& counter : track.counters) {
    if (counter.name == name) return counter.lane;
  }
  std::string_view rest;
  const uint32_t process = process_of(track.path, rest);
  const std::string& label = bus_.text(name);
  const uint32_t lane =
      encoder_->add_counter(process, std::string(rest) + (label.empty() ? "" : " " + label));
  track.counters.push_back({name, lane});
  return lane;
}

void PerfettoSink::note(base::Time time, const std::string& text) {
  if (!notes_lane_) {
    std::string_view rest;
    const uint32_t process = process_of("trace.notes", rest);
    notes_lane_ = encoder_->add_thread(process, std::string(rest));
  }
  encoder_->add_note(notes_lane_, time, text);
}

void PerfettoSink::follow_outside_window(const base::Event& event) {
  Track& track = tracks_[event.track];
  if (event.kind == base::EventKind::begin) {
    track.open.push_back({event.name, event.time, event.flow});
  } else if (event.kind == base::EventKind::end && !track.open.empty()) {
    track.open.pop_back();
  }
}

void PerfettoSink::open_window() {
  window_open_ = true;
  if (options_.from == 0) return;
  note(options_.from, "the trace starts at " + nanoseconds(options_.from) +
                          "; what came before was left out as asked");
  for (Track& track : tracks_) {
    for (const OpenSpan& span : track.open) {
      TraceItem item{base::EventKind::begin, lane_of(track), options_.from};
      item.name = span.name;
      item.flow = span.flow;
      item.linked = span.flow && span.flow != track.last_flow;
      item.began = span.time;
      if (span.flow) track.last_flow = span.flow;
      encoder_->add(item);
      ++events_written_;
    }
  }
}

void PerfettoSink::cut(base::Time time, const std::string& reason) {
  cut_ = true;
  for (Track& track : tracks_) {
    for (; !track.open.empty(); track.open.pop_back()) {
      encoder_->add(TraceItem{base::EventKind::end, lane_of(track), time});
    }
  }
  note(time, "the trace is cut at " + nanoseconds(time) + ": " + reason);
}

void PerfettoSink::on_event(const base::Event& event) {
  if (cut_ || finished_) return;
  if (event.track >= tracks_.size()) return;  // Never declared: the bus does not do that.
  if (event.time < options_.from) {
    follow_outside_window(event);
    return;
  }
  if (!window_open_) open_window();
  if (event.time >= options_.to) {
    cut(options_.to, "the end of the window that was asked for");
    return;
  }
  if (options_.event_limit && events_written_ >= options_.event_limit) {
    cut(event.time, "the limit of " + std::to_string(options_.event_limit) + " events");
    return;
  }
  Track& track = tracks_[event.track];
  TraceItem item{event.kind, 0, event.time};
  item.name = event.name;
  item.args = event.args.data();
  item.arg_count = event.arg_count;
  switch (event.kind) {
    case base::EventKind::end:
      if (track.open.empty()) return;  // Would close nothing, and upset readers.
      track.open.pop_back();
      item.lane = lane_of(track);
      break;
    case base::EventKind::begin:
      track.open.push_back({event.name, event.time, event.flow});
      [[fallthrough]];
    case base::EventKind::instant:
      item.lane = lane_of(track);
      item.flow = event.flow;
      item.linked = event.flow && event.flow != track.last_flow;
      if (event.flow) track.last_flow = event.flow;
      break;
    case base::EventKind::counter:
      item.lane = counter_lane_of(track, event.name);
      break;
  }
  encoder_->add(item);
  ++events_written_;
}

void PerfettoSink::finish() {
  if (finished_) return;
  finished_ = true;
  encoder_->finish();
}

uint64_t PerfettoSink::bytes_written() const {
  return encoder_->bytes();
}

}  // namespace cubist::observe

// SPDX-License-Identifier: Apache-2.0
#include "systemc/observe/event_to_wave.h"

#include <cstdio>
#include <utility>

#include "systemc/observe/fst_writer.h"
#include "systemc/observe/output_file.h"

namespace cubist::observe {
namespace {

std::pair<std::string_view, std::string_view> split(std::string_view path) {
  const size_t dot = path.rfind('.');
  if (dot == path.npos) return {"", path};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

bool is_address(const std::string& key) {
  return key == "pc" || ends_with(key, "address") || ends_with(key, "addr");
}

std::string binary(uint64_t value) {
  std::string text(64, '0');
  for (unsigned bit = 0; bit < 64; ++bit) {
    if (value >> bit & 1) text[63 - bit] = '1';
  }
  return text;
}

}  // namespace

EventToWave::EventToWave(const base::EventBus& bus, base::WaveSink& wave, EventWaveOptions options)
    : bus_(bus), wave_(wave), options_(std::move(options)) {
  if (options_.instant_length == 0) options_.instant_length = 1;
}

EventToWave::~EventToWave() = default;

void EventToWave::flush_with_events(FstWaveWriter& writer, base::Time lag) {
  writer_ = &writer;
  lag_ = lag;
}

void EventToWave::on_track(base::TrackId track, std::string_view path) {
  if (track >= tracks_.size()) tracks_.resize(track + 1);
  tracks_[track].path = path;
  tracks_[track].accepted = !options_.accepts || options_.accepts(path);
}

std::string EventToWave::text_of(const base::Event& event) const {
  std::string text = bus_.text(event.name);
  for (unsigned i = 0; i < event.arg_count; ++i) {
    const std::string& key = bus_.text(event.args[i].key);
    char number[24];
    std::snprintf(number, sizeof number, is_address(key) ? "0x%llx" : "%llu",
                  static_cast<unsigned long long>(event.args[i].value));
    text += " " + key + "=" + number;
  }
  if (event.flow) text += " #" + std::to_string(event.flow);
  return text;
}

void EventToWave::show_spans(Track& track, base::Time time, bool begins) {
  if (time != track.shown_time) track.before = track.shown;
  track.shown_time = time;
  // The blank makes the boundary between two equal texts a change that viewers draw.
  if (begins && track.open.back() == track.before) track.open.back() += ' ';
  track.shown = track.open.empty() ? std::string() : track.open.back();
  if (track.spans == kNone) {
    const auto [scope, name] = split(track.path);
    track.spans = wave_.declare(scope, name, 0, base::WaveKind::text);
  }
  wave_.change(track.spans, time, track.shown);
}

void EventToWave::show_instant(Track& track, const base::Event& event) {
  const std::string text = text_of(event);
  track.instant_text = event.time == track.instant_time ? track.instant_text + ", " + text : text;
  track.instant_time = event.time;
  if (track.instants == kNone) {
    const auto [scope, name] = split(track.path);
    track.instants = wave_.declare(scope, std::string(name) + "_event", 0, base::WaveKind::text);
  }
  wave_.change(track.instants, event.time, track.instant_text);
  wave_.change(track.instants, event.time + options_.instant_length, "");
}

void EventToWave::show_counter(Track& track, Counter& counter, base::Time time) {
  if (counter.lane == kNone) {
    const std::string& label = bus_.text(counter.name);
    const auto [scope, name] = split(track.path);
    counter.lane = label.empty() ? wave_.declare(scope, name, 64, base::WaveKind::bits)
                                 : wave_.declare(track.path, label, 64, base::WaveKind::bits);
  }
  wave_.change(counter.lane, time, binary(counter.value));
}

void EventToWave::open_window() {
  window_open_ = true;
  if (options_.from == 0) return;
  for (Track& track : tracks_) {
    if (!track.open.empty()) show_spans(track, options_.from, true);
    for (Counter& counter : track.counters) show_counter(track, counter, options_.from);
  }
}

void EventToWave::on_event(const base::Event& event) {
  if (event.time >= options_.to) return;
  if (event.track >= tracks_.size()) return;
  const bool visible = event.time >= options_.from;
  if (visible && !window_open_) open_window();
  if (writer_ && event.time > lag_) writer_->flush(event.time - lag_);
  Track& track = tracks_[event.track];
  if (!track.accepted) return;
  switch (event.kind) {
    case base::EventKind::begin:
      track.open.push_back(text_of(event));
      if (visible) show_spans(track, event.time, true);
      break;
    case base::EventKind::end:
      if (track.open.empty()) {
        ++unmatched_ends_;
        return;
      }
      track.open.pop_back();
      if (visible) show_spans(track, event.time, false);
      break;
    case base::EventKind::instant:
      if (visible) show_instant(track, event);
      break;
    case base::EventKind::counter: {
      Counter* counter = nullptr;
      for (Counter& candidate : track.counters) {
        if (candidate.name == event.name) counter = &candidate;
      }
      if (!counter) {
        track.counters.push_back({event.name, kNone, 0});
        counter = &track.counters.back();
      }
      counter->value = event.arg_count ? event.args[0].value : 0;
      if (visible) show_counter(track, *counter, event.time);
      break;
    }
  }
}

}  // namespace cubist::observe

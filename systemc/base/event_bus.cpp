// SPDX-License-Identifier: Apache-2.0
#include "systemc/base/event_bus.h"

#include <algorithm>

namespace cubist::base {
namespace {

uint32_t intern(std::string_view text, std::vector<std::string>& list,
                std::map<std::string, uint32_t, std::less<>>& ids, bool& is_new) {
  const auto found = ids.find(text);
  is_new = found == ids.end();
  if (!is_new) return found->second;
  const auto id = static_cast<uint32_t>(list.size());
  list.emplace_back(text);
  ids.emplace(std::string(text), id);
  return id;
}

}  // namespace

TrackId EventBus::track(std::string_view path) {
  bool is_new = false;
  const TrackId id = intern(path, tracks_, track_ids_, is_new);
  if (is_new) {
    for (EventSink* sink : sinks_) sink->on_track(id, path);
  }
  return id;
}

NameId EventBus::name(std::string_view text) {
  bool is_new = false;
  return intern(text, names_, name_ids_, is_new);
}

void EventBus::attach(EventSink& sink) {
  sinks_.push_back(&sink);
  for (TrackId id = 0; id < tracks_.size(); ++id) sink.on_track(id, tracks_[id]);
}

void EventBus::detach(EventSink& sink) {
  sinks_.erase(std::remove(sinks_.begin(), sinks_.end(), &sink), sinks_.end());
}

}  // namespace cubist::base

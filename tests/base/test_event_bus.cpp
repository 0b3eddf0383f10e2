// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "systemc/base/event_bus.h"

using namespace cubist::base;

namespace {

struct Recorder : EventSink {
  std::vector<std::string> tracks;
  std::vector<Event> events;
  void on_event(const Event& event) override { events.push_back(event); }
  void on_track(TrackId, std::string_view path) override { tracks.emplace_back(path); }
};

}  // namespace

TEST_CASE("names and tracks are interned, and sinks hear of all tracks") {
  EventBus bus;
  const TrackId a = bus.track("chip.core0.aic.m");
  Recorder recorder;
  REQUIRE_FALSE(bus.active());
  bus.attach(recorder);
  REQUIRE(bus.active());
  const TrackId b = bus.track("chip.core0.aic.mte1");
  REQUIRE(bus.track("chip.core0.aic.m") == a);
  REQUIRE(a != b);
  REQUIRE(recorder.tracks == std::vector<std::string>{"chip.core0.aic.m", "chip.core0.aic.mte1"});
  REQUIRE(bus.name("mmad") == bus.name("mmad"));
  REQUIRE(bus.text(bus.name("mmad")) == "mmad");
}

TEST_CASE("events reach every sink until it is detached, arguments beyond six are dropped") {
  EventBus bus;
  Recorder first, second;
  bus.attach(first);
  bus.attach(second);
  Event event{EventKind::begin, bus.track("t"), bus.name("n"), 5, 1, 0, {}};
  for (uint64_t i = 0; i < 8; ++i) event.with(bus.name("k"), i);
  bus.emit(event);
  bus.detach(first);
  bus.emit(event);
  REQUIRE(first.events.size() == 1);
  REQUIRE(second.events.size() == 2);
  REQUIRE(second.events[0].arg_count == 6);
  REQUIRE(second.events[0].args[5].value == 5);
}

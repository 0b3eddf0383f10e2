// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "systemc/observe/pipe_statistics.h"
#include "tests/observe/support.h"

namespace {

using namespace cubist;
using observe::PipeStatistics;
using Stalls = std::map<std::string, base::Time>;

TEST_CASE("kinds replace numbers of instances, not names of pipes") {
  CHECK(PipeStatistics::kind_of("chip.core12.aic.mte2") == "chip.core*.aic.mte2");
  CHECK(PipeStatistics::kind_of("chip.core0.aiv1.v") == "chip.core*.aiv*.v");
  CHECK(PipeStatistics::kind_of("chip.l2.slice3") == "chip.l2.slice*");
  CHECK(PipeStatistics::kind_of("host") == "host");
  CHECK(PipeStatistics::kind_of("die0.7") == "die*.7");
}

TEST_CASE("stalls are recognised by name") {
  for (const char* name : {"wait_flag", "wait_queue", "wait_memory", "barrier"}) {
    CHECK(PipeStatistics::is_stall(name));
  }
  for (const char* name : {"copy", "await_x", "wait", "barriers"}) {
    CHECK_FALSE(PipeStatistics::is_stall(name));
  }
}

TEST_CASE("each moment belongs to the innermost span") {
  base::EventBus bus;
  PipeStatistics statistics(bus);
  bus.attach(statistics);
  test::Emitter emit(bus);
  emit.instant("clock", "start", 0);
  emit.begin("chip.core0.aic.m", "wait_flag", 100);
  emit.end("chip.core0.aic.m", 150);
  emit.begin("chip.core0.aic.m", "mmad", 200, 4);
  emit.begin("chip.core0.aic.m", "wait_memory", 230);
  emit.end("chip.core0.aic.m", 240);
  emit.end("chip.core0.aic.m", 300);
  emit.begin("chip.core0.aic.m", "barrier", 900, 5);
  emit.begin("chip.core1.aic.m", "mmad", 500, 4);
  statistics.settle(1000);

  const auto tracks = statistics.by_track();
  REQUIRE(tracks.size() == 2);
  const auto& m = tracks.at("chip.core0.aic.m");
  CHECK(m.busy == 90);
  CHECK(m.stalls == Stalls{{"wait_flag", 50}, {"wait_memory", 10}, {"barrier", 100}});
  CHECK(m.stalled() == 160);
  CHECK(m.observed == 1000);
  CHECK(m.idle() == 750);
  CHECK(m.spans == 1);
  CHECK(m.stall_spans == 3);
  CHECK(m.share(m.busy) == 0.09);

  const auto kinds = statistics.by_kind();
  REQUIRE(kinds.size() == 1);
  const auto& kind = kinds.at("chip.core*.aic.m");
  CHECK(kind.busy == 90 + 500);
  CHECK(kind.observed == 2000);
  CHECK(kind.tracks == 2);
  CHECK(kind.spans == 2);

  const auto flows = statistics.by_flow();
  REQUIRE(flows.size() == 2);
  CHECK(flows[0].flow == 4);
  CHECK(flows[0].kind == "chip.core*.aic.m");
  CHECK(flows[0].shares.busy == 590);
  // The wait inside the instruction inherits its command.
  CHECK(flows[0].shares.stalls == Stalls{{"wait_memory", 10}});
  CHECK(flows[0].shares.observed == 100 + 500);
  CHECK(flows[1].flow == 5);
  CHECK(flows[1].shares.stalls == Stalls{{"barrier", 100}});
}

TEST_CASE("settling twice counts an open span once") {
  base::EventBus bus;
  PipeStatistics statistics(bus);
  bus.attach(statistics);
  test::Emitter emit(bus);
  emit.begin("a", "work", 0);
  statistics.settle(10);
  statistics.settle(30);
  CHECK(statistics.by_track().at("a").busy == 30);
  emit.end("a", 40);
  emit.end("a", 50);  // closes nothing
  statistics.settle(100);
  CHECK(statistics.by_track().at("a").busy == 40);
  CHECK(statistics.by_track().at("a").idle() == 60);
}

TEST_CASE("no events give no shares") {
  base::EventBus bus;
  PipeStatistics statistics(bus);
  statistics.settle(100);
  CHECK(statistics.by_track().empty());
  CHECK(observe::TimeShares{}.share(5) == 0);
}

}  // namespace

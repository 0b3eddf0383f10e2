// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "systemc/observe/activity_timeline.h"
#include "systemc/observe/pipe_report.h"
#include "tests/observe/support.h"

namespace {

using namespace cubist;
using namespace cubist::observe;
constexpr base::Time kUs = base::kMicrosecond;

TEST_CASE("pipe statistics become bars and tables") {
  base::EventBus bus;
  PipeStatistics statistics(bus);
  bus.attach(statistics);
  test::Emitter emit(bus);
  emit.begin("host", "launch", 0, 9);
  emit.begin("chip.core0.m", "mmad", 0, 1);
  emit.end("chip.core0.m", 30 * kUs);
  emit.begin("chip.core1.m", "wait_flag", 30 * kUs, 2);
  emit.end("chip.core1.m", 40 * kUs);
  emit.begin("chip.core1.m", "mmad", 40 * kUs, 2);
  emit.end("chip.core1.m", 50 * kUs);
  emit.begin("chip.core0.v", "add", 50 * kUs, 2);
  emit.end("chip.core0.v", 55 * kUs);
  statistics.settle(100 * kUs);

  const StackedBars bars = pipe_bars(statistics, "chip.core");
  CHECK(bars.labels == std::vector<std::string>{"chip.core*.m", "chip.core*.v"});
  REQUIRE(bars.series.size() == 3);
  CHECK(bars.series[0].name == "busy");
  CHECK(bars.series[0].values == std::vector<double>{20, 5});
  CHECK(bars.series[1].name == "wait_flag");
  CHECK(bars.series[1].values == std::vector<double>{5, 0});
  CHECK(bars.series[2].values == std::vector<double>{75, 95});

  const Table table = pipe_table(statistics, "chip.core");
  REQUIRE(table.rows.size() == 2);
  REQUIRE(table.rows[0].size() == table.columns.size());
  CHECK(table.rows[0][1].number == 2);
  CHECK(table.rows[0][2].number == 2);
  CHECK(table.rows[0].back().number == 20);
  CHECK(pipe_table(statistics).rows.size() == 3);

  const Table commands = command_table(statistics, 30, "chip.core");
  REQUIRE(commands.rows.size() == 2);
  CHECK(commands.rows[0][0].number == 1);
  CHECK(commands.rows[0][1].number == 30);
  CHECK(commands.rows[0][2].number == 0);
  CHECK(commands.rows[1][1].number == 10);
  CHECK(commands.rows[1][2].number == 5);
  const Table longest = command_table(statistics, 1, "chip.core");
  REQUIRE(longest.rows.size() == 1);
  CHECK(longest.rows[0][0].number == 1);
  CHECK_THAT(longest.caption, Catch::Contains("1 longest of 2"));
}

TEST_CASE("a timeline spreads busy time over its steps") {
  base::EventBus bus;
  ActivityTimeline timeline(bus, {}, 10);
  bus.attach(timeline);
  test::Emitter emit(bus);
  const base::Time step = timeline.step();
  emit.begin("core0.m", "mmad", step / 2);
  emit.begin("core0.m", "wait_memory", 2 * step);
  emit.end("core0.m", 3 * step);
  emit.end("core0.m", 3 * step + step / 4);
  emit.begin("core1.m", "mmad", 0);
  emit.end("core1.m", step);
  timeline.settle(4 * step);
  const Lines lines = timeline.lines("x");
  REQUIRE(lines.series.size() == 1);
  CHECK(lines.series[0].name == "core*.m");
  CHECK(lines.series[0].values == std::vector<double>{75, 50, 0, 12.5});
  CHECK(lines.x == std::vector<double>{0.05, 0.15, 0.25, 0.35});
}

TEST_CASE("a long run joins steps and loses no time") {
  base::EventBus bus;
  ActivityTimeline timeline(
      bus, [](std::string_view path) { return path != "other"; }, 16);
  bus.attach(timeline);
  test::Emitter emit(bus);
  test::Random random(5);
  base::Time time = 0, busy = 0;
  for (unsigned i = 0; i < 5000; ++i) {
    time += random.below(3 * kUs);
    emit.begin("a", "work", time);
    emit.begin("other", "work", time);
    const base::Time length = random.below(2 * kUs);
    time += length;
    busy += length;
    emit.end("a", time);
  }
  timeline.settle(time);
  const Lines lines = timeline.lines("x");
  REQUIRE(lines.series.size() == 1);
  REQUIRE(lines.x.size() <= 16);
  REQUIRE(lines.x.size() > 8 / 2);
  double sum = 0;
  for (size_t i = 0; i < lines.x.size(); ++i) {
    const double length = std::min<double>(static_cast<double>(timeline.step()),
                                           static_cast<double>(time - i * timeline.step()));
    sum += lines.series[0].values[i] / 100 * length;
  }
  CHECK(sum == Approx(static_cast<double>(busy)));
}

}  // namespace

// SPDX-License-Identifier: Apache-2.0
// The unit that connects cores: who gets a flag, when, how many may wait, and who is stuck.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <memory>

#include "systemc/base/simulation.h"
#include "systemc/core/cross_core.h"
#include "tests/core/values.h"

using namespace cubist;
using namespace cubist::core;

namespace {

constexpr base::Time kLatency = 1000;

struct FakeCore : CrossCoreMember {
  LaunchPlace place;
  bool waiting = false;
  unsigned arrivals = 0;
  std::string deadlock;
  unsigned waits_for_id = 3;
  void cross_core_arrived(unsigned id) override {
    ++arrivals;
    if (id == waits_for_id) waiting = false;
  }
  bool waits_for_others() const override { return waiting; }
  void cross_core_deadlock(const std::string& others) override { deadlock = "x" + others; }
  std::string waits_for() const override {
    return std::string(place.cube_core ? "aic" : "aiv") + std::to_string(place.block);
  }
};

/// A launch of `blocks` blocks, each with an AIC and `aivs` AIVs; without `mix` AIVs alone.
struct Bench {
  base::Simulation simulation{base::ParameterTable()};
  CrossCoreUnit unit{simulation, kLatency};
  std::vector<std::unique_ptr<FakeCore>> cores;

  FakeCore& add(uint32_t launch, bool cube, uint32_t block, uint32_t blocks, uint32_t sub,
                uint32_t subs, bool resident) {
    cores.push_back(std::make_unique<FakeCore>());
    cores.back()->place = {launch, cube, block, blocks, sub, subs, resident};
    unit.join(*cores.back(), cores.back()->place);
    return *cores.back();
  }
  void mix(uint32_t blocks, uint32_t aivs, bool resident) {
    for (uint32_t b = 0; b < blocks; ++b) {
      add(1, true, b, blocks, 0, aivs, resident);
      for (uint32_t i = 0; i < aivs; ++i) add(1, false, b, blocks, i, aivs, resident);
    }
  }
  void settle() { simulation.agenda().run(simulation.now() + kLatency + 1); }
};

}  // namespace

TEST_CASE("cross-core flags arrive when their group is complete: random sets and waits") {
  Bench bench;
  constexpr unsigned kBlocks = 3, kAivs = 2;
  bench.mix(kBlocks, kAivs, true);
  Random random{23};
  // What each core has set so far, by mode and id; and what it has taken.
  std::map<const FakeCore*, std::array<std::array<unsigned, 16>, 3>> sets;
  std::map<const FakeCore*, std::array<unsigned, 16>> taken;
  // In all, a core has got: of each mode, as many as the laziest member of the group has set.
  const auto arrived = [&](const FakeCore& core, unsigned id) {
    const auto least = [&](unsigned mode, auto in_group) {
      unsigned count = ~0u;
      for (const auto& other : bench.cores) {
        if (in_group(other->place)) count = std::min(count, sets[other.get()][mode][id]);
      }
      return count;
    };
    const LaunchPlace& me = core.place;
    const auto kind = [&](const LaunchPlace& p) { return p.cube_core == me.cube_core; };
    const auto block = [&](const LaunchPlace& p) { return p.block == me.block; };
    unsigned sum = least(0, kind);
    if (!me.cube_core) sum += least(1, [&](const auto& p) { return !p.cube_core && block(p); });
    return sum + least(2, [&](const auto& p) { return p.cube_core != me.cube_core && block(p); });
  };
  unsigned refused = 0;
  for (int round = 0; round < 4000; ++round) {
    FakeCore& core = *bench.cores[random.below(bench.cores.size())];
    const auto id = static_cast<unsigned>(random.below(3));
    if (random.below(3) != 0) {
      const auto mode = static_cast<unsigned>(random.below(3));
      const auto outcome = bench.unit.set(core, mode, id).outcome;
      if (mode == 1 && core.place.cube_core) {
        REQUIRE(outcome == CrossCoreUnit::Outcome::illegal);
      } else if (outcome == CrossCoreUnit::Outcome::ok) {
        ++sets[&core][mode][id];
      } else {
        // Too many wait somewhere; this core would stop. Start afresh instead.
        REQUIRE(outcome == CrossCoreUnit::Outcome::overflow);
        ++refused;
        bench.settle();
        for (const auto& c : bench.cores) bench.unit.leave(*c, true);
        for (const auto& c : bench.cores) bench.unit.join(*c, c->place);
        sets.clear();
        taken.clear();
      }
    } else {
      bench.settle();
      const bool expected = taken[&core][id] < arrived(core, id);
      REQUIRE(bench.unit.take(core, id) == expected);
      taken[&core][id] += expected ? 1 : 0;
    }
  }
  CHECK(refused > 2);
}

TEST_CASE("a flag takes its time, and wakes the core") {
  Bench bench;
  bench.mix(1, 2, false);
  FakeCore &aic = *bench.cores[0], &aiv = *bench.cores[2];
  REQUIRE(bench.unit.set(aic, 2, 9).outcome == CrossCoreUnit::Outcome::ok);
  bench.simulation.agenda().run(kLatency);  // Entries of that very instant are left.
  CHECK_FALSE(bench.unit.take(aiv, 9));
  bench.simulation.agenda().run(kLatency + 1);
  CHECK(aiv.arrivals == 1);
  CHECK(bench.unit.take(aiv, 9));
  CHECK_FALSE(bench.unit.take(aiv, 9));
  CHECK(aic.arrivals == 0);
}

TEST_CASE("the 16th set that nobody waited for is refused, on its way or there") {
  Bench bench;
  bench.mix(1, 1, true);
  FakeCore &aic = *bench.cores[0], &aiv = *bench.cores[1];
  for (int i = 0; i < 15; ++i) {
    REQUIRE(bench.unit.set(aic, 2, 0).outcome == CrossCoreUnit::Outcome::ok);
    if (i == 7) bench.settle();
  }
  CHECK(bench.unit.set(aic, 2, 0).outcome == CrossCoreUnit::Outcome::overflow);
  CHECK(bench.unit.set(aic, 2, 1).outcome == CrossCoreUnit::Outcome::ok);
  REQUIRE(bench.unit.take(aiv, 0));
  CHECK(bench.unit.set(aic, 2, 0).outcome == CrossCoreUnit::Outcome::ok);
  // One member of a group may be 15 sets ahead of the others.
  FakeCore& other = bench.add(2, false, 0, 2, 0, 0, true);
  bench.add(2, false, 1, 2, 0, 0, true);
  for (int i = 0; i < 15; ++i) {
    REQUIRE(bench.unit.set(other, 0, 4).outcome == CrossCoreUnit::Outcome::ok);
  }
  CHECK(bench.unit.set(other, 0, 4).outcome == CrossCoreUnit::Outcome::overflow);
}

TEST_CASE("flags that a launch does not have are refused") {
  Bench bench;
  const auto outcome = [&](FakeCore& core, unsigned mode) {
    return bench.unit.set(core, mode, 0).outcome;
  };
  bench.mix(2, 2, false);
  CHECK(outcome(*bench.cores[0], 0) == CrossCoreUnit::Outcome::illegal);  // Not resident.
  CHECK(outcome(*bench.cores[0], 1) == CrossCoreUnit::Outcome::illegal);  // An AIC.
  FakeCore& plain = bench.add(2, false, 0, 1, 0, 0, true);
  CHECK(outcome(plain, 0) == CrossCoreUnit::Outcome::ok);
  CHECK(outcome(plain, 1) == CrossCoreUnit::Outcome::illegal);
  CHECK(outcome(plain, 2) == CrossCoreUnit::Outcome::illegal);
  FakeCore& alone = bench.add(0, false, 0, 1, 0, 0, false);
  CHECK(outcome(alone, 0) == CrossCoreUnit::Outcome::illegal);
}

TEST_CASE("a block is stuck when all its cores wait, nothing is under way and nobody is to come") {
  Bench bench;
  FakeCore& aic = bench.add(1, true, 0, 2, 0, 2, false);
  FakeCore& first = bench.add(1, false, 0, 2, 0, 2, false);
  aic.waiting = first.waiting = true;
  bench.unit.check(first);
  CHECK(aic.deadlock.empty());  // The second AIV has not started.
  FakeCore& second = bench.add(1, false, 0, 2, 1, 2, false);
  bench.unit.check(first);
  CHECK(aic.deadlock.empty());  // It runs.
  REQUIRE(bench.unit.set(second, 1, 3).outcome == CrossCoreUnit::Outcome::ok);
  REQUIRE(bench.unit.set(first, 1, 3).outcome == CrossCoreUnit::Outcome::ok);
  second.waiting = true;
  bench.unit.check(second);
  CHECK(aic.deadlock.empty());  // A flag is under way.
  bench.settle();
  CHECK(first.arrivals == 1);
  CHECK(aic.deadlock.empty());  // It woke both AIVs.
  first.waiting = true;
  bench.unit.check(first);
  CHECK(aic.deadlock.empty());
  bench.unit.leave(second, true);  // It ends without having set what the others wait for.
  CHECK(aic.deadlock == "xaiv0");
  CHECK(first.deadlock == "xaic0");
  CHECK(second.deadlock.empty());
}

TEST_CASE("a flag that nobody waits for does not hide a deadlock") {
  Bench bench;
  bench.mix(1, 1, true);
  FakeCore &aic = *bench.cores[0], &aiv = *bench.cores[1];
  REQUIRE(bench.unit.set(aiv, 2, 3).outcome == CrossCoreUnit::Outcome::ok);
  aic.waiting = aiv.waiting = true;
  aic.waits_for_id = 4;
  bench.unit.check(aic);
  CHECK(aic.deadlock.empty());
  bench.settle();
  CHECK(aic.arrivals == 1);
  CHECK(aic.deadlock == "xaiv0");
}

TEST_CASE("when a core fails the others are left to the scheduler") {
  Bench bench;
  bench.mix(1, 2, false);
  for (const auto& core : bench.cores) core->waiting = true;
  bench.unit.leave(*bench.cores[1], false);
  bench.unit.check(*bench.cores[0]);
  CHECK(bench.cores[0]->deadlock.empty());
}

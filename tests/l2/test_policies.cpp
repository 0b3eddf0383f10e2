// SPDX-License-Identifier: Apache-2.0
// One L2 slice in front of a channel that answers late: waiting, limits, ports, policies.
#include <catch2/catch.hpp>
#include <cmath>

#include "systemc/base/parameters.h"
#include "systemc/l2/l2_slice.h"
#include "systemc/memory/memory_map.h"
#include "tests/l2/late_target.h"
#include "tests/memory/tlm_probe.h"

using namespace cubist;
using base::Time;

namespace {

constexpr uint64_t kBase = 0x10'0000'0000;
constexpr uint64_t kBytes = 64 << 20;

/// One slice of 64 KiB (8 sets of 16 ways), with requests of any node.
struct Bench {
  explicit Bench(const std::vector<std::string>& sets = {})
      : simulation(table(sets)),
        config(l2::l2_config(simulation.parameters())),
        clock(config.hertz),
        map(kBase, kBytes),
        interleave(kBase, 1),
        slice("slice", simulation, config, interleave, 0, kBytes, map),
        channel("channel", simulation),
        probe("probe", simulation) {
    probe.socket.bind(slice.target);
    slice.memory_side.socket.bind(channel.socket);
  }
  static base::ParameterTable table(const std::vector<std::string>& sets) {
    base::ParameterTable t;
    l2::declare_parameters(t);
    for (const char* s : {"l2.bytes=64K", "l2.slices=1", "l2.bytes_per_cycle=128"}) {
      t.set_assignment(s);
    }
    for (const auto& s : sets) t.set_assignment(s);
    return t;
  }
  static uint64_t line(uint64_t n) { return kBase + n * 512; }
  Time cycles(double n) const {
    return static_cast<Time>(n * static_cast<double>(clock.period()) + 0.5);
  }
  /// Queues a request of `node`.
  test::TlmProbe::Sent& ask(bool write, uint64_t address, unsigned bytes = 512, unsigned node = 0,
                            bool bypass = false) {
    auto& s = probe.request(write, address, bytes, bypass);
    s.info.node = node;
    return s;
  }
  void run() {
    probe.run();
    for (const auto& s : probe.sent) REQUIRE(s.state == test::TlmProbe::Sent::State::over);
    simulation.agenda().run(simulation.now() + base::kMicrosecond);
  }
  const l2::L2Slice::Counts& counts() const { return slice.counts(); }

  base::Simulation simulation;
  l2::L2Config config;
  base::Clock clock;
  memory::MemoryMap map;
  memory::Interleave interleave;
  l2::L2Slice slice;
  test::LateTarget channel;
  test::TlmProbe probe;
};

}  // namespace

TEST_CASE("misses wait side by side for a channel that answers late, hits overtake them") {
  Bench b;
  b.ask(false, Bench::line(900));
  b.run();
  constexpr unsigned kMisses = 40;
  const Time start = b.simulation.now();
  for (unsigned i = 0; i < kMisses; ++i) b.ask(false, Bench::line(i), 128);
  auto& hit = b.ask(false, Bench::line(900), 128);
  auto& same = b.ask(false, Bench::line(3) + 256, 128);  // On its way.
  b.run();
  CHECK(b.channel.reads == 1 + kMisses);
  CHECK(b.channel.most == kMisses);
  const Time lookup = b.cycles(b.config.hit_cycles);
  for (unsigned i = 0; i < kMisses; ++i) {
    // The data port takes one cycle each; all wait for the channel at once.
    REQUIRE(b.probe.sent[1 + i].done == start + b.cycles(i) + lookup + b.channel.latency);
  }
  CHECK(hit.done == start + b.cycles(kMisses) + lookup + b.cycles(1));
  CHECK(same.done == b.probe.sent[1 + 3].done);
  CHECK(b.counts().refusals == 0);
}

TEST_CASE("no more misses are in flight than a slice can keep track of") {
  Bench b({"l2.misses_in_flight=4"});
  for (unsigned i = 0; i < 20; ++i) b.ask(false, Bench::line(i));
  b.run();
  CHECK(b.channel.most == 4);
  CHECK(b.channel.reads == 20);
  CHECK(b.counts().refusals >= 15);  // Each miss after the fourth waited outside.
  // Five rounds of four.
  CHECK(b.probe.sent.back().done >= 5 * b.channel.latency);
  CHECK(b.probe.sent.back().done < 5 * b.channel.latency + 8 * b.cycles(b.config.hit_cycles));
  CHECK(b.slice.describe_state().empty());
}

TEST_CASE("no more writes wait for the channel than a slice may have") {
  Bench b({"l2.writes_in_flight=3", "l2.write_policy=through"});
  for (unsigned i = 0; i < 12; ++i) b.ask(true, Bench::line(i));
  b.run();
  CHECK(b.channel.most == 3);
  CHECK(b.channel.writes == 12);
  CHECK(b.counts().refusals >= 9);
  CHECK(b.probe.sent.back().done >= 4 * b.channel.latency);  // Four rounds of three.
  CHECK(b.slice.describe_state().empty());
}

TEST_CASE("a miss leaves for the channel after the lookup and the miss path") {
  Bench b({"l2.miss_cycles=30"});
  const auto& miss = b.ask(false, Bench::line(1));
  b.run();
  CHECK(miss.done == b.cycles(b.config.hit_cycles + 30) + b.channel.latency);
}

TEST_CASE("a request for a line that another node is accessing costs the port more") {
  Bench b({"l2.same_line_cycles=20"});
  b.ask(false, Bench::line(1));
  b.ask(false, Bench::line(2));
  b.run();
  const Time start = b.simulation.now();
  const auto& first = b.ask(false, Bench::line(1), 128, 1);
  const auto& second = b.ask(false, Bench::line(1), 128, 2);
  const auto& third = b.ask(false, Bench::line(1) + 384, 128, 3);
  const auto& own = b.ask(false, Bench::line(1) + 128, 128, 3);  // The same node: no wait.
  const auto& other = b.ask(false, Bench::line(2), 128, 4);      // Another line.
  b.run();
  const Time hit = b.cycles(b.config.hit_cycles + 1);
  CHECK(first.done == start + hit);                      // Port in cycle 0.
  CHECK(second.done == start + b.cycles(1 + 20) + hit);  // 1 to 21.
  CHECK(third.done == start + b.cycles(22 + 20) + hit);  // 22 to 42.
  CHECK(own.done == start + b.cycles(43) + hit);
  CHECK(other.done == start + b.cycles(44) + hit);
  CHECK(b.counts().line_conflicts == 2);
  const auto& late = b.ask(false, Bench::line(1), 128, 5);  // Nobody is at it any more.
  const Time then = b.simulation.now();
  b.run();
  CHECK(late.done == then + hit);
}

TEST_CASE("a port for writes alone lets reads and writes pass at once") {
  Bench b({"l2.write_bytes_per_cycle=64"});
  b.ask(false, Bench::line(1));
  b.run();
  const Time start = b.simulation.now();
  for (unsigned i = 0; i < 100; ++i) {
    b.ask(false, Bench::line(1));
    b.ask(true, Bench::line(2));
  }
  b.run();
  Time reads = 0;
  Time writes = 0;
  for (const auto& s : b.probe.sent) (s.payload.is_write() ? writes : reads) = s.done - start;
  CHECK(reads == b.cycles(100 * 4 + b.config.hit_cycles));
  CHECK(writes == b.cycles(100 * 8 + b.config.hit_cycles));
  CHECK(b.counts().busy == b.cycles(101 * 4 + 100 * 8));
}

TEST_CASE("a shared port adds reads and writes up") {
  Bench b;
  b.ask(false, Bench::line(1));
  b.run();
  const Time start = b.simulation.now();
  for (unsigned i = 0; i < 100; ++i) {
    b.ask(false, Bench::line(1));
    b.ask(true, Bench::line(2));
  }
  b.run();
  CHECK(b.probe.sent.back().done - start == b.cycles(200 * 4 + b.config.hit_cycles));
}

TEST_CASE("write-through sends every write on and leaves nothing dirty") {
  Bench b({"l2.write_policy=through"});
  for (unsigned i = 0; i < 3; ++i) b.ask(true, Bench::line(1), 512);
  const auto& part = b.ask(true, Bench::line(2) + 8, 8);
  b.run();
  CHECK(b.channel.writes == 4);
  CHECK(b.channel.reads == 0);  // Nobody needs the rest of the sector.
  CHECK(part.done >= b.channel.latency);
  CHECK(b.counts().writeback_bytes == 3 * 512 + 8);
  b.ask(false, Bench::line(1));  // Allocated by the write.
  b.ask(false, Bench::line(2));  // Present, but without the sectors.
  b.run();
  CHECK(b.counts().hits == 3);
  CHECK(b.counts().sector_misses == 1);
  for (unsigned i = 0; i < 40; ++i) b.ask(false, Bench::line(1 + 8 * i));
  b.run();
  CHECK(b.counts().evictions > 0);
  CHECK(b.counts().writebacks == 4);
}

TEST_CASE("without write-allocate only lines that are there are written in place") {
  Bench b({"l2.write_allocate=false"});
  b.ask(false, Bench::line(1));
  b.run();
  b.ask(true, Bench::line(1));
  b.ask(true, Bench::line(2));
  b.run();
  CHECK(b.channel.writes == 1);
  CHECK(b.counts().hits == 1);
  CHECK(b.counts().bypasses == 1);
  b.ask(false, Bench::line(2));
  b.run();
  CHECK(b.counts().misses == 2);
}

namespace {

/// Share of hits of a cyclic scan over one and a half times what the slice holds.
double scan(l2::Replacement replacement) {
  constexpr uint64_t kSets = 8;
  constexpr unsigned kWays = 16;
  constexpr uint64_t kLines = kSets * kWays * 3 / 2;
  l2::TagStore tags(kSets, kWays, 10000, replacement);
  unsigned hits = 0;
  constexpr unsigned kRounds = 400;
  for (unsigned round = 0; round < kRounds; ++round) {
    for (uint64_t line = 0; line < kLines; ++line) {
      hits += tags.probe(line).present;
      const bool dirty = tags.would_evict_dirty(line);
      const auto victim = tags.touch(line, l2::kAllSectors, l2::SectorMask{1});
      if (victim.evicted) REQUIRE(dirty == (victim.dirty != 0));
    }
  }
  return hits / double(kRounds * kLines);
}

}  // namespace

TEST_CASE("replacement: a cyclic scan that does not fit hits never, or at random") {
  CHECK(scan(l2::Replacement::lru) == 0);
  CHECK(scan(l2::Replacement::fifo) == 0);
  // Between two uses of a line its set sees 23 or 24 accesses, of which the misses drive it out
  // with 1/16 each.
  const auto survives = [](double accesses) {
    double h = 0.5;
    for (int i = 0; i < 1000; ++i) h = std::pow(15.0 / 16, accesses * (1 - h));
    return h;
  };
  const double random = scan(l2::Replacement::random);
  CHECK(random > survives(24));
  CHECK(random < survives(23));
}

TEST_CASE("replacement: use keeps a line under lru, not under fifo") {
  for (const auto replacement : {l2::Replacement::lru, l2::Replacement::fifo}) {
    l2::TagStore tags(1, 2, 100, replacement);
    tags.touch(1, l2::kAllSectors, 0);
    tags.touch(2, l2::kAllSectors, 0);
    tags.touch(1, l2::kAllSectors, 0);
    const auto victim = tags.touch(3, l2::kAllSectors, 0);
    CHECK(victim.evicted);
    CHECK(victim.line == (replacement == l2::Replacement::lru ? 2 : 1));
  }
}

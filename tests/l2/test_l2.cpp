// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <list>
#include <map>
#include <random>

#include "systemc/base/error.h"
#include "systemc/base/parameters.h"
#include "systemc/hbm/hbm_controller.h"
#include "systemc/l2/l2_slice.h"
#include "systemc/memory/memory_map.h"
#include "tests/memory/tlm_probe.h"

using namespace cubist;
using base::Time;

namespace {

constexpr uint64_t kBase = 0x10'0000'0000;

/// One slice of 64 KiB (8 sets of 16 ways) and its channel.
struct Bench {
  explicit Bench(std::vector<std::string> sets = {})
      : simulation(table(sets)),
        hbm_config(hbm::hbm_config(simulation.parameters())),
        l2_config(l2::l2_config(simulation.parameters())),
        clock(l2_config.hertz),
        map(kBase, hbm_config.bytes),
        interleave(kBase, 1),
        slice("slice", simulation, l2_config, interleave, 0, hbm_config.bytes, map),
        channel("channel", simulation, hbm_config, interleave, 0, map),
        probe("probe", simulation) {
    probe.socket.bind(slice.target);
    slice.memory_side.socket.bind(channel.target);
  }
  static base::ParameterTable table(const std::vector<std::string>& sets) {
    base::ParameterTable t;
    hbm::declare_parameters(t);
    l2::declare_parameters(t);
    for (const char* s : {"hbm.model=approximate", "hbm.stacks=1", "hbm.channels_per_stack=1",
                          "hbm.bytes=64M", "hbm.trefi_ns=0", "l2.bytes=64K", "l2.slices=1"}) {
      t.set_assignment(s);
    }
    for (const auto& s : sets) t.set_assignment(s);
    return t;
  }
  static uint64_t line(uint64_t n) { return kBase + n * 512; }
  Time hit_time(unsigned bytes) const {
    return clock.span(l2_config.hit_cycles) +
           static_cast<Time>(
               static_cast<double>(clock.period()) / l2_config.bytes_per_cycle * bytes + 0.5);
  }
  test::TlmProbe::Sent& now(bool write, uint64_t address, unsigned bytes, bool bypass = false) {
    auto& s = probe.request(write, address, bytes, bypass);
    probe.run();
    simulation.agenda().run(simulation.now() + base::kMicrosecond);
    return s;
  }

  base::Simulation simulation;
  hbm::HbmConfig hbm_config;
  l2::L2Config l2_config;
  base::Clock clock;
  memory::MemoryMap map;
  memory::Interleave interleave;
  l2::L2Slice slice;
  hbm::HbmController channel;
  test::TlmProbe probe;
};

}  // namespace

TEST_CASE("hits and misses take their time") {
  Bench b;
  const auto& miss = b.now(false, Bench::line(5), 128);
  const Time hbm = b.hbm_config.controller + b.hbm_config.row_to_column +
                   b.hbm_config.read_latency + 16 * b.hbm_config.atom;
  CHECK(miss.done - miss.issued == b.clock.span(b.l2_config.hit_cycles) + hbm);
  const auto& hit = b.now(false, Bench::line(5) + 384, 128);  // The whole line came.
  CHECK(hit.done - hit.issued == b.hit_time(128));
  CHECK(b.slice.counts().misses == 1);
  CHECK(b.slice.counts().hits == 1);
  CHECK(b.slice.counts().fill_bytes == 512);
}

TEST_CASE("a second request to a line on its way waits for it and fetches nothing") {
  Bench b;
  auto& first = b.probe.read(Bench::line(7), 128);
  auto& second = b.probe.read(Bench::line(7) + 128, 128);
  b.probe.run();
  CHECK(second.done == first.done);
  CHECK(b.slice.counts().fill_bytes == 512);
}

TEST_CASE("the data port carries its bytes per cycle and no more") {
  Bench b;
  b.now(false, Bench::line(1), 512);
  const Time start = b.simulation.now();
  constexpr unsigned kRequests = 1000;
  for (unsigned i = 0; i < kRequests; ++i) b.probe.read(Bench::line(1), 512);
  b.probe.run();
  const double cycles =
      static_cast<double>(b.probe.sent.back().done - start) / static_cast<double>(b.clock.period());
  CHECK(cycles == Approx(kRequests * 512 / b.l2_config.bytes_per_cycle + b.l2_config.hit_cycles)
                      .epsilon(0.001));
}

TEST_CASE("full lines are written without a fetch, parts of sectors with one") {
  Bench b;
  const auto& full = b.now(true, Bench::line(3), 512);
  CHECK(full.done - full.issued == b.hit_time(512));
  CHECK(b.slice.counts().fill_bytes == 0);
  b.now(true, Bench::line(4) + 128, 128);
  CHECK(b.slice.counts().fill_bytes == 0);
  b.now(true, Bench::line(9) + 130, 8);
  CHECK(b.slice.counts().fill_bytes == 128);
  // What was not written of a line is fetched when it is read.
  b.now(false, Bench::line(4), 64);
  CHECK(b.slice.counts().fill_bytes == 128 + 384);
  CHECK(b.slice.counts().writeback_bytes == 0);
}

TEST_CASE("victims are written back once, clean ones not at all") {
  Bench b;
  const uint64_t sets = b.l2_config.sets();
  REQUIRE(sets == 8);
  for (unsigned i = 0; i < 16; ++i) b.now(true, Bench::line(i * sets), 512);
  CHECK(b.slice.counts().writeback_bytes == 0);
  b.now(false, Bench::line(16 * sets), 512);  // Evicts line 0, the oldest.
  CHECK(b.slice.counts().writeback_bytes == 512);
  b.now(false, Bench::line(1 * sets), 512);  // Still there.
  CHECK(b.slice.counts().hits == 1);
  b.now(false, Bench::line(0), 512);  // Gone; evicts line 2, since 1 was just used.
  CHECK(b.slice.counts().misses == 18);
  CHECK(b.slice.counts().writeback_bytes == 1024);
}

TEST_CASE("bypassing requests bring nothing in") {
  Bench b;
  b.now(false, Bench::line(1), 512, true);
  b.now(true, Bench::line(2), 512, true);
  CHECK(b.slice.counts().bypasses == 2);
  b.now(false, Bench::line(1), 512);
  CHECK(b.slice.counts().misses == 1);
  b.now(true, Bench::line(1), 512, true);  // There now: used.
  CHECK(b.slice.counts().hits == 1);
  CHECK(b.slice.counts().writeback_bytes == 512);
}

TEST_CASE("a slice that can track no more misses refuses, hits pass afterwards") {
  Bench b({"hbm.queue_depth=2", "l2.misses_in_flight=4"});
  b.now(false, Bench::line(1000), 512);
  const size_t first = b.probe.sent.size();
  for (unsigned i = 0; i < 30; ++i) b.probe.read(Bench::line(2 * i), 512);
  b.probe.run();
  unsigned refused = 0;
  for (size_t i = first; i < b.probe.sent.size(); ++i) {
    const auto& s = b.probe.sent[i];
    CHECK(s.state == test::TlmProbe::Sent::State::over);
    refused += s.refused;
  }
  CHECK(refused >= 10);
  CHECK(b.slice.counts().refusals == refused);
  CHECK(b.slice.describe_state().empty());
  const auto& hit = b.now(false, Bench::line(1000), 512);
  CHECK(!hit.refused);
}

TEST_CASE("misses beyond the limit wait for the end of one, also when ends are known ahead") {
  Bench b({"l2.misses_in_flight=1"});
  for (unsigned i = 0; i < 10; ++i) b.probe.read(Bench::line(3 * i), 512);
  b.probe.run();
  Time before = 0;
  for (const auto& s : b.probe.sent) {
    REQUIRE(s.state == test::TlmProbe::Sent::State::over);
    // Looked up when the one before was there, then the channel.
    if (before != 0) CHECK(s.done >= before + b.clock.span(b.l2_config.hit_cycles));
    before = s.done;
  }
  CHECK(b.slice.counts().miss_limits >= 9);
  CHECK(b.slice.describe_state().empty());
}

TEST_CASE("mixed traffic under back-pressure ends, and moves what it must") {
  Bench b({"hbm.queue_depth=1", "hbm.write_batch=1"});
  std::mt19937 random(4);
  for (unsigned i = 0; i < 5000; ++i) {
    const unsigned bytes = 32u << random() % 5;
    const uint64_t address = Bench::line(random() % 1000) + random() % (512 / bytes) * bytes;
    b.probe.request(random() % 2 == 0, address, bytes, random() % 8 == 0);
  }
  b.probe.run();
  for (const auto& s : b.probe.sent) {
    REQUIRE(s.state == test::TlmProbe::Sent::State::over);
    REQUIRE(s.done > s.issued);
  }
  const auto& c = b.slice.counts();
  const auto& h0 = b.channel.counts(0);
  const auto& h1 = b.channel.counts(1);
  CHECK(c.hits + c.misses + c.bypasses == 5000);
  CHECK(h0.write_bytes + h1.write_bytes == c.writeback_bytes);
  CHECK(h0.read_bytes + h1.read_bytes == c.fill_bytes);
}

TEST_CASE("tags behave like a list per set") {
  constexpr uint64_t kSets = 4;
  constexpr unsigned kWays = 4;
  l2::TagStore tags(kSets, kWays, 1000);
  std::map<uint64_t, std::list<std::pair<uint64_t, l2::SectorMask>>> reference;
  std::mt19937 random(5);
  for (int i = 0; i < 20000; ++i) {
    const uint64_t line = random() % 40;
    const auto dirty = static_cast<l2::SectorMask>(random() % 3 == 0 ? random() % 16 : 0);
    auto& set = reference[line % kSets];
    auto found = std::find_if(set.begin(), set.end(), [&](auto& e) { return e.first == line; });
    CHECK(tags.probe(line).present == (found != set.end()));
    const auto victim = tags.touch(line, l2::kAllSectors, dirty);
    l2::SectorMask mask = dirty;
    l2::SectorMask lost = 0;
    uint64_t lost_line = 0;
    if (found != set.end()) {
      mask |= found->second;
      set.erase(found);
    } else if (set.size() == kWays) {
      lost = set.back().second;
      lost_line = set.back().first;
      set.pop_back();
    }
    set.emplace_front(line, mask);
    REQUIRE(victim.dirty == lost);
    if (lost != 0) REQUIRE(victim.line == lost_line);
    REQUIRE(tags.probe(line).dirty == mask);
  }
  CHECK_THROWS_AS(l2::TagStore(1, 1, uint64_t{1} << 24), base::UserError);
}

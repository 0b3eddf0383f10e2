// SPDX-License-Identifier: Apache-2.0
// The controller with hbm.model=full: times, protocol, and how near the approximate model comes.
#include <array>
#include <random>
#include <set>

#include "tests/hbm/controller_bench.h"

using namespace cubist;
using base::Time;
using Bench = test::ControllerBench;

namespace {

std::vector<std::string> full(std::vector<std::string> more = {"hbm.refresh=none"}) {
  more.emplace_back("hbm.model=full");
  return more;
}

Time half_clock(const Bench& b) {
  return static_cast<Time>(b.config.timing.clock_ns() / 2 * base::kNanosecond + 0.5);
}

unsigned random_line(unsigned i) {
  std::mt19937 random(i);
  return random() % 2000000;
}

}  // namespace

TEST_CASE("full: unloaded latencies of a line are closed forms") {
  Bench b(full());
  const hbm::DramTiming& t = b.config.timing;
  const Time clock = 2 * half_clock(b);
  // Sixteen atoms rotate over two bank groups, two clocks apart; both rows must be open.
  const Time data = (t.rl + 16 * hbm::DramTiming::kBurst) * clock;
  const auto latency = [&](uint64_t line) {
    auto& s = b.probe.read(Bench::line(line));
    b.probe.start(b.simulation.now() + b.ns(2000));
    b.simulation.agenda().run(b.simulation.now() + b.ns(6000));
    REQUIRE(s.state == test::TlmProbe::Sent::State::over);
    return s.done - s.issued;
  };
  // Requests wait for a clock edge.
  const auto near = [&](Time found, Time expected) {
    INFO(found << " expected " << expected);
    CHECK(found >= expected);
    CHECK(found < expected + clock);
  };
  near(latency(0), b.config.controller + data + (1 + t.rrd_s + t.rcd_rd - t.ccd_s) * clock);
  near(latency(2), b.config.controller + data);
  CHECK(b.controller.counts(0).row_hits == 1);
  CHECK(b.controller.counts(0).row_misses == 1);
}

TEST_CASE("full: a stream of lines reads at the data buses' rate less the refreshes") {
  Bench b(full({}));
  CHECK(100 * b.stream_share(20000) == Approx(90).margin(1.5));
}

namespace {

/// Refreshes of two channels in a stream of reads, after 3/4 and 5/4 of the interval.
std::array<uint64_t, 4> refreshes(const char* start) {
  base::Simulation simulation(Bench::table(full({"hbm.channels_per_stack=2", start})));
  const hbm::HbmConfig config = hbm::hbm_config(simulation.parameters());
  memory::MemoryMap map(Bench::kBase, config.bytes);
  memory::Interleave interleave(Bench::kBase, 2);
  hbm::HbmController first("first", simulation, config, interleave, 0, map),
      second("second", simulation, config, interleave, 1, map);
  test::TlmProbe to_first("to_first", simulation), to_second("to_second", simulation);
  to_first.socket.bind(first.target);
  to_second.socket.bind(second.target);
  for (uint64_t n = 0; n < 1000; ++n) {
    to_first.read(interleave.address({0, n}));
    to_second.read(interleave.address({1, n}));
  }
  to_first.start(0);
  to_second.start(0);
  simulation.agenda().run(config.refresh_interval * 3 / 4);
  const uint64_t early_first = first.counts(0).refreshes, early_second = second.counts(0).refreshes;
  simulation.agenda().run(config.refresh_interval * 5 / 4);
  return {early_first, early_second, first.counts(0).refreshes, second.counts(0).refreshes};
}

}  // namespace

TEST_CASE("full: channels refresh one after the other") {
  CHECK(refreshes("hbm.refresh_start=spread") == std::array<uint64_t, 4>{1, 0, 1, 1});
}

TEST_CASE("full: channels refresh together") {
  CHECK(refreshes("hbm.refresh_start=together") == std::array<uint64_t, 4>{0, 0, 1, 1});
}

TEST_CASE("full: reads are taken at once and answered later, out of order, each once") {
  Bench b(full({"hbm.queue_depth=8"}));
  std::mt19937 random(9);
  for (unsigned i = 0; i < 3000; ++i) {
    b.probe.request(random() % 3 == 0, Bench::line(random() % 4096), 128u << random() % 3);
  }
  b.probe.run();
  unsigned reordered = 0;
  Time last = 0;
  for (const auto& s : b.probe.sent) {
    REQUIRE(s.state == test::TlmProbe::Sent::State::over);
    CHECK(s.done >= s.issued);
    if (s.payload.is_read()) {
      reordered += s.done < last;
      last = std::max(last, s.done);
    }
  }
  CHECK(reordered > 100);
  CHECK(b.controller.refusals() > 0);
  CHECK(b.controller.describe_state().empty());
}

TEST_CASE("full: nobody who waits is forgotten when requests come ahead of time") {
  Bench b(full({"hbm.queue_depth=4"}));
  for (unsigned i = 0; i < 200; ++i) b.probe.read(Bench::line(i * 64));
  for (unsigned i = 0; i < 20; ++i) {
    b.probe.start(b.ns(500.0 * i));
    b.simulation.agenda().run(b.ns(500.0 * i + 1));
  }
  b.simulation.agenda().run();
  for (const auto& s : b.probe.sent) CHECK(s.state == test::TlmProbe::Sent::State::over);
}

TEST_CASE("full: b_transport is answered at once, near what a taken read would need") {
  Bench b(full());
  b.simulation.agenda().run(1);
  tlm::tlm_generic_payload p;
  uint8_t data[8] = {};
  p.set_read();
  p.set_address(Bench::kBase + 64);
  p.set_data_ptr(data);
  p.set_data_length(8);
  p.set_streaming_width(8);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  b.probe.socket->b_transport(p, delay);
  CHECK(p.is_response_ok());
  const hbm::DramTiming& t = b.config.timing;
  const double closed = (t.rl + 2 + t.rcd_rd) * t.clock_ns() + 30;
  CHECK(delay.to_seconds() * 1e9 == Approx(closed).margin(2));
}

namespace {

/// Both models in one simulation, on the same requests.
struct Pair {
  Pair()
      : simulation(Bench::table({})),
        approximate_config(hbm::hbm_config(simulation.parameters())),
        full_config(hbm::hbm_config(Bench::table({"hbm.model=full"}))),
        map(Bench::kBase, full_config.bytes),
        interleave(Bench::kBase, 1),
        approximate("approximate", simulation, approximate_config, interleave, 0, map),
        full("full", simulation, full_config, interleave, 0, map),
        probes{{{"probe0", simulation, 0}, {"probe1", simulation, 1}}} {
    probes[0].socket.bind(approximate.target);
    probes[1].socket.bind(full.target);
  }
  /// The same lines to both, as fast as they are taken.
  template <typename Line>
  void send(unsigned count, unsigned write_every, Line line) {
    for (unsigned i = 0; i < count; ++i) {
      const uint64_t address = Bench::line(line(i));
      const bool write = write_every != 0 && i % write_every == write_every - 1;
      for (auto& probe : probes) probe.request(write, address, 512);
    }
    for (auto& probe : probes) probe.start(simulation.now());
    simulation.agenda().run();
  }
  double share(unsigned which) const {
    Time last = 0;
    for (const auto& s : probes[which].sent) last = std::max(last, s.done);
    return static_cast<double>(probes[which].sent.size()) * 512 /
           (static_cast<double>(last) * 1e-15) / full_config.peak();
  }

  base::Simulation simulation;
  hbm::HbmConfig approximate_config, full_config;
  memory::MemoryMap map;
  memory::Interleave interleave;
  hbm::HbmController approximate, full;
  std::array<test::TlmProbe, 2> probes;
};

}  // namespace

TEST_CASE("approximate against full: a stream of reads") {
  Pair pair;
  pair.send(20000, 0, [](unsigned i) { return i; });
  INFO("approximate " << pair.share(0) << ", full " << pair.share(1));
  CHECK(pair.share(1) == Approx(0.90).margin(0.015));
  CHECK(pair.share(0) == Approx(pair.share(1)).epsilon(0.03));
}

TEST_CASE("approximate against full: one write in three") {
  Pair pair;
  pair.send(20000, 3, [](unsigned i) { return i; });
  INFO("approximate " << pair.share(0) << ", full " << pair.share(1));
  CHECK(pair.share(1) > 0.80);
  CHECK(pair.share(0) == Approx(pair.share(1)).epsilon(0.12));
}

TEST_CASE("approximate against full: random lines, what is in order loses to what reorders") {
  Pair pair;
  pair.send(20000, 0, random_line);
  INFO("approximate " << pair.share(0) << ", full " << pair.share(1));
  CHECK(pair.share(1) > 0.75);
  CHECK(pair.share(0) < pair.share(1));
  CHECK(pair.share(0) > 0.6 * pair.share(1));
}

TEST_CASE("approximate against full: latency of single reads") {
  Pair pair;
  for (unsigned i = 0; i < 500; ++i) {
    for (auto& probe : pair.probes) probe.read(Bench::line(random_line(i)));
    for (auto& probe : pair.probes) probe.start(pair.simulation.now());
    pair.simulation.agenda().run(pair.simulation.now() + 1237 * base::kNanosecond);
  }
  double mean[2] = {};
  for (unsigned which = 0; which < 2; ++which) {
    for (const auto& s : pair.probes[which].sent) {
      REQUIRE(s.state == test::TlmProbe::Sent::State::over);
      mean[which] += static_cast<double>(s.done - s.issued) * 1e-6 / 500;
    }
  }
  INFO("approximate " << mean[0] << " ns, full " << mean[1] << " ns");
  CHECK(mean[0] == Approx(mean[1]).epsilon(0.10));
}

TEST_CASE("the address map is a bijection, with and without hash, in both orders") {
  for (const std::string& order : {std::string("stream"), std::string("spread")}) {
    for (const std::string& hash : {std::string("true"), std::string("false")}) {
      const hbm::HbmConfig config =
          hbm::hbm_config(Bench::table({"hbm.line_order=" + order, "hbm.bank_hash=" + hash}));
      const hbm::AddressMap map(config);
      std::set<std::array<unsigned, 4>> seen;
      constexpr unsigned kLines = 1 << 14;
      for (unsigned i = 0; i < kLines; ++i) {
        const hbm::Coordinates c = map.decode(i);
        CHECK(c.bank < config.row_sets);
        CHECK(c.column % 16 == 0);
        CHECK(c.column < config.row_set_bytes / 32);
        seen.insert({c.pseudo_channel, c.bank, c.row, c.column});
      }
      CHECK(seen.size() == kLines);
    }
  }
}

TEST_CASE("hashing spreads a stride that is a power of two over the row sets") {
  for (const bool hash : {false, true}) {
    const hbm::HbmConfig config =
        hbm::hbm_config(Bench::table({hash ? "hbm.bank_hash=true" : "hbm.bank_hash=false"}));
    const hbm::AddressMap map(config);
    std::set<unsigned> sets;
    for (unsigned i = 0; i < 64; ++i) sets.insert(map.decode(uint64_t{i} * 4096).bank);
    CHECK(sets.size() == (hash ? config.row_sets : 1));
  }
}

TEST_CASE("ECC: one wrong bit is corrected and counted, two are reported, a write repairs") {
  Bench b(full());
  CHECK_FALSE(b.controller.flip_bit(Bench::kBase + (uint64_t{1} << 40), 0));
  REQUIRE(b.controller.flip_bit(Bench::kBase + 512 + 9, 3));
  auto& one = b.probe.read(Bench::line(1));
  b.probe.run();
  CHECK(one.payload.is_response_ok());
  CHECK(b.controller.corrected() == 1);

  REQUIRE(b.controller.flip_bit(Bench::kBase + 512 + 15, 0));  // The same word.
  auto& two = b.probe.read(Bench::line(1));
  auto& other = b.probe.read(Bench::line(2));
  b.probe.run();
  CHECK(two.payload.get_response_status() == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(other.payload.is_response_ok());
  CHECK(b.controller.uncorrectable() == 1);
  REQUIRE(b.simulation.reports().size() == 1);
  CHECK(b.simulation.reports()[0].text.find("ECC") != std::string::npos);
  CHECK_FALSE(b.simulation.reports()[0].is_defect);

  b.probe.write(Bench::line(1));
  auto& after = b.probe.read(Bench::line(1));
  b.probe.run();
  CHECK(after.payload.is_response_ok());
  CHECK(b.controller.uncorrectable() == 1);
}

// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "systemc/base/parameters.h"
#include "systemc/noc/noc.h"
#include "tests/memory/stalling_target.h"
#include "tests/memory/tlm_probe.h"

using namespace cubist;
using base::Time;
using test::StallingTarget;

namespace {

constexpr uint64_t kBase = 0x10'0000'0000;
constexpr uint64_t kHost = 0x8000'0000'0000;

/// Three nodes, two slices, a host bridge.
struct Bench {
  explicit Bench(const std::string& timing = "full", const std::vector<std::string>& sets = {})
      : simulation(table(timing, sets)),
        config(make_config()),
        map(kBase, 1 << 20),
        interleave(kBase, 2),
        noc("noc", simulation, config, interleave, map),
        slices{{"slice0", simulation, map}, {"slice1", simulation, map}},
        host("host", simulation, map),
        probes{{"probe0", simulation, 0}, {"probe1", simulation, 1}, {"probe2", simulation, 2}} {
    map.add_host_range(kHost, 4096);
    noc.targets[0].bind(slices[0].socket);
    noc.targets[1].bind(slices[1].socket);
    noc.targets[2].bind(host.socket);
    for (unsigned i = 0; i < 3; ++i) probes[i].socket.bind(noc.nodes[i]);
  }
  static base::ParameterTable table(const std::string& timing,
                                    const std::vector<std::string>& sets) {
    base::ParameterTable t;
    noc::declare_parameters(t);
    t.declare_choice("sim.timing", timing, {"none", "fast", "full"}, "");
    for (const std::string& s : sets) t.set_assignment(s);
    return t;
  }
  noc::NocConfig make_config() const {
    noc::NocConfig c = noc::noc_config(simulation.parameters());
    c.nodes = {{0, 1}, {3, 2}, {1, 1}};
    c.targets = {{0, 0}, {2, 0}, {4, 1}};
    return c;
  }
  uint64_t in_slice(unsigned slice) const { return interleave.address({slice, 3}); }
  Time bytes(unsigned n) const { return static_cast<Time>(n * config.byte_time + 0.5); }
  void run() {
    for (auto& p : probes) p.start(simulation.now());
    simulation.agenda().run();
  }

  base::Simulation simulation;
  noc::NocConfig config;
  memory::MemoryMap map;
  memory::Interleave interleave;
  noc::Noc noc;
  StallingTarget slices[2];
  StallingTarget host;
  test::TlmProbe probes[3];
};

}  // namespace

TEST_CASE("zero-load latency is header, hops, target, hops, data") {
  Bench b;
  auto& read = b.probes[1].read(b.in_slice(0), 512);  // From (3,2) to (0,0): 5 hops.
  b.run();
  const Time way = 2 * b.config.entry + 5 * b.config.hop_cycles * b.config.cycle;
  // The response's data follow the target's at the port's pace.
  CHECK(read.done == b.bytes(16) + way + b.slices[0].latency + way);
  CHECK(b.slices[0].order == std::vector<unsigned>{1});
  auto& host = b.probes[0].write(kHost + 64, 64);
  b.run();
  const Time host_way = 2 * b.config.entry + 4 * b.config.hop_cycles * b.config.cycle;
  CHECK(host.done - host.issued == b.bytes(16 + 64) + host_way + b.host.latency + host_way);
  CHECK(b.host.order.size() == 1);
}

TEST_CASE("a node's port carries no more than its width") {
  Bench b;
  constexpr unsigned kRequests = 2000;
  for (unsigned i = 0; i < kRequests; ++i) b.probes[0].read(b.in_slice(i % 2), 512);
  b.run();
  Time last = 0;
  for (const auto& s : b.probes[0].sent) last = std::max(last, s.done);
  // After the first request's latency.
  const auto latency = static_cast<double>(b.probes[0].sent[0].done);
  CHECK(static_cast<double>(last) ==
        Approx(kRequests * 512 * b.config.byte_time + latency).epsilon(0.005));
  CHECK(b.noc.read_bytes(0) == kRequests * 512);
}

namespace {

/// Two nodes read at once; how long the port's time of one node's reads fits in.
double time_of_two(unsigned second_slice) {
  Bench b;
  constexpr unsigned kRequests = 1000;
  for (unsigned i = 0; i < kRequests; ++i) {
    b.probes[0].read(b.in_slice(0), 512);
    b.probes[1].read(b.in_slice(second_slice), 512);
  }
  b.run();
  Time last = 0;
  for (const auto& p : b.probes) {
    for (const auto& s : p.sent) last = std::max(last, s.done);
  }
  return static_cast<double>(last) / (kRequests * 512 * b.config.byte_time);
}

}  // namespace

TEST_CASE("links between stops carry whole flits, and responses of two slices share them") {
  // Lines of 512 bytes are 16 flits. Responses go along the column first.
  Bench b("full", {"noc.link_bytes=32"});
  constexpr unsigned kRequests = 500;
  const Time flits = 16 * b.config.cycle;
  const auto all = [&](auto send) {
    const Time start = b.simulation.now();
    send();
    b.run();
    Time last = 0;
    for (const auto& p : b.probes) {
      for (const auto& s : p.sent) last = std::max(last, s.done);
    }
    b.simulation.agenda().run(last);
    return static_cast<double>(last - start) / static_cast<double>(kRequests * flits);
  };
  // Slice 0 at (0,0) to nodes 0 at (0,1) and 2 at (1,1): both over (0,0) -> (0,1).
  CHECK(all([&] {
          for (unsigned i = 0; i < kRequests; ++i) {
            b.probes[0].read(b.in_slice(0));
            b.probes[2].read(b.in_slice(0));
          }
        }) == Approx(2).epsilon(0.02));
  CHECK(b.noc.busiest_link().substr(0, 24) == "responses (0,0) -> (0,1)");
  // Slice 1 at (2,0) reaches node 2 over (2,1).
  CHECK(all([&] {
          for (unsigned i = 0; i < kRequests; ++i) {
            b.probes[0].read(b.in_slice(0));
            b.probes[2].read(b.in_slice(1));
          }
        }) == Approx(1).epsilon(0.03));
  // 33 bytes are two flits, and a read's request is one.
  const size_t first = b.probes[0].sent.size();
  for (unsigned i = 0; i < kRequests; ++i) b.probes[0].read(b.in_slice(0), 33);
  b.run();
  const Time took = b.probes[0].sent.back().done - b.probes[0].sent[first].done;
  CHECK(took == (kRequests - 1) * 2 * b.config.cycle);
}

TEST_CASE("a crossbar is one hop wide") {
  Bench b("full", {"noc.topology=crossbar", "noc.hop_cycles=3"});
  auto& read = b.probes[1].read(b.in_slice(0), 512);
  b.run();
  const Time way = 2 * b.config.entry + 3 * b.config.cycle;
  CHECK(read.done == b.bytes(16) + way + b.slices[0].latency + way);
  CHECK(b.noc.zero_load(1, 0, 16) == b.bytes(16) + way);
}

TEST_CASE("one slice asked by two nodes is the bottleneck") {
  CHECK(time_of_two(0) == Approx(2).epsilon(0.15));
}
TEST_CASE("two slices serve two nodes side by side") {
  CHECK(time_of_two(1) == Approx(1).epsilon(0.25));
}

namespace {

void check_stall(bool explicit_end) {
  Bench b;
  b.slices[0].explicit_end = explicit_end;
  b.slices[0].stalled_until = base::kMicrosecond;
  // Started in the wrong order: rank decides.
  auto& c = b.probes[2].read(b.in_slice(0), 512);
  auto& c_next = b.probes[2].read(b.in_slice(1), 512);
  auto& a = b.probes[0].read(b.in_slice(0), 512);
  auto& other = b.probes[1].read(b.in_slice(1), 512);
  b.probes[2].start(0);
  b.probes[0].start(0);
  b.probes[1].start(0);
  b.simulation.agenda().run(base::kMicrosecond / 2);
  CHECK(other.done != 0);
  CHECK(other.done < base::kMicrosecond / 2);
  CHECK(a.refused);
  CHECK(c.refused);
  CHECK(c_next.issued == 0);
  CHECK(c_next.state == test::TlmProbe::Sent::State::fresh);  // Its sender's socket is blocked.
  CHECK(b.noc.describe_state() == "noc: node 0 and 1 behind it wait for target 0\n");
  b.simulation.agenda().run();
  CHECK(b.slices[0].order == std::vector<unsigned>{0, 2});
  CHECK(a.taken == base::kMicrosecond);
  CHECK(a.done > base::kMicrosecond);
  CHECK(c.done > a.done - 1);
  CHECK(c_next.done > base::kMicrosecond);
  CHECK(b.noc.describe_state().empty());
}

}  // namespace

TEST_CASE("a stalling target holds its senders, they are let in by rank, others go on") {
  check_stall(true);
}
TEST_CASE("a target may answer a held request without END_REQ") {
  check_stall(false);
}

TEST_CASE("no RAM, no request: the error comes at once") {
  Bench b;
  auto& s = b.probes[0].read(kBase + (1 << 20) - 256, 512);
  auto& t = b.probes[0].write(0x1234, 4);
  b.run();
  CHECK(s.payload.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(t.payload.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(b.slices[0].order.size() + b.slices[1].order.size() == 0);
}

TEST_CASE("without timing everything is done at once, with data") {
  Bench b("none");
  auto& s = b.probes[0].read(kBase, 512);
  b.run();
  CHECK(s.done == s.issued);
  uint32_t value = 0x12345678;
  tlm::tlm_generic_payload p;
  p.set_write();
  p.set_address(kBase + 64);
  p.set_data_ptr(reinterpret_cast<uint8_t*>(&value));
  p.set_data_length(4);
  p.set_streaming_width(4);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  b.probes[0].socket->b_transport(p, delay);
  CHECK(p.is_response_ok());
  CHECK(delay == sc_core::SC_ZERO_TIME);
  uint32_t back = 0;
  p.set_read();
  p.set_data_ptr(reinterpret_cast<uint8_t*>(&back));
  CHECK(b.probes[1].socket->transport_dbg(p) == 4);
  CHECK(back == value);
}

TEST_CASE("fast timing keeps the port's width and one latency") {
  Bench b("fast");
  constexpr unsigned kRequests = 100;
  for (unsigned i = 0; i < kRequests; ++i) b.probes[0].read(b.in_slice(0), 512);
  b.run();
  CHECK(static_cast<double>(b.probes[0].sent.back().done) ==
        Approx(kRequests * 512 * b.config.byte_time + static_cast<double>(b.config.fast_latency))
            .epsilon(0.001));
  CHECK(b.slices[0].order.empty());
}

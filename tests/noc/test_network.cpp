// SPDX-License-Identifier: Apache-2.0
// Networks of routers: zero-load latency, routes, hand-computed contention, analytic throughput and
// waiting times, and the packet model against the flit model.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>

#include "systemc/noc/flit_network.h"
#include "systemc/noc/packet_network.h"
#include "systemc/noc/reservation_network.h"
#include "systemc/noc/study.h"

using namespace cubist::noc;

namespace {

struct Arrivals final : Receiver {
  void delivered(uint64_t tag, Cycle cycle) override { at[tag] = cycle; }
  std::map<uint64_t, Cycle> at;
};

std::unique_ptr<Network> make(Model model, const Topology& t, const NetworkConfig& c, Receiver& r) {
  if (model == Model::flit) return std::make_unique<FlitNetwork>(t, c, r);
  if (model == Model::packet) return std::make_unique<PacketNetwork>(t, c, r);
  return std::make_unique<ReservationNetwork>(t, r);
}

constexpr Model kAll[] = {Model::packet, Model::flit, Model::reservation};
constexpr Model kExact[] = {Model::packet, Model::flit};

}  // namespace

TEST_CASE("alone, a packet takes 2 + hops x hop cycles + flits - 1") {
  const Model model = kAll[GENERATE(0, 1, 2)];
  const unsigned hop = GENERATE(1u, 2u, 5u);
  const unsigned flits = GENERATE(1u, 4u, 20u);
  const unsigned columns = 4;
  const Topology mesh = Topology::mesh(columns, 3, Routing::yx, hop);
  Arrivals arrivals;
  const auto network = make(model, mesh, {2, 8, 1}, arrivals);
  Cycle now = 0;
  for (uint32_t from = 0; from < mesh.endpoints(); ++from) {
    for (uint32_t to = 0; to < mesh.endpoints(); ++to) {
      network->inject(from, to, flits, now, 7);
      network->run(now + 1000);
      const auto across = [&](uint32_t a, uint32_t b) {
        return static_cast<unsigned>(std::abs(int(a) - int(b)));
      };
      const unsigned hops =
          across(from % columns, to % columns) + across(from / columns, to / columns);
      REQUIRE(mesh.hops(from, to) == hops);
      REQUIRE(mesh.zero_load(from, to, flits) == 2 + hops * hop + flits - 1);
      // A queue shorter than the packet holds the stream up when a credit takes longer to come
      // back than the queue lasts; 8 flits are enough here.
      REQUIRE(arrivals.at[7] - now == 2 + hops * hop + flits - 1);
      now += 1000;
    }
  }
  const Topology crossbar = Topology::crossbar(5, hop);
  const auto switched = make(model, crossbar, {2, 8, 1}, arrivals);
  switched->inject(0, 3, flits, 10, 8);
  switched->run(1000);
  CHECK(arrivals.at[8] - 10 == 2 + 1 * hop + flits - 1);
}

namespace {

using Edges = std::map<uint32_t, std::set<uint32_t>>;

/// Which link a packet may hold while it waits for which other, over all pairs of nodes.
void add_dependencies(const Topology& t, Edges& edges) {
  for (uint32_t from = 0; from < t.endpoints(); ++from) {
    for (uint32_t to = 0; to < t.endpoints(); ++to) {
      uint32_t held = t.injection(from);
      while (t.links()[held].to != Link::kEndpoint) {
        const uint32_t wanted = t.next(t.links()[held].to, to);
        edges[held].insert(wanted);
        held = wanted;
      }
    }
  }
}

bool has_circle(Edges edges) {
  for (bool removed = true; removed;) {  // Takes away links that wait for nobody.
    removed = false;
    for (auto it = edges.begin(); it != edges.end();) {
      auto& waits_for = it->second;
      for (auto w = waits_for.begin(); w != waits_for.end();) {
        w = edges.count(*w) == 0 ? waits_for.erase(w) : std::next(w);
      }
      const bool free = waits_for.empty();
      it = free ? edges.erase(it) : std::next(it);
      removed |= free;
    }
  }
  return !edges.empty();
}

}  // namespace

TEST_CASE("links never wait for each other in a circle") {
  Edges xy, yx, both;
  add_dependencies(Topology::mesh(5, 4, Routing::xy, 1), xy);
  add_dependencies(Topology::mesh(5, 4, Routing::yx, 1), yx);
  CHECK(!has_circle(xy));
  CHECK(!has_circle(yx));
  // Were packets free to choose, they would.
  add_dependencies(Topology::mesh(5, 4, Routing::xy, 1), both);
  add_dependencies(Topology::mesh(5, 4, Routing::yx, 1), both);
  CHECK(has_circle(both));
}

TEST_CASE("two flows that share a link, by hand") {
  const Model model = kAll[GENERATE(0, 1, 2)];
  INFO("model " << static_cast<int>(model));
  const Topology t = Topology::mesh(3, 1, Routing::xy, 2);
  Arrivals arrivals;
  const auto network = make(model, t, {1, 8, 1}, arrivals);
  // Both to node 2. The packet of node 1 is at its router in cycle 1 and has the link from (1,0)
  // to (2,0) in 1 to 4; the one of node 0 is there in 3, gets the link in 5 to 8, is at the last
  // router in 7 and its last of four flits at the node in 7 + 1 + 3.
  network->inject(0, 2, 4, 0, 10);
  network->inject(1, 2, 4, 0, 11);
  network->run(100);
  if (model == Model::reservation) {
    // Sent first, booked first: 3 to 6; the gap before is too short for the other, which gets 7 to
    // 10.
    CHECK(arrivals.at[10] == 9);
    CHECK(arrivals.at[11] == 13);
    return;
  }
  CHECK(arrivals.at[11] == 7);
  CHECK(arrivals.at[10] == 11);
}

TEST_CASE("a full queue holds the packet behind it and what wants to go elsewhere") {
  const Model model = kExact[GENERATE(0, 1)];
  const Topology t = Topology::mesh(3, 2, Routing::xy, 1);  // Nodes 0 1 2 / 3 4 5.
  Arrivals arrivals;
  const auto network = make(model, t, {1, 4, 1}, arrivals);
  network->inject(2, 5, 40, 0, 1);  // Has the link from (2,0) to (2,1) in 1 to 40.
  network->inject(0, 5, 4, 2, 2);   // Waits for it at (2,0), where it fills the queue.
  network->inject(0, 2, 4, 2, 3);   // Wants only node 2, but is behind it.
  network->inject(4, 5, 4, 2, 4);   // Comes another way and waits for the ejection link.
  network->run(200);
  CHECK(arrivals.at[1] == 42);  // 2 + 1 + 39
  CHECK(arrivals.at[4] == 46);  // Ejected in 42 to 45.
  // The last flit of the long packet leaves the queue behind the link in 41, so the four places are
  // free in 42: link in 42 to 45, ejected in 46 to 49, after packet 4.
  CHECK(arrivals.at[2] == 50);
  // The four places in front of the link are free again in 46: there in 47, ejected in 47 to 50.
  CHECK(arrivals.at[3] == 51);
}

TEST_CASE("credits bound what one virtual channel carries") {
  const Model model = kExact[GENERATE(0, 1)];
  const unsigned buffer = GENERATE(1u, 2u, 3u, 5u, 8u);
  // A flit's place is usable again a hop and a credit after it left: 4 + 2 cycles.
  const Topology t = Topology::mesh(4, 1, Routing::xy, 4);
  Arrivals arrivals;
  const auto network = make(model, t, {1, buffer, 2}, arrivals);
  constexpr unsigned kPackets = 3000;
  for (unsigned i = 0; i < kPackets; ++i) network->inject(0, 3, 1, 0, i);
  network->run(100000);
  const double cycles = static_cast<double>(arrivals.at[kPackets - 1]);
  // The injection link is shorter: 1 + 2 cycles.
  const double rate = std::min({1.0, buffer / 6.0, buffer / 3.0});
  CHECK(kPackets / cycles == Approx(rate).epsilon(0.01));
}

TEST_CASE("links carry what the routes say, and saturation keeps to the bisection") {
  StudyConfig c;
  c.traffic.load = 0.2;
  c.cycles = 40000;
  const double k = 8;
  // k / 2 nodes of a row send over the middle link what goes to the other half of all nodes.
  const double share = k / 2 * (k * k / 2) / (k * k - 1);
  const StudyResult low = run_study(c);
  CHECK(low.accepted == Approx(0.2).epsilon(0.01));
  CHECK(low.busiest == Approx(0.2 * share).epsilon(0.04));
  CHECK(low.unfinished == 0);
  c.traffic.load = 1;
  c.cycles = 10000;
  c.network = {8, 32, 1};
  const StudyResult high = run_study(c);
  CHECK(high.accepted <= 1 / share * 1.01);
  CHECK(high.accepted >= 0.85 / share);
  CHECK(high.mean > 50 * high.zero_load);
}

TEST_CASE("waiting for one busy receiver is that of a discrete queue with constant service") {
  const Model model = kAll[GENERATE(0, 1, 2)];
  const double rho = GENERATE(0.3, 0.6, 0.8);
  StudyConfig c;
  c.model = model;
  c.crossbar = true;
  c.traffic.columns = 17;
  c.traffic.rows = 1;
  c.traffic.pattern = Pattern::hotspot;
  c.traffic.hotspot_share = 1;
  c.traffic.flits = 4;
  c.network = {4, 64, 1};
  c.cycles = 200000;
  const double senders = 16;
  c.traffic.load = rho / senders;
  const StudyResult r = run_study(c);
  // A packets arrive in a cycle, binomially, with 4 cycles of work each. Unfinished work follows
  // U' = max(U + 4 A - 1, 0), so E[U] = E[X (X - 1)] / (2 (1 - rho)) with X = 4 A; a packet also
  // waits for those of its own cycle that go before it.
  const double p = c.traffic.load / 4;
  const double mean = senders * p;
  const double pairs = senders * (senders - 1) * p * p;  // E[A (A - 1)]
  const double work = (16 * (pairs + mean) - 4 * mean) / (2 * (1 - rho));
  const double wait = work + 4 * pairs / (2 * mean);
  // The hot node itself sends to others, one in 17 packets, without waiting.
  const double expected = r.zero_load + wait * 16 / 17;
  CHECK(r.mean == Approx(expected).epsilon(0.03));
}

TEST_CASE("the packet model is the flit model") {
  unsigned compared = 0;
  for (const Pattern pattern :
       {Pattern::uniform, Pattern::transpose, Pattern::hotspot, Pattern::edges}) {
    for (const unsigned flits : {1u, 3u, 4u, 9u}) {
      for (const unsigned vcs : {1u, 2u, 4u}) {
        for (const unsigned buffer : {1u, 4u, 8u}) {
          for (const double load : {0.1, 0.3, 0.9}) {
            const unsigned hop = 1 + (flits + vcs + buffer) % 3;
            if (compared++ % 4 != static_cast<unsigned>(pattern)) continue;  // Each in one pattern.
            StudyConfig c;
            c.traffic.pattern = pattern;
            c.traffic.columns = c.traffic.rows = 5;
            c.traffic.flits = flits;
            c.traffic.load = load;
            c.traffic.seed = compared;
            c.network = {vcs, buffer, 1 + flits % 2};
            c.hop_cycles = hop;
            c.routing = compared % 8 < 4 ? Routing::xy : Routing::yx;
            c.warmup = 300;
            c.cycles = 1200;
            const StudyResult packet = run_study(c);
            c.model = Model::flit;
            const StudyResult flit = run_study(c);
            INFO("flits " << flits << " vcs " << vcs << " buffer " << buffer << " load " << load);
            REQUIRE(packet.packets == flit.packets);
            REQUIRE(packet.accepted == flit.accepted);
            REQUIRE(packet.unfinished == flit.unfinished);
            REQUIRE(packet.mean == flit.mean);
            REQUIRE(packet.p99 == flit.p99);
            REQUIRE(packet.maximum == flit.maximum);
            REQUIRE(packet.minimum == flit.minimum);
          }
        }
      }
    }
  }
}

TEST_CASE("reservation is close to the packet model below saturation") {
  StudyConfig c;
  c.cycles = 10000;
  c.network = {4, 16, 1};
  for (const Pattern pattern : {Pattern::uniform, Pattern::transpose, Pattern::edges}) {
    c.traffic.pattern = pattern;
    for (const double load : {0.05, 0.1, 0.15}) {
      c.traffic.load = load;
      c.model = Model::packet;
      const StudyResult packet = run_study(c);
      c.model = Model::reservation;
      const StudyResult reservation = run_study(c);
      INFO("pattern " << static_cast<int>(pattern) << " load " << load);
      CHECK(reservation.accepted == Approx(packet.accepted).epsilon(0.01));
      CHECK(reservation.mean == Approx(packet.mean).epsilon(0.1));
    }
  }
}

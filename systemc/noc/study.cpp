// SPDX-License-Identifier: Apache-2.0
#include "systemc/noc/study.h"

#include <algorithm>
#include <memory>

#include "systemc/noc/flit_network.h"
#include "systemc/noc/packet_network.h"
#include "systemc/noc/reservation_network.h"

namespace cubist::noc {
namespace {

// Packets are made, and the network is run, in steps of so many cycles.
constexpr Cycle kStep = 64;
constexpr Cycle kDrainFactor = 4;

/// Collects the latencies of the measured packets and counts what arrives in the window.
class Collector final : public Receiver {
 public:
  Collector(const StudyConfig& config)
      : first_(config.warmup), last_(config.warmup + config.cycles) {}

  void delivered(uint64_t created, Cycle cycle) override {
    if (cycle >= first_ && cycle < last_) ++arrived;
    if (!measured(created)) return;
    packets.push_back({created, cycle});
    latest = std::max(latest, cycle);
  }
  bool measured(Cycle created) const { return created >= first_ && created < last_; }

  uint64_t arrived = 0;
  struct Packet {
    Cycle created, arrived;
  };
  std::vector<Packet> packets;
  Cycle latest = 0;

 private:
  Cycle first_, last_;
};

std::unique_ptr<Network> make_network(const StudyConfig& config, const Topology& topology,
                                      Receiver& receiver) {
  switch (config.model) {
    case Model::flit:
      return std::make_unique<FlitNetwork>(topology, config.network, receiver);
    case Model::reservation:
      return std::make_unique<ReservationNetwork>(topology, receiver);
    case Model::packet:
      break;
  }
  return std::make_unique<PacketNetwork>(topology, config.network, receiver);
}

std::vector<uint64_t> link_counts(const Network& network, size_t links) {
  std::vector<uint64_t> counts;
  for (uint32_t i = 0; i < links; ++i) counts.push_back(network.link_flits(i));
  return counts;
}

Cycle percentile(std::vector<Cycle>& values, double share) {
  const auto n = static_cast<size_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n), values.end());
  return values[n];
}

void summarize(std::vector<Cycle>& latencies, StudyResult& r) {
  if (latencies.empty()) return;
  uint64_t sum = 0;
  for (const Cycle l : latencies) sum += l;
  r.mean = static_cast<double>(sum) / static_cast<double>(latencies.size());
  r.minimum = *std::min_element(latencies.begin(), latencies.end());
  r.maximum = *std::max_element(latencies.begin(), latencies.end());
  r.p50 = percentile(latencies, 0.50);
  r.p95 = percentile(latencies, 0.95);
  r.p99 = percentile(latencies, 0.99);
}

}  // namespace

Topology make_topology(const StudyConfig& config) {
  const TrafficConfig& t = config.traffic;
  return config.crossbar ? Topology::crossbar(t.columns * t.rows, config.hop_cycles)
                         : Topology::mesh(t.columns, t.rows, config.routing, config.hop_cycles);
}

Cycle longest_run(const StudyConfig& config) {
  return config.warmup + (1 + kDrainFactor) * config.cycles;
}

StudyResult run_study(const StudyConfig& config, const std::atomic<bool>* stop) {
  const Topology topology = make_topology(config);
  Collector collector(config);
  const std::unique_ptr<Network> network = make_network(config, topology, collector);
  Traffic traffic(config.traffic);
  const unsigned flits = config.traffic.flits;
  StudyResult r;
  std::vector<Shipment> shipments;
  uint64_t zero_load = 0;
  std::vector<uint64_t> alone;  // Zero-load latency by source and destination.
  for (uint32_t i = 0; i < topology.endpoints() * topology.endpoints(); ++i) {
    alone.push_back(topology.zero_load(i / topology.endpoints(), i % topology.endpoints(), flits));
  }
  Cycle now = 0;
  const auto run_to = [&](Cycle end) {
    while (now < end && !r.interrupted) {
      const Cycle step = std::min(kStep, end - now);
      traffic.next(step, shipments);
      for (const Shipment& s : shipments) {
        network->inject(s.source, s.destination, flits, s.cycle, s.cycle);
        if (!collector.measured(s.cycle)) continue;
        ++r.packets;
        zero_load += alone[s.source * topology.endpoints() + s.destination];
      }
      network->run(now += step);
      r.interrupted = stop != nullptr && *stop;
    }
  };

  run_to(config.warmup);
  const std::vector<uint64_t> before = link_counts(*network, topology.links().size());
  run_to(config.warmup + config.cycles);
  const std::vector<uint64_t> after = link_counts(*network, topology.links().size());
  while ((collector.packets.size() < r.packets || collector.latest >= now) &&
         now < longest_run(config) && !r.interrupted) {
    run_to(now + kStep);
  }
  std::vector<Cycle> latencies;
  for (const Collector::Packet& p : collector.packets) {
    if (p.arrived < now) latencies.push_back(p.arrived - p.created);
  }

  const double node_cycles = static_cast<double>(config.cycles) * traffic.senders();
  r.offered = static_cast<double>(r.packets) * flits / node_cycles;
  r.accepted = static_cast<double>(collector.arrived) * flits / node_cycles;
  r.unfinished = r.packets - latencies.size();
  if (r.packets != 0) r.zero_load = static_cast<double>(zero_load) / static_cast<double>(r.packets);
  summarize(latencies, r);
  double sum = 0;
  for (uint32_t i = 0; i < after.size(); ++i) {
    const double use =
        static_cast<double>(after[i] - before[i]) / static_cast<double>(config.cycles);
    sum += use;
    if (use > r.busiest) {
      r.busiest = use;
      r.busiest_link = i;
    }
  }
  r.mean_use = sum / static_cast<double>(after.size());
  return r;
}

}  // namespace cubist::noc

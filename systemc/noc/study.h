// SPDX-License-Identifier: Apache-2.0
// One measurement of an interconnect under synthetic traffic: warm up, measure, drain.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "systemc/noc/network.h"
#include "systemc/noc/traffic.h"

namespace cubist::noc {

enum class Model : uint8_t {
  packet,       ///< PacketNetwork.
  flit,         ///< FlitNetwork.
  reservation,  ///< ReservationNetwork.
};

struct StudyConfig {
  TrafficConfig traffic;
  NetworkConfig network;
  Model model = Model::packet;
  bool crossbar = false;
  Routing routing = Routing::xy;
  unsigned hop_cycles = 2;
  Cycle warmup = 2000;
  Cycle cycles = 20000;  ///< Measured.
};

struct StudyResult {
  /// Flits a cycle of each sending node: created, and arrived, within the measured cycles.
  double offered = 0, accepted = 0;
  /// Cycles from creation to the arrival of the last flit, of packets created within the measured
  /// cycles.
  double mean = 0;
  Cycle minimum = 0, p50 = 0, p95 = 0, p99 = 0, maximum = 0;
  double zero_load = 0;     ///< Mean that the same packets would have alone.
  uint64_t packets = 0;     ///< Measured.
  uint64_t unfinished = 0;  ///< Of them not arrived when draining was given up: overload.
  double busiest = 0;       ///< Share of the measured cycles in which the busiest link took a flit.
  uint32_t busiest_link = 0;
  double mean_use = 0;  ///< The same, mean of all links.
  bool interrupted = false;
};

Topology make_topology(const StudyConfig& config);

/// Measures. Packets go on being made while the measured ones drain, for at most four times the
/// measured cycles. Ends early when `stop` (may be null) is set.
StudyResult run_study(const StudyConfig& config, const std::atomic<bool>* stop = nullptr);

/// Cycles that run_study() would simulate at most.
Cycle longest_run(const StudyConfig& config);

}  // namespace cubist::noc

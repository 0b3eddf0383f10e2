// SPDX-License-Identifier: Apache-2.0
// What the on-chip interconnect is built from.
#pragma once

#include <cstdint>
#include <vector>

#include "systemc/base/time.h"
#include "systemc/noc/topology.h"

namespace cubist::base {
class ParameterTable;
}

namespace cubist::noc {

/// sim.timing as the memory path sees it. `none`: every request is done at once. `fast`: the
/// initiator's port and one average latency. `full`: ports, hops, L2 and HBM.
enum class Timing : uint8_t { none, fast, full };

struct NocConfig {
  bool crossbar = false;          ///< Else a mesh.
  Routing routing = Routing::xy;  ///< Of requests; responses take the same way back.
  base::Time cycle = 0;           ///< Of the clock.
  unsigned hop_cycles = 0;        ///< From one stop to the next, or through the crossbar.
  base::Time entry = 0;           ///< Into or out of the network.
  unsigned link_bytes = 512;      ///< What a link between stops carries in a cycle: a flit.
  double byte_time = 0;           ///< Femtoseconds that a port takes for a byte, each direction.
  unsigned header_bytes = 16;     ///< What a request without data, or an acknowledgement, takes.
  base::Time fast_latency = 0;    ///< Of every request in Timing::fast.
  Timing timing = Timing::full;
  std::vector<Position> nodes;    ///< Of initiators.
  std::vector<Position> targets;  ///< L2 slices in order, then the host bridge.
};

/// Declares the parameters "noc.*".
void declare_parameters(base::ParameterTable& table);

/// The configuration that `table` describes; positions are the chip's to fill in. Reads sim.timing,
/// which the chip declares.
NocConfig noc_config(const base::ParameterTable& table);

}  // namespace cubist::noc

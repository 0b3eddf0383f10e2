// SPDX-License-Identifier: Apache-2.0
// What a simulated interconnect looks like from outside, at whatever level of detail. Time is
// counted in cycles; nothing here knows SystemC.
//
// The machine that all levels describe: routers with a queue of `buffer_flits` for each virtual
// channel of each input, wormhole switching. In each cycle a link takes one flit. A packet starts
// on a link when a virtual channel behind it belongs to nobody and has room for the packet, or is
// empty when the packet is longer than the queue; it holds that channel until its last flit has
// passed. It keeps the link while it can go on without a gap; when it cannot, others may use the
// link. Among several that can start or go on, the link serves its router's inputs in turn.
// Sources queue without bound; receivers take a flit a cycle.
#pragma once

#include <cstdint>

#include "systemc/noc/topology.h"

namespace cubist::noc {

using Cycle = uint64_t;
inline constexpr Cycle kNoCycle = ~Cycle{0};

struct NetworkConfig {
  unsigned vcs = 2;            ///< Virtual channels of each link.
  unsigned buffer_flits = 8;   ///< Queue of each.
  unsigned credit_cycles = 1;  ///< From a flit's leaving a queue to its place being usable.
};

/// Hears of packets that have arrived.
class Receiver {
 public:
  /// The last flit of packet `tag` arrives at `cycle`, which may lie ahead of the simulation.
  virtual void delivered(uint64_t tag, Cycle cycle) = 0;

 protected:
  ~Receiver() = default;
};

class Network {
 public:
  virtual ~Network() = default;

  /// A packet of `flits` is there to be sent from `cycle` on, which has not been simulated yet.
  /// Packets of one source are given in the order of their cycles.
  virtual void inject(uint32_t source, uint32_t destination, uint32_t flits, Cycle cycle,
                      uint64_t tag) = 0;
  /// Simulates all cycles before `end`.
  virtual void run(Cycle end) = 0;
  /// Flits that a link has taken so far.
  virtual uint64_t link_flits(uint32_t link) const = 0;
};

}  // namespace cubist::noc

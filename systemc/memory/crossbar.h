// SPDX-License-Identifier: Apache-2.0
// Slices of the L2 on one side, HBM channels on the other: routes misses and write-backs by
// address, after a fixed way.
//
// Every request is taken at once (END_REQ). Those for a channel that is full wait here, in the
// order of their arrival, and in nobody else's way: slices bound what they have in flight. The
// crossbar itself has the width of its ports: what limits it are its ends.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include "systemc/base/simulation.h"
#include "systemc/memory/interleave.h"

namespace cubist::memory {

class Crossbar : public sc_core::sc_module {
 public:
  using TargetSocket = tlm_utils::simple_target_socket_tagged<Crossbar>;
  using InitiatorSocket = tlm_utils::simple_initiator_socket_tagged<Crossbar>;

  /// RequestInfo::node of a request is the number of the socket it comes in by.
  sc_core::sc_vector<TargetSocket> sources;
  /// One for each of the interleave's places.
  sc_core::sc_vector<InitiatorSocket> targets;

  /// `way`: from a source to a target, and the same back.
  Crossbar(sc_core::sc_module_name name, base::Simulation& simulation, unsigned source_count,
           const Interleave& interleave, base::Time way);

  /// A line for each target that somebody waits for.
  std::string describe_state() const;

 private:
  struct Waiting {
    tlm::tlm_generic_payload* payload;
    base::Time arrival;
  };
  struct Gate {
    tlm::tlm_generic_payload* refused = nullptr;  // Offered, no END_REQ yet.
    bool offering = false;                        // Within a call of the target.
    std::deque<Waiting> queue;                    // Behind it.
  };

  tlm::tlm_sync_enum forward(int source, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  tlm::tlm_sync_enum backward(int target, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay);
  void block(int source, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(int source, tlm::tlm_generic_payload& payload);

  unsigned route(const tlm::tlm_generic_payload& payload) const {
    return interleave_.place(payload.get_address()).slice;
  }
  tlm::tlm_sync_enum offer(unsigned target, tlm::tlm_generic_payload& payload,
                           tlm::tlm_phase& phase, sc_core::sc_time& delay);
  TargetSocket& source_of(const tlm::tlm_generic_payload& payload);
  void let_in(unsigned target);

  base::Simulation& simulation_;
  const Interleave& interleave_;
  sc_core::sc_time way_;
  std::vector<Gate> gates_;
};

}  // namespace cubist::memory

// SPDX-License-Identifier: Apache-2.0
// PathReservation as a Network, to compare it with the others.
#pragma once

#include "systemc/noc/network.h"
#include "systemc/noc/path_reservation.h"

namespace cubist::noc {

/// Packets must be injected in the order of their cycles.
class ReservationNetwork final : public Network {
 public:
  ReservationNetwork(const Topology& topology, Receiver& receiver)
      : topology_(topology), receiver_(receiver), paths_(topology, 1) {}

  void inject(uint32_t source, uint32_t destination, uint32_t flits, Cycle cycle,
              uint64_t tag) override {
    const Cycle entered = paths_.pass(topology_.injection(source), cycle, cycle, flits);
    const Cycle crossed = paths_.cross(source, destination, cycle, entered, flits);
    const Cycle head = paths_.pass(topology_.ejection(destination), cycle, crossed, flits);
    receiver_.delivered(tag, head + flits - 1);
  }
  void run(Cycle) override {}
  uint64_t link_flits(uint32_t link) const override { return paths_.reserved(link); }

 private:
  const Topology& topology_;
  Receiver& receiver_;
  PathReservation paths_;
};

}  // namespace cubist::noc

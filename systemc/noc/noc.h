// SPDX-License-Identifier: Apache-2.0
// The interconnect between initiators (cores, SDMA, control hart) and targets (L2 slices, the host
// bridge): routes by address, books ports and links for requests and responses, and passes
// back-pressure on.
//
// Requests and responses have separate links, so neither can keep the other from moving. A read's
// request and a write's response are one flit; a header of data travels beside its first flit.
//
// A target that refuses a request holds its sender and whoever sends to that target next; they are
// let in in the order of their arrival, which follows base::Rank within one instant.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include "systemc/base/simulation.h"
#include "systemc/memory/interleave.h"
#include "systemc/memory/link_calendar.h"
#include "systemc/memory/memory_map.h"
#include "systemc/noc/noc_config.h"
#include "systemc/noc/path_reservation.h"

namespace cubist::noc {

class Noc : public sc_core::sc_module {
 public:
  using TargetSocket = tlm_utils::simple_target_socket_tagged<Noc>;
  using InitiatorSocket = tlm_utils::simple_initiator_socket_tagged<Noc>;

  /// One for each node of the configuration: initiators bind here.
  sc_core::sc_vector<TargetSocket> nodes;
  /// One for each target: the L2 slices in order, then the host bridge.
  sc_core::sc_vector<InitiatorSocket> targets;

  Noc(sc_core::sc_module_name name, base::Simulation& simulation, NocConfig config,
      const memory::Interleave& interleave, memory::MemoryMap& memory);

  /// Bytes asked for and written by one node.
  uint64_t read_bytes(unsigned node) const { return ports_[node].read_bytes; }
  uint64_t write_bytes(unsigned node) const { return ports_[node].write_bytes; }
  /// Requests that had to wait at a node because their target refused or was being waited for.
  uint64_t refusals() const { return refusals_; }
  /// When a packet of `bytes` of data that leaves a node at `from` is at a target with nothing in
  /// its way; the same the other way round.
  base::Time zero_load(unsigned node, unsigned target, uint64_t bytes) const;
  /// Link between stops that was taken longest, "requests (3,0) -> (3,1): 17 us".
  std::string busiest_link() const;
  /// A line for each target that somebody waits for.
  std::string describe_state() const;

 private:
  struct Port {
    memory::LinkCalendar out, in;
    uint64_t read_bytes = 0, write_bytes = 0;
    // Responses that wait for the END_RESP of an earlier one.
    bool response_open = false;
    std::deque<std::pair<tlm::tlm_generic_payload*, base::Time>> responses;
  };
  struct Travel {
    tlm::tlm_generic_payload* payload = nullptr;
    unsigned node = 0;
    base::Time arrival = 0;  ///< At the target.
  };
  struct Gate {
    memory::LinkCalendar in, out;
    Travel refused;                ///< Offered, no END_REQ yet.
    std::deque<Travel> queue;      ///< Waiting behind it.
    std::vector<Travel> accepted;  ///< END_REQ seen, no response yet.
  };

  tlm::tlm_sync_enum forward(int node, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  tlm::tlm_sync_enum backward(int index, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay);
  void block(int node, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(int node, tlm::tlm_generic_payload& payload);

  /// Checks the address and answers in the modes without contention; true when that was all.
  bool shortcut(unsigned node, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned route(uint64_t address) const;
  base::Time request_arrival(unsigned node, unsigned target,
                             const tlm::tlm_generic_payload& payload, base::Time from);
  base::Time response_arrival(unsigned node, unsigned target,
                              const tlm::tlm_generic_payload& payload, base::Time done);
  base::Time length(uint64_t bytes) const {
    return static_cast<base::Time>(static_cast<double>(bytes) * config_.byte_time + 0.5);
  }
  /// How long a packet takes a link between stops: whole flits.
  base::Time link_time(uint64_t data) const {
    const uint64_t flits = (data + config_.link_bytes - 1) / config_.link_bytes;
    return (flits == 0 ? 1 : flits) * config_.cycle;
  }
  /// Number of a target among the endpoints of the topologies: nodes come first.
  uint32_t endpoint(unsigned target) const { return static_cast<uint32_t>(ports_.size()) + target; }
  enum class Offer : uint8_t { done, accepted, refused };
  /// Offers a request to its target; when it was done at once, with its time of arrival back.
  Offer offer(unsigned target, const Travel& travel, base::Time& done);
  void let_in(unsigned target);
  void end_request(const Travel& travel);
  void respond(const Travel& travel, base::Time done);

  base::Simulation& simulation_;
  const NocConfig config_;
  const memory::Interleave& interleave_;
  memory::MemoryMap& memory_;
  const Topology request_ways_, response_ways_;
  PathReservation request_links_, response_links_;
  std::vector<Port> ports_;
  std::vector<Gate> gates_;
  uint64_t refusals_ = 0;
};

}  // namespace cubist::noc

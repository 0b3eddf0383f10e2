// SPDX-License-Identifier: Apache-2.0
// One HBM channel as a TLM-2.0 target.
//
// A request that finds a place in its pseudo-channel's queue is answered at once with the delay
// until it is done (TLM_COMPLETED). A full queue refuses (TLM_ACCEPTED); END_REQ and BEGIN_RESP
// follow when a place is free. Nothing happens per clock.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include "systemc/base/simulation.h"
#include "systemc/hbm/hbm_config.h"
#include "systemc/hbm/pseudo_channel.h"
#include "systemc/memory/interleave.h"
#include "systemc/memory/memory_port.h"

namespace cubist::hbm {

class HbmController : public sc_core::sc_module, private base::Agent {
 public:
  /// Requests to this channel's lines; addresses are the chip's.
  tlm_utils::simple_target_socket<HbmController> target;

  /// Channel number `channel` of the chip; `memory` holds the bytes.
  HbmController(sc_core::sc_module_name name, base::Simulation& simulation, const HbmConfig& config,
                const memory::Interleave& interleave, unsigned channel, memory::MemoryPort& memory);
  ~HbmController() override;

  const ChannelCounts& counts(unsigned pseudo_channel) const;
  /// Requests that were refused because a queue was full.
  uint64_t refusals() const { return refusals_; }
  /// One line when a request waits for a place; else empty.
  std::string describe_state() const;

 private:
  struct Lane {
    std::unique_ptr<PseudoChannel> channel;
    std::vector<base::Time> slots;  // When each place of the queue is free, used in turn.
    size_t next = 0;
  };

  tlm::tlm_sync_enum forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  void block(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(tlm::tlm_generic_payload& payload);
  void wake(uint64_t token) override;

  Coordinates decode(const tlm::tlm_generic_payload& payload) const;
  base::Time serve(const tlm::tlm_generic_payload& payload, base::Time arrival);

  base::Simulation& simulation_;
  const HbmConfig config_;
  const memory::Interleave& interleave_;
  memory::MemoryPort& memory_;
  AddressMap map_;
  base::Rank rank_;
  std::vector<Lane> lanes_;
  tlm::tlm_generic_payload* refused_ = nullptr;
  uint64_t refusals_ = 0;
};

}  // namespace cubist::hbm

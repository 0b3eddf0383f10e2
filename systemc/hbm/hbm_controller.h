// SPDX-License-Identifier: Apache-2.0
// One HBM channel as a TLM-2.0 target.
//
// hbm.model=approximate: a request that finds a place in its pseudo-channel's queue is answered at
// once with the delay until it is done (TLM_COMPLETED).
// hbm.model=full: a read that finds a place is taken (TLM_UPDATED, END_REQ); BEGIN_RESP follows
// when the channel has decided its column commands, with the delay until its last data. A write is
// done when it is taken (TLM_COMPLETED).
// In both a full queue refuses (TLM_ACCEPTED) until a place is free. Nothing happens per clock.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include "systemc/base/bit_faults.h"
#include "systemc/base/simulation.h"
#include "systemc/hbm/ecc.h"
#include "systemc/hbm/hbm_config.h"
#include "systemc/hbm/pseudo_channel.h"
#include "systemc/hbm/timed_channel.h"
#include "systemc/memory/interleave.h"
#include "systemc/memory/memory_port.h"

namespace cubist::hbm {

class HbmController : public sc_core::sc_module, public base::BitFaultTarget, private base::Agent {
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

  /// A wrong bit in this channel's memory: one in a word of eight bytes is corrected and counted,
  /// more make reads fail (TLM_GENERIC_ERROR_RESPONSE) and are reported.
  bool flip_bit(uint64_t address, unsigned bit) override;
  uint64_t corrected() const { return corrected_; }
  uint64_t uncorrectable() const { return uncorrectable_; }

 private:
  struct Lane {
    std::unique_ptr<PseudoChannel> channel;
    std::vector<base::Time> slots;  // When each place of the queue is free, used in turn.
    size_t next = 0;
  };
  struct Response {
    tlm::tlm_generic_payload* payload;
    base::Time done;
  };

  tlm::tlm_sync_enum forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  void block(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(tlm::tlm_generic_payload& payload);
  void wake(uint64_t token) override;

  Coordinates decode(const tlm::tlm_generic_payload& payload) const;
  void check_bits(tlm::tlm_generic_payload& payload);
  base::Time serve(const tlm::tlm_generic_payload& payload, base::Time arrival);

  // The full model.
  tlm::tlm_sync_enum forward_full(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                  sc_core::sc_time& delay);
  base::Time block_full(const tlm::tlm_generic_payload& payload, base::Time arrival);
  void submit(tlm::tlm_generic_payload& payload, base::Time arrival, bool awaited);
  void look();
  void look_later();
  void respond(const Response& response);
  void end_response();

  base::Simulation& simulation_;
  const HbmConfig config_;
  const memory::Interleave& interleave_;
  memory::MemoryPort& memory_;
  AddressMap map_;
  base::Rank rank_;
  std::vector<Lane> lanes_;                      // Approximate.
  std::unique_ptr<TimedChannel> full_;           // Full.
  std::vector<tlm::tlm_generic_payload*> open_;  // Reads under way, by number.
  std::vector<uint32_t> free_numbers_;
  std::vector<TimedChannel::Completion> done_;
  std::deque<Response> responses_;  // Behind one that has no END_RESP yet.
  bool response_open_ = false;
  base::Time look_at_ = base::kNever;
  tlm::tlm_generic_payload* refused_ = nullptr;
  base::Time refused_arrival_ = 0;
  uint64_t refusals_ = 0;
  Ecc ecc_;
  uint64_t corrected_ = 0, uncorrectable_ = 0;
};

}  // namespace cubist::hbm

// SPDX-License-Identifier: Apache-2.0
// The interconnect packet by packet: one event for each link that a packet takes.
//
// Flits of a packet follow each other, so a grant reserves a link for a run of flits: as many as
// have arrived, or are known to arrive, and have places waiting behind the link, one a cycle
// without a gap. That is the whole packet when queues hold one; else the packet goes on in a
// further run when it can. Runs are what FlitNetwork does flit by flit, so both agree to the cycle.
#pragma once

#include <deque>
#include <vector>

#include "systemc/noc/cycle_wheel.h"
#include "systemc/noc/network.h"
#include "systemc/noc/supply.h"

namespace cubist::noc {

class PacketNetwork final : public Network {
 public:
  PacketNetwork(const Topology& topology, const NetworkConfig& config, Receiver& receiver);

  void inject(uint32_t source, uint32_t destination, uint32_t flits, Cycle cycle,
              uint64_t tag) override;
  void run(Cycle end) override;
  uint64_t link_flits(uint32_t link) const override { return links_[link].flits; }

  /// The next cycle in which something can happen; kNoCycle when nothing is under way.
  Cycle next_event() { return wheel_.next(now_); }

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};

  /// A packet (or the part of it that has come so far) in one queue.
  struct alignas(64) Entry {
    uint64_t tag = 0;
    uint32_t destination = 0;
    uint32_t flits = 0, sent = 0;
    uint32_t out = 0;       // Link that it wants.
    uint32_t vc = kNone;    // Of that link, when it has one.
    Entry* next = nullptr;  // Behind it in the queue, or in the free list.
    Supply arrivals;
  };
  /// One virtual channel of a link (numbered link * vcs + vc), or the queue of a source.
  struct alignas(64) Lane {
    // The queue behind the link, at the input of a router.
    Entry* front = nullptr;
    Entry* back = nullptr;
    Cycle ready = 0;          // When the queue's output is free for the front packet.
    uint32_t bit = 0;         // Among its router's queues.
    uint32_t fed_by = kNone;  // The link that fills it.
    // What the sender knows of it.
    Cycle free_from = 0;  // kNoCycle while a packet owns it.
    Supply credits;
  };
  struct alignas(64) LinkState {
    Cycle busy_until = 0;
    Cycle scheduled = kNoCycle;  // The earliest cycle in the wheel for it.
    uint64_t flits = 0;
    uint32_t to = 0;           // Router, or Link::kEndpoint.
    uint32_t turn = 0;         // Bit that is asked first.
    uint32_t holder = kNone;   // Bit of the packet that had it last and is not through.
    uint32_t requests = 0;     // Queues whose front packet wants it.
    uint32_t first_word = 0;   // Their bits in masks_.
    uint32_t first_queue = 0;  // Of its router in queue_of_bit_.
    uint16_t words = 1;
    uint16_t next_vc = 0;  // Virtual channel that is asked first.
    uint32_t delay = 1;
  };

  void serve(uint32_t number);
  void grant(uint32_t number, uint32_t queue, uint32_t vc);
  void forward(uint32_t number, uint32_t channel, const Entry& entry, uint32_t run);
  /// When the front packet of `queue` could start or go on, as far as is known; `vc` is the virtual
  /// channel that it has or, if it can start now, will get.
  Cycle eligible(uint32_t number, uint32_t queue, uint32_t& vc);
  void request(uint32_t queue);
  void schedule(uint32_t number, Cycle at) {
    LinkState& link = links_[number];
    if (at >= link.scheduled) return;
    link.scheduled = at;
    wheel_.add(at, number);
  }
  uint32_t needed(uint32_t flits) const {
    return flits < config_.buffer_flits ? flits : config_.buffer_flits;
  }
  Entry* make_entry();

  const Topology& topology_;
  const NetworkConfig config_;
  Receiver& receiver_;
  Cycle now_ = 0;
  CycleWheel wheel_;
  std::vector<uint32_t> due_;
  std::vector<LinkState> links_;
  std::vector<Lane> lanes_;  // links x vcs, then the sources.
  std::vector<uint64_t> masks_;
  std::vector<uint32_t> queue_of_bit_;
  std::deque<Entry> entries_;
  Entry* free_ = nullptr;
};

}  // namespace cubist::noc

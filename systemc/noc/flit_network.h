// SPDX-License-Identifier: Apache-2.0
// The interconnect flit by flit and cycle by cycle: slow and plain, what PacketNetwork is held
// against.
#pragma once

#include <deque>
#include <vector>

#include "systemc/noc/network.h"

namespace cubist::noc {

class FlitNetwork final : public Network {
 public:
  FlitNetwork(const Topology& topology, const NetworkConfig& config, Receiver& receiver);

  void inject(uint32_t source, uint32_t destination, uint32_t flits, Cycle cycle,
              uint64_t tag) override;
  void run(Cycle end) override;
  uint64_t link_flits(uint32_t link) const override { return links_[link].flits; }

 private:
  struct Packet {
    uint64_t tag;
    uint32_t destination, flits;
    Cycle created;
  };
  struct Flit {
    uint32_t packet;
    uint32_t index;  // Within the packet: 0 is the head.
  };
  struct Queue {
    std::deque<Flit> flits;
    int vc = -1;  // Virtual channel that the front packet has on its way out.
    Cycle last_sent = kNoCycle;
  };
  struct Source {
    std::deque<uint32_t> packets;
    uint32_t sent = 0;  // Flits of the first.
    int vc = -1;
  };
  struct Channel {
    unsigned credits = 0;
    bool owned = false;
    Cycle free_from = 0;
  };
  struct InFlight {
    Cycle arrival;
    unsigned vc;
    Flit flit;
  };
  struct Credit {
    Cycle usable;
    unsigned vc;
  };
  struct LinkState {
    std::deque<InFlight> in_flight;
    std::deque<Credit> returning;
    uint64_t flits = 0;
    unsigned turn = 0, next_vc = 0;
    int holder = -1;  // Input that sent in cycle `held`, amid a packet.
    Cycle held = kNoCycle;
  };

  void arrive();
  void inject_from(uint32_t endpoint);
  void arbitrate(uint32_t link);
  /// The virtual channel on which `flits` may start or, with `vc` set, go on; -1: none now.
  int channel_for(uint32_t link, unsigned flits, int vc) const;
  /// True when input `input` of the link's router can send its front flit over `link` now.
  bool can_send(uint32_t link, uint32_t queue) const;
  /// Books one flit: channel, credits, flight. Returns the channel.
  int send(uint32_t link, const Flit& flit, int vc);

  const Topology& topology_;
  const NetworkConfig config_;
  Receiver& receiver_;
  Cycle now_ = 0;
  std::vector<Packet> packets_;
  std::vector<uint32_t> free_packets_;
  std::vector<LinkState> links_;
  std::vector<Queue> queues_;  // links x vcs
  std::vector<Channel> channels_;
  std::vector<Source> sources_;
  std::vector<unsigned> waiting_;               // Flits queued in each router.
  std::vector<std::vector<uint32_t>> outputs_;  // Links out of each router.
};

}  // namespace cubist::noc

// SPDX-License-Identifier: Apache-2.0
// The core's side of the memory path: splits transfers into requests, keeps a bounded number of
// them in flight, and obeys the back-pressure of the interconnect (TLM-2.0 AT protocol).
//
// One request starts in a cycle, and none while the last one has not been taken (END_REQ). Each
// mover has a channel of its own; channels take turns. Requests carry no data: see
// base::RequestInfo.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include <tlm>

#include "systemc/base/agenda.h"
#include "systemc/base/request.h"
#include "systemc/base/time.h"
#include "systemc/core/mover.h"
#include "systemc/core/units.h"

namespace cubist::core {

struct MemoryClientConfig {
  unsigned max_outstanding = 128;  ///< Per channel.
  unsigned request_bytes = 512;    ///< A power of two; no request crosses a multiple of it.
  uint32_t rank_core = 0;
  uint32_t initiator = 0, node = 0;
};

class MemoryClient : public base::Agent {
 public:
  /// Hears that a transfer is over: all bytes have passed the port and all writes are
  /// acknowledged at `cycle` (now or in the future), or `failed_address` was refused by the memory
  /// system.
  class Owner {
   public:
    virtual void transfer_done(uint64_t cycle) = 0;
    virtual void transfer_failed(uint64_t failed_address) = 0;

   protected:
    ~Owner() = default;
  };
  using Forward = std::function<tlm::tlm_sync_enum(tlm::tlm_generic_payload&, tlm::tlm_phase&,
                                                   sc_core::sc_time&)>;

  static constexpr unsigned kChannels = 4;  ///< MTE2, MTE3, FIX, the scalar unit's caches.
  static constexpr unsigned kScalarChannel = 3;

  MemoryClient(base::Agenda& agenda, const base::Clock& clock, const MemoryClientConfig& config,
               Forward forward);
  ~MemoryClient();

  void set_identity(uint32_t initiator, uint32_t node);

  /// Begins a transfer on an idle channel; the first request goes out at `first_cycle` or later.
  /// `segments` must stay alive until it is over.
  void start(unsigned channel, Owner& owner, const GmSegments& segments, bool write,
             double bytes_per_cycle, uint64_t first_cycle);
  /// Forgets all transfers; answers to requests in flight are ignored when they come.
  void cancel();

  /// nb_transport_bw of the socket.
  tlm::tlm_sync_enum receive(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  void wake(uint64_t token) override;

  /// "31 requests in flight" for a busy channel; empty for an idle one.
  std::string describe(unsigned channel) const;
  uint64_t requests() const { return requests_; }
  const uint64_t* requests_counter() const { return &requests_; }

 private:
  class Request;
  class Pool;
  struct Answer {
    base::Time when;
    uint64_t sequence;
    uint32_t bytes;
    uint64_t failed_address;  // kNoFailure, or where
    bool operator>(const Answer& other) const {
      return when != other.when ? when > other.when : sequence > other.sequence;
    }
  };
  struct Channel {
    Owner* owner = nullptr;  // nullptr: idle
    const GmSegments* segments = nullptr;
    bool write = false;
    double cost = 0;     // port units per byte
    uint64_t epoch = 0;  // tells answers of an older transfer
    size_t segment = 0;  // next byte to ask for
    uint64_t offset = 0;
    unsigned outstanding = 0;
    uint64_t first_cycle = 0;
    uint64_t port = 0;        // when the port is free, in port units
    uint64_t last_cycle = 0;  // latest answer so far
    std::priority_queue<Answer, std::vector<Answer>, std::greater<>> answers;

    bool all_issued() const { return segment == segments->size(); }
  };

  uint32_t next_bytes(const Channel& c) const;
  /// Earliest time at which the channel could issue, or kNever.
  base::Time issue_time(const Channel& c) const;
  void issue(Channel& c, unsigned index);
  /// Takes the answers that have come by now; true when the transfer ended.
  bool settle(Channel& c);
  void answer(Request& request, base::Time when);
  void service();
  void arm(base::Time when);
  base::Time now() const;
  /// The first edge of the core's clock at `time` or later.
  base::Time cycle_edge(base::Time time) const;

  base::Agenda& agenda_;
  const base::Clock& clock_;
  MemoryClientConfig config_;
  Forward forward_;
  std::unique_ptr<Pool> pool_;
  std::array<Channel, kChannels> channels_;
  Request* open_ = nullptr;    // BEGIN_REQ sent, END_REQ not yet seen
  base::Time next_issue_ = 0;  // earliest next BEGIN_REQ
  unsigned turn_ = 0;          // channel that is asked first
  base::Time armed_ = base::kNever;
  uint64_t arm_serial_ = 0;
  uint64_t sequence_ = 0;
  uint64_t requests_ = 0;
};

}  // namespace cubist::core

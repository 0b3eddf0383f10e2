// SPDX-License-Identifier: Apache-2.0
// The core's side of the memory path: splits transfers into requests, keeps a bounded number of
// them in flight, and obeys the back-pressure of the interconnect (TLM-2.0 AT protocol).
//
// Each mover has a channel of its own; channels take turns. A channel works on its transfers in the
// order of their coming: the requests of the next one follow those of the last without a gap, while
// answers are still on their way, and transfers end in order. One request starts in a cycle, and
// none while the last one has not been taken (END_REQ). Requests carry no data: see
// base::RequestInfo.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
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
  unsigned max_outstanding = 128;         ///< Requests in flight, per channel.
  unsigned max_outstanding_writes = 128;  ///< Likewise, while the latest transfer writes.
  unsigned request_bytes = 512;           ///< Largest request, a power of two.
  unsigned least_request_bytes = 128;     ///< What runs that are not better aligned are cut into.
  uint32_t rank_core = 0;
  uint32_t initiator = 0, node = 0;
};

class MemoryClient : public base::Agent {
 public:
  /// Hears of a channel's transfers, in their order.
  class Owner {
   public:
    /// All requests of the latest transfer have left: another may start.
    virtual void transfer_issued() = 0;
    /// The oldest transfer is over at `cycle` (now or a little later): all its bytes have passed
    /// the port, or all its writes are acknowledged.
    virtual void transfer_done(uint64_t cycle) = 0;
    /// The memory system refused `address`, of the transfer that started as number `transfer`, or
    /// could not correct what it read there.
    virtual void transfer_failed(uint64_t transfer, uint64_t address, bool uncorrectable) = 0;

   protected:
    ~Owner() = default;
  };
  struct Transfer {
    const GmSegments* segments = nullptr;  ///< Alive until the transfer is over.
    bool write = false;
    bool bypass_l2 = false;  ///< RequestInfo::bypass_l2 of its requests.
    double bytes_per_cycle = 1;
    uint64_t first_cycle = 0;  ///< The first request goes out then or later.
  };
  using Forward = std::function<tlm::tlm_sync_enum(tlm::tlm_generic_payload&, tlm::tlm_phase&,
                                                   sc_core::sc_time&)>;

  static constexpr unsigned kChannels = 4;  ///< MTE2, MTE3, FIX, the scalar unit's caches.
  static constexpr unsigned kScalarChannel = 3;

  MemoryClient(base::Agenda& agenda, const base::Clock& clock, const MemoryClientConfig& config,
               Forward forward);
  ~MemoryClient();

  void set_identity(uint32_t initiator, uint32_t node);

  /// Begins a transfer behind those of the channel that are under way; `transfer_issued` must have
  /// been called for the one before. Returns its number: 0, 1, ... for each channel.
  uint64_t start(unsigned channel, Owner& owner, const Transfer& transfer);
  /// Forgets all transfers; answers to requests in flight are ignored when they come.
  void cancel();

  /// nb_transport_bw of the socket.
  tlm::tlm_sync_enum receive(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  void wake(uint64_t token) override;

  /// "2 transfers, 31 requests in flight" for a busy channel; empty for an idle one.
  std::string describe(unsigned channel) const;
  uint64_t requests() const { return requests_; }
  const uint64_t* requests_counter() const { return &requests_; }

 private:
  class Request;
  class Pool;
  struct Answer {
    base::Time when;
    uint64_t sequence;
    uint64_t transfer;
    uint32_t bytes;
    uint64_t failed_address;  // kNoFailure, or where
    bool uncorrectable;
    bool operator>(const Answer& other) const {
      return when != other.when ? when > other.when : sequence > other.sequence;
    }
  };
  struct Active : Transfer {
    double cost = 0;     // port units per byte
    size_t segment = 0;  // next byte to ask for
    uint64_t offset = 0;
    unsigned chunk = 0;        // size of the present segment's requests; 0: not chosen yet
    unsigned outstanding = 0;  // requests whose answer has not been taken
    unsigned unknown = 0;      // of these, requests whose time of answer is not known
    base::Time latest = 0;     // latest known answer
    uint64_t last_cycle = 0;   // when the last byte so far was through

    bool issued() const { return segment == segments->size(); }
  };
  struct Channel {
    Owner* owner = nullptr;
    std::deque<Active> transfers;  // oldest first; all but the last are issued
    uint64_t first_number = 0;     // of transfers.front()
    uint64_t epoch = 0;            // tells answers from before a cancel()
    unsigned outstanding = 0;
    uint64_t port = 0;  // when the port is free, in port units
    std::priority_queue<Answer, std::vector<Answer>, std::greater<>> answers;

    bool idle() const { return transfers.empty(); }
  };

  unsigned window(const Channel& c) const {
    return c.transfers.back().write ? config_.max_outstanding_writes : config_.max_outstanding;
  }
  void choose_chunk(Active& t) const;
  uint32_t next_bytes(const Active& t) const;
  /// Earliest time at which the channel could issue, or kNever.
  base::Time issue_time(const Channel& c) const;
  /// Time at which an answer matters: the window is full, or the oldest transfer ends.
  base::Time answer_time(const Channel& c) const;
  void issue(Channel& c, unsigned index);
  /// Takes the answers that have come by now, and ends transfers.
  void settle(Channel& c);
  void answer(Request& request, base::Time when);
  void service();
  void rearm();
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

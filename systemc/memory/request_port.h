// SPDX-License-Identifier: Apache-2.0
// The initiator's side of the memory path: sends timing-only requests by the TLM-2.0 base protocol
// and says when they are done.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>
#include <tlm>

#include "systemc/base/request.h"
#include "systemc/base/simulation.h"

namespace cubist::memory {

/// One request: an address range within a line.
struct Request {
  uint64_t address = 0;
  uint32_t bytes = 0;
  bool write = false;
  bool bypass_l2 = false;
};

/// How a request ended.
struct Completion {
  base::Time done = 0;  ///< When the last byte has arrived (or was accepted); may lie ahead.
  bool ok = true;       ///< False: nothing is there, or memory could not correct what it read.
};

/// Whoever sends requests through a RequestPort.
class RequestOwner {
 public:
  /// A request whose send() had no answer yet: its completion is known now.
  virtual void request_done(uint64_t token, const Completion& completion) = 0;

 protected:
  ~RequestOwner() = default;
};

/// Keeps the base protocol's exclusion rule: while a request waits for END_REQ, further ones wait
/// here, in the order of send().
class RequestPort {
 public:
  tlm_utils::simple_initiator_socket<RequestPort> socket;

  /// `initiator`, `node` and `rank` go into the RequestInfo of every request.
  RequestPort(const char* name, base::Simulation& simulation, RequestOwner& owner,
              uint32_t initiator, uint32_t node, base::Rank rank);
  ~RequestPort();

  /// Sends a request that leaves at `when` (not before now). Returns its completion when that is
  /// known at once; else owner.request_done(token, ...) follows.
  std::optional<Completion> send(const Request& request, base::Time when, uint64_t token);

  /// The same through b_transport: never refused, completion known on return.
  Completion call(const Request& request, base::Time when);

  /// True while a request waits to be accepted.
  bool blocked() const { return refused_ != nullptr || !waiting_.empty(); }
  /// Requests without a completion so far.
  size_t waiting() const { return waiting_.size() + unanswered_; }

 private:
  struct Transaction : tlm::tlm_generic_payload {
    base::RequestInfo info;
    uint64_t token = 0;
    base::Time when = 0;
  };

  Transaction* prepare(const Request& request, base::Time when, uint64_t token);
  std::optional<Completion> issue(Transaction* transaction);
  Completion completion_of(const Transaction& transaction, base::Time done) const;
  void release(Transaction* transaction) { free_.push_back(transaction); }
  void accepted(Transaction* transaction);
  tlm::tlm_sync_enum receive(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);

  base::Simulation& simulation_;
  RequestOwner& owner_;
  uint32_t initiator_, node_;
  base::Rank rank_;
  std::vector<std::unique_ptr<Transaction>> all_;
  std::vector<Transaction*> free_;
  std::deque<Transaction*> waiting_;  // Not yet offered: an earlier one is refused_.
  Transaction* refused_ = nullptr;    // Offered, no END_REQ yet.
  size_t unanswered_ = 0;             // Offered, no completion yet.
};

/// Simulated time as SystemC writes it; the kernel's resolution is 1 fs.
inline sc_core::sc_time to_sc(base::Time time) {
  return sc_core::sc_time::from_value(time);
}

}  // namespace cubist::memory

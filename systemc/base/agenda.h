// SPDX-License-Identifier: Apache-2.0
// The agenda: what is to happen when, and in which order at equal times.
//
// Units are state machines that are woken. SystemC alone would run the processes of one instant in
// an order that depends on who notified whom first; here entries of one instant run by rank, then
// in the order they were made, so that results depend neither on the quantum nor on tracing.
#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include <systemc>

#include "systemc/base/time.h"

namespace cubist::base {

/// Order among equals in time: the core (or the chip's own units after all cores), then the unit.
struct Rank {
  uint32_t value = 0;
  static constexpr Rank of(uint32_t core, uint32_t unit) { return Rank{core << 8 | unit}; }
};

/// The "core" numbers of units that belong to no core; they run after all cores of the same
/// instant.
inline constexpr uint32_t kRankMemory = 0x10000;
inline constexpr uint32_t kRankControl = 0x10001;
inline constexpr uint32_t kRankHost = 0x10002;
inline constexpr uint32_t kRankSync = 0x10003;  ///< Cross-core flags.

/// Someone who can be woken. `token` is what the sleeper left to recognise the reason by.
class Agent {
 public:
  virtual void wake(uint64_t token) = 0;

 protected:
  ~Agent() = default;
};

/// One per simulation. Drives everything through a single SC_METHOD.
class Agenda : public sc_core::sc_module {
 public:
  explicit Agenda(sc_core::sc_module_name name);

  /// Wakes `agent` at `when` (not before now()). Entries are not withdrawn: an agent that no longer
  /// wants one recognises it by its token and ignores it.
  void at(Time when, Rank rank, Agent& agent, uint64_t token = 0);

  /// Simulated time. Outside the agenda's own wake-ups it equals sc_time_stamp().
  Time now() const { return now_; }

  /// Time of the next entry, or kNever.
  Time next() const { return queue_.empty() ? kNever : queue_.top().when; }

  /// Runs SystemC until stop() is called, `limit` is reached, or nothing is left to do.
  /// Returns true if stop() ended it. On reaching `limit`, now() equals `limit`, and entries of
  /// that very instant are left for the next run.
  bool run(Time limit = kNever);

  /// Ends run() after the current wake-up; later entries of the same instant stay for the next run.
  void stop() { stopping_ = true; }

  /// Wake-ups served so far; a measure of the simulator's own work.
  uint64_t served() const { return served_; }

 private:
  struct Entry {
    Time when;
    uint64_t order;  // rank in the upper half is compared first, then the sequence number
    uint64_t sequence;
    Agent* agent;
    uint64_t token;
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const {
      if (a.when != b.when) return a.when > b.when;
      if (a.order != b.order) return a.order > b.order;
      return a.sequence > b.sequence;
    }
  };

  void serve();

  std::priority_queue<Entry, std::vector<Entry>, Later> queue_;
  sc_core::sc_event due_;
  Time now_ = 0;
  uint64_t sequence_ = 0;
  uint64_t served_ = 0;
  bool stopping_ = false;
  bool serving_ = false;
};

}  // namespace cubist::base

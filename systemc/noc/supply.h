// SPDX-License-Identifier: Apache-2.0
// Flits (or credits) that are there, and those known to come: runs of one per cycle.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "systemc/noc/network.h"

namespace cubist::noc {

class Supply {
 public:
  void reset(uint32_t available) {
    available_ = available;
    count_ = 0;
    if (more_) more_->clear();
  }

  /// `count` more, the first at `start`, then one each cycle. Not before what was added earlier.
  void add(Cycle start, uint32_t count) {
    if (count_ == 0) {
      start_ = start;
      count_ = count;
      return;
    }
    if (!more_) more_ = std::make_unique<std::vector<Run>>();
    if (more_->empty()) {
      if (start_ + count_ == start) {
        count_ += count;
        return;
      }
    } else if (more_->back().start + more_->back().count == start) {
      more_->back().count += count;
      return;
    }
    more_->push_back({start, count});
  }

  /// Counts what has come by `now` as available. Calls must not go back in time.
  void settle(Cycle now) {
    while (count_ != 0 && start_ <= now) {
      const auto come = static_cast<uint32_t>(std::min<Cycle>(count_, now - start_ + 1));
      available_ += come;
      cut(come);
    }
  }

  /// The first cycle, from `now` (settled) on, at which `need` are there; kNoCycle when unknown.
  Cycle when(uint32_t need, Cycle now) const {
    if (available_ >= need) return now;
    uint32_t missing = need - available_;
    if (count_ >= missing) return start_ + missing - 1;
    missing -= count_;
    if (!more_) return kNoCycle;
    for (const Run& run : *more_) {
      if (run.count >= missing) return run.start + missing - 1;
      missing -= run.count;
    }
    return kNoCycle;
  }

  /// How many, at most `limit`, can be taken one a cycle from `now` (settled) on without a gap.
  uint32_t steady(Cycle now, uint32_t limit) const {
    uint32_t n = available_;
    if (n >= limit) return limit;
    if (count_ == 0 || start_ > now + n) return n;
    n += count_;
    if (!more_) return std::min(n, limit);
    for (const Run& run : *more_) {
      if (n >= limit || run.start > now + n) break;
      n += run.count;
    }
    return std::min(n, limit);
  }

  /// Takes `count`, of what is there first.
  void take(uint32_t count) {
    const uint32_t here = std::min(count, available_);
    available_ -= here;
    for (count -= here; count != 0;) {
      const uint32_t of_run = std::min(count, count_);
      count -= of_run;
      cut(of_run);
    }
  }

 private:
  struct Run {
    Cycle start;
    uint32_t count;
  };

  /// Drops the first `count` of the first run.
  void cut(uint32_t count) {
    start_ += count;
    count_ -= count;
    if (count_ != 0 || !more_ || more_->empty()) return;
    start_ = more_->front().start;
    count_ = more_->front().count;
    more_->erase(more_->begin());
  }

  Cycle start_ = 0;     // Of the first run.
  uint32_t count_ = 0;  // Of the first run; 0: none is known.
  uint32_t available_ = 0;
  std::unique_ptr<std::vector<Run>> more_;  // Later runs; most packets have none.
};

}  // namespace cubist::noc

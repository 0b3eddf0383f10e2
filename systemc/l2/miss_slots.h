// SPDX-License-Identifier: Apache-2.0
// How many misses an L2 slice has in flight; their number is bounded.
#pragma once

#include <functional>
#include <queue>
#include <vector>

#include "systemc/base/time.h"

namespace cubist::l2 {

class MissSlots {
 public:
  explicit MissSlots(unsigned slots) : slots_(slots) {}

  /// True when all slots are taken at `now`.
  bool full(base::Time now) {
    while (!ends_.empty() && ends_.top() <= now) ends_.pop();
    return ends_.size() + unknown_ >= slots_;
  }
  /// When the next slot is free, as far as is known; else base::kNever.
  base::Time next_end() const { return ends_.empty() ? base::kNever : ends_.top(); }

  void take() { ++unknown_; }

  /// One that was taken is free again at `end`.
  void free_at(base::Time end) {
    --unknown_;
    ends_.push(end);
  }

 private:
  unsigned slots_;
  size_t unknown_ = 0;
  std::priority_queue<base::Time, std::vector<base::Time>, std::greater<>> ends_;
};

}  // namespace cubist::l2

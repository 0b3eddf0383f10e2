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

  /// True when every slot is taken by a miss whose end is not known yet.
  bool stuck() const { return unknown_ >= slots_; }

  /// Takes a slot at `when` or as soon as one is free; returns that time. Not while stuck().
  base::Time take(base::Time when) {
    while (!ends_.empty() && ends_.top() <= when) ends_.pop();
    while (ends_.size() + unknown_ >= slots_ && !ends_.empty()) {
      when = ends_.top();
      ends_.pop();
    }
    ++unknown_;
    return when;
  }

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

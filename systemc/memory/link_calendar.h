// SPDX-License-Identifier: Apache-2.0
// When a link is free: reservations that fill gaps, so that their order of arrival in the simulator
// need not be their order in time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "systemc/base/time.h"

namespace cubist::memory {

/// Busy intervals of one link, port or pipeline. A reservation takes the first gap that holds it.
class LinkCalendar {
 public:
  /// Reserves `length` at the first time from `from` on at which the link is free that long, and
  /// returns its start. Nothing before `now` will be asked for again; `from` is not before `now`.
  base::Time reserve(base::Time now, base::Time from, base::Time length) {
    if (length == 0) return from;
    reserved_ += length;
    forget_before(now);
    if (first_ == static_cast<std::ptrdiff_t>(busy_.size()) || from > busy_.back().end) {
      busy_.push_back({from, from + length});
      return from;
    }
    if (from == busy_.back().end) {
      busy_.back().end += length;
      return from;
    }
    auto next = std::lower_bound(busy_.begin() + first_, busy_.end(), from,
                                 [](const Interval& i, base::Time t) { return i.end <= t; });
    base::Time start = from;
    for (; next != busy_.end() && start + length > next->start; ++next) {
      start = std::max(start, next->end);
    }
    insert(next, start, start + length);
    return start;
  }

  /// Sum of all reservations.
  base::Time reserved() const { return reserved_; }

 private:
  struct Interval {
    base::Time start, end;
  };

  void forget_before(base::Time now) {
    while (first_ != static_cast<std::ptrdiff_t>(busy_.size()) && busy_[first_].end <= now)
      ++first_;
    // Erasing moves the rest, so do it rarely.
    if (first_ < 32) return;
    busy_.erase(busy_.begin(), busy_.begin() + first_);
    first_ = 0;
  }

  /// Puts [start, end) before `next`, melting it into neighbours that touch it.
  void insert(std::vector<Interval>::iterator next, base::Time start, base::Time end) {
    const bool joins_next = next != busy_.end() && next->start == end;
    if (next != busy_.begin() + first_ && std::prev(next)->end == start) {
      std::prev(next)->end = joins_next ? next->end : end;
      if (joins_next) busy_.erase(next);
    } else if (joins_next) {
      next->start = start;
    } else {
      busy_.insert(next, Interval{start, end});
    }
  }

  std::vector<Interval> busy_;
  std::ptrdiff_t first_ = 0;  // Those before it are over.
  base::Time reserved_ = 0;
};

}  // namespace cubist::memory

// SPDX-License-Identifier: Apache-2.0
// Which numbered things are to be looked at in which cycle.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "systemc/noc/network.h"

namespace cubist::noc {

/// A ring of buckets for the near future, and a heap for what lies beyond it.
class CycleWheel {
 public:
  /// `at` is not before the cycle that next() was last asked from.
  void add(Cycle at, uint32_t item) {
    if (at < base_ + kBuckets) {
      put(at, item);
    } else {
      far_.emplace(at, item);
    }
  }

  /// The first cycle from `from` on that has items; kNoCycle when there is none.
  Cycle next(Cycle from) {
    base_ = from;
    while (!far_.empty() && far_.top().first < base_ + kBuckets) {
      put(far_.top().first, far_.top().second);
      far_.pop();
    }
    const auto start = static_cast<unsigned>(from % kBuckets);
    uint64_t word = occupied_[start / 64] & ~uint64_t{0} << start % 64;
    for (unsigned i = 0; i <= kWords; ++i) {
      const unsigned index = (start / 64 + i) % kWords;
      if (i != 0) word = occupied_[index];
      if (i == kWords) word &= ~(~uint64_t{0} << start % 64);
      if (word == 0) continue;
      const unsigned bucket = index * 64 + static_cast<unsigned>(std::countr_zero(word));
      return from + (bucket + kBuckets - start) % kBuckets;
    }
    return far_.empty() ? kNoCycle : far_.top().first;
  }

  /// Moves the items of `cycle`, which next() has named, to `items`.
  void take(Cycle cycle, std::vector<uint32_t>& items) {
    items.clear();
    if (cycle >= base_ + kBuckets) next(cycle);
    const auto bucket = static_cast<unsigned>(cycle % kBuckets);
    items.swap(buckets_[bucket]);
    occupied_[bucket / 64] &= ~(uint64_t{1} << bucket % 64);
  }

 private:
  static constexpr unsigned kBuckets = 128;  // Few, so that they stay in the host's cache.
  static constexpr unsigned kWords = kBuckets / 64;
  using Far = std::pair<Cycle, uint32_t>;

  void put(Cycle at, uint32_t item) {
    const auto bucket = static_cast<unsigned>(at % kBuckets);
    buckets_[bucket].push_back(item);
    occupied_[bucket / 64] |= uint64_t{1} << bucket % 64;
  }

  Cycle base_ = 0;
  std::array<std::vector<uint32_t>, kBuckets> buckets_;
  std::array<uint64_t, kWords> occupied_{};
  std::priority_queue<Far, std::vector<Far>, std::greater<>> far_;
};

}  // namespace cubist::noc

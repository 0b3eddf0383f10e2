// SPDX-License-Identifier: Apache-2.0
// Who may take cores of one kind next: queues in turn, each a number of blocks per round.
#pragma once

#include <stdint.h>

#include "scheduler/queues.h"

namespace cubist::firmware {

/// A queue's credit grows by its weight with each round, up to its weight; a launch that must start
/// as a whole may leave a debt, which later rounds pay.
class Shares {
 public:
  /// Blocks that the queue may start in this round; 0 or less when others come first.
  int credit(unsigned queue, unsigned weight) {
    Share& share = shares_[queue];
    if (share.round != round_) {
      const uint64_t more = uint64_t{round_ - share.round} * weight;
      const int64_t sum = share.credit + static_cast<int64_t>(more);
      share.credit = static_cast<int32_t>(sum < weight ? sum : weight);
      share.round = round_;
    }
    return share.credit;
  }
  /// Takes blocks from the credit (which credit() has brought up to this round); the queue keeps
  /// its turn while it has some.
  void charge(unsigned queue, uint64_t blocks) {
    Share& share = shares_[queue];
    share.credit -= static_cast<int32_t>(blocks);
    next_ = share.credit > 0 ? queue : (queue + 1) % Queues::kCount;
  }
  void advance(uint32_t rounds) { round_ += rounds; }
  /// How many queues come before this one.
  unsigned distance(unsigned queue) const { return (queue - next_) % Queues::kCount; }

 private:
  struct Share {
    uint32_t round = 0;  ///< The round up to which `credit` is counted.
    int32_t credit = 0;
  };
  Share shares_[Queues::kCount]{};
  uint32_t round_ = 1;
  unsigned next_ = 0;
};

}  // namespace cubist::firmware

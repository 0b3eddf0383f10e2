// SPDX-License-Identifier: Apache-2.0
// Blocks on cores: dealing them out, noticing their end, stopping those that take too long.
#pragma once

#include <stdint.h>

#include "scheduler/command.h"
#include "scheduler/queues.h"
#include "scheduler/timer.h"
#include "scheduler/validate.h"

namespace cubist::firmware {

class Cores {
 public:
  constexpr Cores(CommandPool& pool, Queues& queues, Timer& timer)
      : pool_(pool), queues_(queues), timer_(timer) {}

  /// Asks the chip how many cores it has.
  void discover();
  const ChipSize& chip() const { return chip_; }

  /// A kernel whose blocks are to be dealt out.
  void add(unsigned command);

  /// Starts blocks on free cores: one at a time, to the kernels in turn, a queue's turns per round
  /// being its weight.
  void deal();

  /// Collects finished blocks; `finished(command)` is called for each kernel whose last block has
  /// ended. Returns true when there was any.
  template <typename Finished>
  void collect(Finished finished) {
    for (unsigned kind = 0; kind < 2; ++kind) {
      uint64_t done = take_done(kind);
      for (; done != 0; done &= done - 1) {
        const unsigned command = block_ended(kind, lowest_bit(done), 0);
        if (command != CommandPool::kNone) finished(command);
      }
    }
  }

  /// Stops blocks whose time is up.
  template <typename Finished>
  void check_deadlines(Finished finished) {
    const uint64_t now = Timer::now();
    for (unsigned kind = 0; kind < 2; ++kind) {
      for (uint64_t busy = busy_[kind]; busy != 0; busy &= busy - 1) {
        const unsigned core = lowest_bit(busy);
        if (now < slot(kind, core).deadline) continue;
        const unsigned command = stop(kind, core);
        if (command != CommandPool::kNone) finished(command);
      }
    }
  }

  /// The earliest deadline of a running block, Timer::kNever when none runs.
  uint64_t next_deadline() const;

 private:
  static constexpr unsigned kMaxPerKind = 64;

  /// One core: what runs on it, and what its registers hold already.
  struct Core {
    uint64_t entry = 0, args = 0, deadline = 0;
    uint32_t flow = 0, block = 0;
    uint8_t command = CommandPool::kNone;
    bool programmed = false;
  };

  Core& slot(unsigned kind, unsigned core) { return cores_[kind * kMaxPerKind + core]; }
  const Core& slot(unsigned kind, unsigned core) const { return cores_[kind * kMaxPerKind + core]; }
  static unsigned index_of(unsigned kind, unsigned core) {
    return kind == 0 ? core : static_cast<unsigned>(CUBIST_AIV_INDEX) + core;
  }

  unsigned pick(unsigned kind);
  bool eligible(unsigned command, unsigned kind);
  void start_block(unsigned kind, unsigned core, unsigned command, uint64_t now);
  uint64_t take_done(unsigned kind);
  unsigned block_ended(unsigned kind, unsigned core, uint16_t code);
  unsigned stop(unsigned kind, unsigned core);

  CommandPool& pool_;
  Queues& queues_;
  Timer& timer_;
  ChipSize chip_;
  Core cores_[2 * kMaxPerKind]{};
  uint64_t free_[2] = {0, 0};
  uint64_t busy_[2] = {0, 0};
  // Kernels with blocks to deal, and the dealing's state.
  uint8_t waiting_[CommandPool::kSize]{};
  unsigned waiting_count_ = 0;
  uint8_t credit_[Queues::kCount]{};
  unsigned last_queue_ = 0;
};

}  // namespace cubist::firmware

// SPDX-License-Identifier: Apache-2.0
// Blocks on cores: dealing them out, noticing their end, stopping those that take too long.
#pragma once

#include <stdint.h>

#include "scheduler/command.h"
#include "scheduler/queues.h"
#include "scheduler/shares.h"
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
  void add(unsigned command) { waiting_[waiting_count_++] = static_cast<uint8_t>(command); }

  /// Starts blocks on free cores, to the kernels in turn, a queue's blocks per round being its
  /// weight.
  void deal() {
    if (waiting_count_ != 0) deal_waiting();
  }

  /// Collects finished blocks; `finished(command)` is called for each kernel whose last block has
  /// ended. Returns true when there was any.
  template <typename Finished>
  void collect(Finished finished) {
    for (unsigned kind = 0; kind < 2; ++kind) {
      uint64_t failed = 0;
      uint64_t done = take_done(kind, failed);
      for (; failed != 0; failed &= failed - 1) note_failure(kind, lowest_bit(failed), 0);
      while (done != 0) {
        // All blocks of a command that have ended, at once.
        const unsigned command = slot(kind, lowest_bit(done)).command;
        const uint64_t ended = done & pool_.at(command).cores[kind];
        done &= ~ended;
        const bool last = blocks_ended(kind, command, ended);
        if (last || stop_group(command)) finished(command);
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
        if ((busy_[kind] & bit(core)) == 0) continue;  // Stopped with the rest of its group.
        if (now < slot(kind, core).deadline) continue;
        const unsigned command = slot(kind, core).command;
        if (stop(kind, core) || stop_group(command)) finished(command);
      }
    }
  }

  bool busy() const { return (busy_[0] | busy_[1]) != 0; }
  /// The earliest deadline of a running block, Timer::kNever when none runs.
  uint64_t next_deadline() const;

 private:
  static constexpr unsigned kMaxPerKind = 64;

  /// Entry of a core whose registers were never written: no kernel has an odd one.
  static constexpr uint64_t kUnknown = 1;

  /// One core: what runs on it, and what its registers hold already.
  struct Core {
    uint64_t entry = kUnknown, args = 0, deadline = 0;
    uint32_t flow = 0;
    uint16_t block = 0;
    uint8_t command = CommandPool::kNone;
  };
  static_assert(sizeof(Core) == 32 && CUBIST_MAX_BLOCKS <= 0xffff);

  /// A command, and how many of its blocks to start.
  struct Turn {
    unsigned command = CommandPool::kNone;
    uint64_t blocks = 0;
  };

  Core& slot(unsigned kind, unsigned core) { return cores_[kind * kMaxPerKind + core]; }
  const Core& slot(unsigned kind, unsigned core) const { return cores_[kind * kMaxPerKind + core]; }
  static unsigned index_of(unsigned kind, unsigned core) {
    return kind == 0 ? core : static_cast<unsigned>(CUBIST_AIV_INDEX) + core;
  }

  void deal_waiting();
  void note_rivals();
  uint64_t wanted(unsigned index);
  int credit(unsigned kind, unsigned queue);
  void charge(unsigned kind, unsigned queue, uint64_t blocks);
  unsigned pick(unsigned kind);
  bool deal_one(unsigned kind, uint64_t now, bool& again);
  bool start_together(unsigned index, uint64_t now);
  void start_blocks(unsigned kind, const Turn& turn, uint64_t now);
  void start_mix(const Turn& turn, uint64_t clusters, uint64_t now);
  void start_core(unsigned kind, unsigned number, unsigned index, uint64_t entry, uint64_t block,
                  uint64_t group);
  uint64_t take_done(unsigned kind, uint64_t& failed);
  void note_waiter(Command& command, unsigned window);
  void note_failure(unsigned kind, unsigned number, uint16_t code);
  bool blocks_ended(unsigned kind, unsigned index, uint64_t cores);
  bool stop(unsigned kind, unsigned number);
  bool stop_group(unsigned index);

  CommandPool& pool_;
  Queues& queues_;
  Timer& timer_;
  ChipSize chip_;
  Core cores_[2 * kMaxPerKind]{};
  uint64_t groups_[2 * kMaxPerKind]{};  ///< Register GROUP of each core.
  uint64_t free_[2] = {0, 0};
  uint64_t busy_[2] = {0, 0};
  // Kernels with blocks to deal, and the dealing's state.
  uint8_t waiting_[CommandPool::kSize]{};
  unsigned waiting_count_ = 0;
  Shares shares_[2];
  unsigned rivals_[2] = {0, 0};  ///< The queue that wants cores of this kind, or how many do.
  /// The launch for which free cores of this kind are kept.
  unsigned reserved_[2] = {CommandPool::kNone, CommandPool::kNone};
  uint32_t last_group_ = 0;  ///< Number of the last launch with cross-core flags.
};

}  // namespace cubist::firmware

// SPDX-License-Identifier: Apache-2.0
// A command between its queue entry and its completion.
#pragma once

#include <stdint.h>

#include "abi/cubist_abi.h"
#include "abi/kernel_abi.h"

namespace cubist::firmware {

/// What a failed command leaves for the host; code 0 while nothing is wrong.
struct Failure {
  uint16_t code = CUBIST_ERROR_OK;
  uint32_t core = CUBIST_NO_CORE;
  uint32_t block = 0;
  uint64_t pc = 0, address = 0, info = 0;
  /// Registers ERROR_BITS0 to INFO_BIU, when a core is concerned.
  static constexpr unsigned kDetails = (CUBIST_CORE_INFO_BIU - CUBIST_CORE_ERROR_BITS0) / 8 + 1;
  uint64_t details[kDetails] = {};
  /// DEADLOCK: how many more cores met it, and the first of them as in the error record.
  static constexpr unsigned kWaiters = 8;
  uint32_t waiting = 0;
  uint64_t waiters[kWaiters] = {};
};

struct Command {
  cubist_submission entry{};
  uint8_t queue = 0;
  bool active = false;
  Failure failure;
  // Kernels.
  uint32_t next_block = 0;     ///< First block not started.
  uint32_t running = 0;        ///< Cores that run its blocks now.
  uint64_t cores[2] = {0, 0};  ///< Those, AICs and AIVs, as bitmaps.
  uint64_t group = 0;          ///< Register GROUP without the sub-block; 0 for a plain kernel.
  uint64_t timeout_ns = 0;

  /// A new command: all but `active` as from the start.
  void begin(const cubist_submission& what, unsigned from) {
    entry = what;
    queue = static_cast<uint8_t>(from);
    failure.code = CUBIST_ERROR_OK;
    failure.core = CUBIST_NO_CORE;
    failure.waiting = 0;
    next_block = running = 0;
    cores[0] = cores[1] = group = 0;
  }
  bool mix() const { return entry.kernel.kind == CUBIST_KIND_MIX; }
  /// Its blocks, or the cores of each block, must start together.
  bool together() const { return mix() || entry.kernel.at_once != 0; }
  bool kernel() const { return entry.any.type == CUBIST_ENTRY_KERNEL; }
  /// Blocks remain to be started.
  bool has_blocks() const {
    return failure.code == CUBIST_ERROR_OK && next_block < entry.kernel.blocks;
  }
};

/// Commands that have started and not completed; an index names one.
class CommandPool {
 public:
  static constexpr unsigned kSize = 128;
  static constexpr unsigned kNone = kSize;

  /// kNone when all are in use. Command::begin() makes it ready.
  unsigned allocate() {
    for (unsigned i = 0; i < kSize; ++i) {
      const unsigned index = (last_ + 1 + i) % kSize;  // kSize is a power of two.
      if (commands_[index].active) continue;
      last_ = index;
      commands_[index].active = true;
      return index;
    }
    return kNone;
  }
  Command& at(unsigned index) { return commands_[index]; }

 private:
  Command commands_[kSize]{};
  unsigned last_ = 0;
};

}  // namespace cubist::firmware

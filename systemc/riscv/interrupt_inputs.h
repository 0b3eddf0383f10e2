// SPDX-License-Identifier: Apache-2.0
// Interrupt lines with times: levels that change at given cycles, past or future.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>

namespace cubist::riscv {

/// A cycle that never comes.
inline constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

class InterruptInputs {
 public:
  /// Line `line` (0 to 63) goes to `level` at `cycle`. Changes for the same cycle take effect in
  /// the order of the calls.
  void set(unsigned line, bool level, uint64_t cycle);

  /// Makes every change of a cycle up to `cycle` effective.
  void advance(uint64_t cycle);

  /// When the next change takes effect, or kNever.
  uint64_t next_cycle() const { return changes_.empty() ? kNever : changes_.front().cycle; }

  /// The levels in effect, a bit for each line.
  uint64_t levels() const { return levels_; }

 private:
  struct Change {
    uint64_t cycle;
    uint8_t line;
    bool level;
  };
  std::deque<Change> changes_;  // Ordered by cycle.
  uint64_t levels_ = 0;
};

}  // namespace cubist::riscv

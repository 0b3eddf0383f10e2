// SPDX-License-Identifier: Apache-2.0
// The scalar unit's instruction cache: which lines of code are there, and what a miss brings in.
//
// Set-associative; lines leave in the order in which they came (a hit leaves no mark, so that a
// hart that has decoded a line need not ask again). A miss loads a whole granule. Lines stay from
// launch to launch, until the code in memory is no longer what they hold.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "systemc/core/mover.h"

namespace cubist::core {

class InstructionCache {
 public:
  static constexpr unsigned kLineBytes = 64;

  /// `bytes` is a multiple of 64 * ways, `granule_bytes` a power of two from 64 on.
  InstructionCache(uint32_t bytes, unsigned ways, uint32_t granule_bytes);

  bool contains(uint64_t address) const;
  /// The lines of the granule around `address` that are not there, as runs of bytes, without those
  /// that do not lie in `memory`.
  GmSegments missing(uint64_t address, const memory::MemoryPort& memory) const;
  /// Brings these lines in, with the bytes they have in `memory` now. Returns the addresses of the
  /// lines that had to leave.
  std::vector<uint64_t> fill(const GmSegments& runs, const memory::MemoryPort& memory);
  /// Drops the lines that `memory` no longer agrees with.
  void drop_changed(const memory::MemoryPort& memory);

 private:
  static constexpr uint64_t kNone = ~uint64_t{0};
  struct Line {
    uint64_t number = kNone;  ///< Address / kLineBytes.
    std::array<uint8_t, kLineBytes> bytes{};
  };
  size_t set_of(uint64_t number) const { return number % next_.size() * ways_; }

  unsigned ways_;
  uint64_t granule_bytes_;
  std::vector<Line> lines_;    ///< The ways of set 0, of set 1, ...
  std::vector<uint8_t> next_;  ///< Way of each set that is replaced next.
};

}  // namespace cubist::core

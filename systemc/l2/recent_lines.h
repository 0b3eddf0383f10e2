// SPDX-License-Identifier: Apache-2.0
// What one L2 slice knows of lines beyond their tags: which are on their way, and when a line can
// be accessed again.
#pragma once

#include <array>
#include <cstdint>

#include "systemc/base/time.h"

namespace cubist::l2 {

/// A line that was used lately.
struct RecentLine {
  static constexpr uint32_t kNone = ~uint32_t{0};
  uint64_t line = ~uint64_t{0};
  base::Time ready = 0;       ///< When its last fill is, or was, there.
  base::Time busy_until = 0;  ///< Of the last access.
  uint32_t node = kNone;      ///< That accessed it last.
  uint32_t fill = kNone;      ///< Number of its fill while `ready` is not known.
};

/// Direct mapped, so that a clash of two lines loses a little waiting time only.
class RecentLines {
 public:
  RecentLine& at(uint64_t line) {
    RecentLine& entry = entries_[line % entries_.size()];
    if (entry.line != line) {
      entry = {};
      entry.line = line;
    }
    return entry;
  }
  /// The same without claiming the place; nullptr when another line has it.
  RecentLine* find(uint64_t line) {
    RecentLine& entry = entries_[line % entries_.size()];
    return entry.line == line ? &entry : nullptr;
  }

 private:
  std::array<RecentLine, 256> entries_;
};

}  // namespace cubist::l2

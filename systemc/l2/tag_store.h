// SPDX-License-Identifier: Apache-2.0
// The tags of one L2 slice: which lines are there, which of their sectors, which are dirty.
#pragma once

#include <cstdint>
#include <vector>

#include "systemc/l2/l2_config.h"

namespace cubist::l2 {

/// Four sectors of 128 bytes in a line; bit i of a mask is sector i.
using SectorMask = uint8_t;
inline constexpr unsigned kSectorBytes = 128;
inline constexpr SectorMask kAllSectors = 0xf;

/// Set-associative. Four bytes a line, kept in the order of use (or of coming), so that a lookup of
/// 16 ways touches one cache line of the host.
class TagStore {
 public:
  /// Lines are numbered within the slice. `lines` is how many the slice's memory has; throws
  /// base::UserError when tags of 23 bits cannot tell them apart.
  TagStore(uint64_t sets, unsigned ways, uint64_t lines,
           Replacement replacement = Replacement::lru);

  struct Line {
    bool present = false;
    SectorMask valid = 0, dirty = 0;
  };
  /// What is known of a line, without touching its age.
  Line probe(uint64_t line) const;
  /// True when a line that is not there would have to evict a dirty one.
  bool would_evict_dirty(uint64_t line) const;

  struct Victim {
    bool evicted = false;  ///< Another line had to go.
    uint64_t line = 0;
    SectorMask dirty = 0;  ///< 0: nothing has to be written back.
  };
  /// Notes a use of `line`, allocating it when it is not there, and adds sectors to its masks.
  /// Returns what was evicted.
  Victim touch(uint64_t line, SectorMask valid, SectorMask dirty);

  /// Drops a line without writing it back.
  void invalidate(uint64_t line);

 private:
  // Bit 0 present, bits 1 to 4 valid, 5 to 8 dirty, 9 to 31 tag.
  using Entry = uint32_t;
  static constexpr unsigned kTagShift = 9;
  static Entry make(uint64_t tag, SectorMask valid, SectorMask dirty) {
    return static_cast<Entry>(tag << kTagShift | uint32_t{dirty} << 5 | uint32_t{valid} << 1 | 1u);
  }
  static SectorMask valid_of(Entry e) { return e >> 1 & kAllSectors; }
  static SectorMask dirty_of(Entry e) { return e >> 5 & kAllSectors; }

  /// Lines of one tag lie in consecutive sets, from a set on that a hash of the tag chooses:
  /// strides of a matrix then meet all sets and not a few, and distances of a power of two no set
  /// in step.
  uint64_t turn(uint64_t tag) const {
    // A finalizer's multiply and shift (splitmix64); steps of eight sets.
    uint64_t mixed = (tag + 1) * 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    return (mixed >> 32) * 8 % sets_;
  }
  /// Where a line belongs. One request asks for the same line several times: the last is kept.
  struct Spot {
    uint64_t line = ~uint64_t{0};
    uint64_t set = 0;  // Number of the set.
    uint64_t tag = 0;
  };
  const Spot& locate(uint64_t line) const {
    if (spot_.line != line) {
      const uint64_t tag = line / sets_;
      spot_ = {line, (line + turn(tag)) % sets_, tag};
    }
    return spot_;
  }
  /// The line with this tag in set number `set`: the inverse of locate().
  uint64_t line_of(uint64_t set, uint64_t tag) const {
    return tag * sets_ + (set + sets_ - turn(tag)) % sets_;
  }
  const Entry* set_of(uint64_t line) const { return &entries_[locate(line).set * ways_]; }
  Entry* set_of(uint64_t line) { return &entries_[locate(line).set * ways_]; }
  unsigned find(uint64_t line) const;  // Way, or ways_.
  /// The way that the next line to come into this set gets.
  unsigned victim_way(const Entry* set) const;

  uint64_t sets_;
  unsigned ways_;
  Replacement replacement_;
  mutable Spot spot_;
  uint64_t random_ = 1;         // Changes with every random choice.
  std::vector<Entry> entries_;  // Of each set; lru: last used first, fifo: last come first.
};

}  // namespace cubist::l2

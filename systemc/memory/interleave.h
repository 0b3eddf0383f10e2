// SPDX-License-Identifier: Apache-2.0
// Which slice of the L2 (and which HBM channel behind it) a line of device memory belongs to.
#pragma once

#include <cstdint>

namespace cubist::memory {

/// Consecutive lines go to consecutive slices; the start turns with the higher address bits: with
/// every round over the slices, so that no stride meets a few slices alone, or only every
/// `turn_rounds` rounds. A bijection between lines and (slice, index in slice) for any number of
/// slices.
class Interleave {
 public:
  static constexpr unsigned kLineBytes = 512;  ///< L2 line (facts: 910B, 512 bytes).

  Interleave(uint64_t base, unsigned slices, uint64_t turn_rounds = 1)
      : base_(base), slices_(slices), turn_rounds_(turn_rounds) {}

  struct Place {
    unsigned slice;
    uint64_t index;  ///< Line number within the slice.
  };

  Place place(uint64_t address) const {
    const uint64_t line = (address - base_) / kLineBytes;
    const uint64_t index = line / slices_;
    return {static_cast<unsigned>((line + turn(index)) % slices_), index};
  }

  /// The address of a slice's line: the inverse of place().
  uint64_t address(Place place) const {
    const uint64_t rest = (place.slice + slices_ - turn(place.index) % slices_) % slices_;
    return base_ + (place.index * slices_ + rest) * kLineBytes;
  }

  unsigned slices() const { return slices_; }
  uint64_t base() const { return base_; }

 private:
  uint64_t turn(uint64_t index) const {
    const uint64_t turns = index / turn_rounds_;
    return turns * 7 + turns / slices_ * 3 + turns / slices_ / slices_;
  }

  uint64_t base_;
  unsigned slices_;
  uint64_t turn_rounds_;
};

}  // namespace cubist::memory

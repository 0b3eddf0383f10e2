// SPDX-License-Identifier: Apache-2.0
// Which slice of the L2 (and which HBM channel behind it) a line of device memory belongs to.
#pragma once

#include <cstdint>

namespace cubist::memory {

/// Consecutive lines go to consecutive slices; the start rotates with the higher address bits, so
/// that strides of a power of two do not meet one slice alone. A bijection between lines and
/// (slice, index in slice) for any number of slices.
class Interleave {
 public:
  static constexpr unsigned kLineBytes = 512;  ///< L2 line (facts: 910B, 512 bytes).

  Interleave(uint64_t base, unsigned slices) : base_(base), slices_(slices) {}

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
    return index + index / slices_ * 7 + index / slices_ / slices_ * 3;
  }

  uint64_t base_;
  unsigned slices_;
};

}  // namespace cubist::memory

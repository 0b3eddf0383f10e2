// SPDX-License-Identifier: Apache-2.0
// A memory in which single bits can be made wrong on purpose.
#pragma once

#include <cstdint>

namespace cubist::base {

/// Whoever injects faults flips bits; the memory's own protection decides what comes of it.
class BitFaultTarget {
 public:
  /// Flips bit `bit` of the byte at `address`; a second flip of the same bit undoes the first.
  /// False when the memory does not hold that address.
  virtual bool flip_bit(uint64_t address, unsigned bit) = 0;

 protected:
  ~BitFaultTarget() = default;
};

}  // namespace cubist::base

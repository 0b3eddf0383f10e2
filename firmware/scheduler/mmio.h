// SPDX-License-Identifier: Apache-2.0
// Device registers: 64 bits wide, addresses from cubist_abi.h.
#pragma once

#include <stdint.h>

#include "abi/cubist_abi.h"

namespace cubist::firmware {

inline uint64_t read_register(uint64_t address) {
  return *reinterpret_cast<const volatile uint64_t*>(address);
}
inline void write_register(uint64_t address, uint64_t value) {
  *reinterpret_cast<volatile uint64_t*>(address) = value;
}

/// Index of the lowest set bit; `bits` must not be 0.
inline unsigned lowest_bit(uint64_t bits) {
  unsigned index = 0;
  for (unsigned step = 32; step != 0; step /= 2) {
    if ((bits & ((uint64_t{1} << step) - 1)) == 0) {
      bits >>= step;
      index += step;
    }
  }
  return index;
}

constexpr uint64_t bit(unsigned index) {
  return uint64_t{1} << index;
}

}  // namespace cubist::firmware

// SPDX-License-Identifier: Apache-2.0
// Numbers for tests.
#pragma once

#include <cstdint>

namespace cubist::core {

/// FP16 with an integer value from -2048 to 2048, exactly.
uint16_t half_of(int value);
/// Of a finite FP16.
double value_of(uint16_t half);

/// A small deterministic generator.
struct Random {
  uint64_t state = 1;
  uint32_t next() {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>(state >> 33);
  }
  uint32_t below(uint32_t n) { return next() % n; }
  uint32_t between(uint32_t low, uint32_t high) { return low + below(high - low + 1); }
};

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
// FP16 for whole numbers up to 2048 in magnitude, which is all that the exact tests need, and NaN.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace cubist::test {

inline float half_to_float(const uint8_t* from) {
  uint16_t bits;
  std::memcpy(&bits, from, 2);
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  if (exponent == 31) return NAN;
  const float magnitude = exponent == 0
                              ? std::ldexp(static_cast<float>(fraction), -24)
                              : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

/// Anything that is not such a number becomes NaN, which no test expects.
inline void float_to_half(float value, uint8_t* to) {
  uint16_t bits = 0x7e00;
  const float magnitude = std::fabs(value);
  if (magnitude <= 2048 && magnitude == std::floor(magnitude)) {
    int exponent = 0;
    std::frexp(magnitude, &exponent);
    bits = magnitude == 0 ? 0
                          : static_cast<uint16_t>(
                                (exponent + 14) << 10 |
                                (static_cast<int>(std::ldexp(magnitude, 11 - exponent)) & 1023));
    if (value < 0) bits |= 0x8000;
  }
  std::memcpy(to, &bits, 2);
}

}  // namespace cubist::test

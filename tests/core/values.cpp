// SPDX-License-Identifier: Apache-2.0
#include "tests/core/values.h"

#include <cmath>
#include <cstdlib>

namespace cubist::core {

uint16_t half_of(int value) {
  if (value == 0) return 0;
  int exponent = 0;
  const double fraction = std::frexp(std::abs(value), &exponent);  // in [0.5, 1)
  const auto bits =
      static_cast<uint16_t>((exponent + 14) << 10 | static_cast<int>((fraction * 2 - 1) * 1024));
  return value < 0 ? bits | 0x8000 : bits;
}

double value_of(uint16_t half) {
  const int exponent = half >> 10 & 31;
  const double fraction = (half & 1023) / 1024.0;
  const double v =
      exponent == 0 ? std::ldexp(fraction, -14) : std::ldexp(1 + fraction, exponent - 15);
  return (half & 0x8000) != 0 ? -v : v;
}

}  // namespace cubist::core

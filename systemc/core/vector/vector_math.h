// SPDX-License-Identifier: Apache-2.0
// The functions of the vector unit on one element, built from IEEE operations alone: no libm, so
// the bits are the same on every host.
#pragma once

#include <cmath>
#include <cstdint>

#include "systemc/core/vector/half.h"

namespace cubist::core {

/// e to the x in double, within 2^-50 relative: the caller rounds once to FP32 or FP16, which is
/// then within 0.5001 units in the last place. Overflow gives infinity, underflow zero.
inline double exp_double(double x) {
  if (x != x) return x;
  if (x > 200.0) return HUGE_VAL;
  if (x < -200.0) return 0.0;
  // n = x / ln 2 to the nearest integer, by adding and removing a number whose last bit is 1.
  const double n = (x * 0x1.71547652b82fep+0 + 0x1.8p52) - 0x1.8p52;
  // ln 2 in two parts; the first has 33 zero bits at its end, so n times it is exact.
  const double r = (x - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33;
  // 1 + r + r^2/2! + ... + r^13/13!
  double sum = 1.0 / 6227020800.0;
  sum = sum * r + 1.0 / 479001600.0;
  sum = sum * r + 1.0 / 39916800.0;
  sum = sum * r + 1.0 / 3628800.0;
  sum = sum * r + 1.0 / 362880.0;
  sum = sum * r + 1.0 / 40320.0;
  sum = sum * r + 1.0 / 5040.0;
  sum = sum * r + 1.0 / 720.0;
  sum = sum * r + 1.0 / 120.0;
  sum = sum * r + 1.0 / 24.0;
  sum = sum * r + 1.0 / 6.0;
  sum = sum * r + 0.5;
  sum = sum * r + 1.0;
  sum = sum * r + 1.0;
  uint64_t bits = static_cast<uint64_t>(static_cast<int64_t>(n) + 1023) << 52;
  double power;
  std::memcpy(&power, &bits, 8);
  return sum * power;
}

/// The larger operand; NaN if either is NaN; +0 is above -0.
inline float max_value(float a, float b) {
  if (a != a || b != b) return float_from_bits(kNanF32);
  if (a == b) return float_from_bits(bits_from_float(a) & bits_from_float(b));
  return a > b ? a : b;
}
inline float min_value(float a, float b) {
  if (a != a || b != b) return float_from_bits(kNanF32);
  if (a == b) return float_from_bits(bits_from_float(a) | bits_from_float(b));
  return a < b ? a : b;
}

/// Rounding of vconv to an integer; `mode` as in the instruction's field.
inline double round_integer(double x, unsigned mode) {
  switch (mode) {
    case 1:
      return std::floor(x);
    case 2:
      return std::ceil(x);
    case 3:
      return std::round(x);
    case 4:
      return std::trunc(x);
    case 5: {
      const double t = std::trunc(x);
      return t != x && std::fmod(t, 2.0) == 0.0 ? t + std::copysign(1.0, x) : t;
    }
    default:
      return std::nearbyint(x);
  }
}

/// Saturates; NaN becomes 0.
inline int32_t int_from_double(double x, unsigned mode) {
  if (x != x) return 0;
  const double rounded = round_integer(x, mode);
  if (rounded >= 2147483647.0) return INT32_MAX;
  if (rounded <= -2147483648.0) return INT32_MIN;
  return static_cast<int32_t>(rounded);
}

}  // namespace cubist::core

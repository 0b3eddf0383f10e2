// SPDX-License-Identifier: Apache-2.0
// The functions of the vector unit on one element, built from IEEE operations alone: no libm, so
// the bits are the same on every host.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "systemc/core/vector/half.h"

namespace cubist::core {

/// e to the x in double, within 2^-50 relative: the caller rounds once to FP32 or FP16, which is
/// then within 0.5001 units in the last place. Overflow gives infinity, underflow zero.
inline double exp_double(double x) {
  double near = x < 200.0 ? x : 200.0;
  near = near > -200.0 ? near : -200.0;
  // n = x / ln 2 to the nearest integer, by adding and removing a number whose last bit is 1; the
  // sum's lowest bits are n.
  const double shifted = near * 0x1.71547652b82fep+0 + 0x1.8p52;
  const double n = shifted - 0x1.8p52;
  // ln 2 in two parts; the first has 33 zero bits at its end, so n times it is exact.
  const double r = (near - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33;
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
  const double power = double_from_bits((bits_from_double(shifted) + 1023) << 52);
  double result = sum * power;
  result = x > 200.0 ? HUGE_VAL : result;
  result = x < -200.0 ? 0.0 : result;
  return x != x ? x : result;
}

/// Natural logarithm in double, within 2^-50 relative, of a value that FP32 or FP16 can hold. Of
/// zero -infinity, of what is below zero NaN.
inline double ln_double(double x) {
  // x = m * 2^e with m from sqrt(1/2) to sqrt(2), so that no digits cancel for x near 1.
  const uint64_t offset = bits_from_double(x) - 0x3fe6a09e667f3bcdu;
  const auto e = static_cast<double>(static_cast<int32_t>(static_cast<int64_t>(offset) >> 52));
  const double m = double_from_bits(bits_from_double(x) - (offset & 0xfff0000000000000u));
  const double f = m - 1.0, s = f / (m + 1.0), z = s * s;
  // ln m = 2 s (1 + z/3 + z^2/5 + ...), z below 0.0295
  double sum = 1.0 / 23.0;
  sum = sum * z + 1.0 / 21.0;
  sum = sum * z + 1.0 / 19.0;
  sum = sum * z + 1.0 / 17.0;
  sum = sum * z + 1.0 / 15.0;
  sum = sum * z + 1.0 / 13.0;
  sum = sum * z + 1.0 / 11.0;
  sum = sum * z + 1.0 / 9.0;
  sum = sum * z + 1.0 / 7.0;
  sum = sum * z + 1.0 / 5.0;
  sum = sum * z + 1.0 / 3.0;
  const double twice = s + s;
  // ln 2 in two parts, as above; the small parts first.
  const double low = twice * z * sum + e * 0x1.a39ef35793c76p-33;
  double result = e * 0x1.62e42feep-1 + (twice + low);
  result = x == HUGE_VAL ? x : result;
  result = x == 0.0 ? -HUGE_VAL : result;
  return x < 0.0 || x != x ? NAN : result;
}

/// x * y + z of FP32 values as a double that rounds to FP32 or FP16 as the exact value does: the
/// sum's last bit is set when anything was lost (rounding to odd).
inline double multiply_add_odd(float x, float y, float z) {
  const double product = static_cast<double>(x) * static_cast<double>(y);  // exact
  const double addend = z;
  const double sum = product + addend;
  const double part = sum - product;
  const double lost = (product - (sum - part)) + (addend - part);
  const uint64_t bits = bits_from_double(sum);
  const uint64_t step = (lost > 0) == (sum > 0) ? uint64_t{1} : ~uint64_t{0};
  const bool adjust = (lost < 0 || lost > 0) && (bits & 1) == 0;  // false where anything is NaN
  return double_from_bits(adjust ? bits + step : bits);
}

/// The larger operand; NaN if either is NaN; +0 is above -0.
inline float max_value(float a, float b) {
  float result = a > b ? a : b;
  result = a == b ? float_from_bits(bits_from_float(a) & bits_from_float(b)) : result;
  return a != a || b != b ? float_from_bits(kNanF32) : result;
}
inline float min_value(float a, float b) {
  float result = a < b ? a : b;
  result = a == b ? float_from_bits(bits_from_float(a) | bits_from_float(b)) : result;
  return a != a || b != b ? float_from_bits(kNanF32) : result;
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

/// Rounds to an integer of the range [low, high] and saturates; NaN becomes 0.
inline int32_t int_from_double(double x, unsigned mode, double low, double high) {
  if (x != x) return 0;
  const double rounded = round_integer(x, mode);
  return static_cast<int32_t>(rounded < low ? low : rounded > high ? high : rounded);
}

/// A binary format narrower than double.
struct FloatFormat {
  int fraction;  ///< Bits behind the leading one.
  int lowest;    ///< Exponent of the smallest normal number.
  int highest;   ///< Exponent of the largest one.
};
inline constexpr FloatFormat kFormatF16{10, -14, 15}, kFormatBf16{7, -126, 127},
    kFormatF32{23, -126, 127};

/// Rounds to the format by vconv's mode and returns its bits (sign on top, exponent, fraction).
/// Subnormals are kept. Beyond the largest number: infinity when rounding to nearest or away from
/// zero, the largest number when rounding toward zero or to odd.
inline uint32_t round_to_format(double x, const FloatFormat& f, unsigned mode) {
  const uint64_t bits = bits_from_double(x);
  const bool negative = bits >> 63 != 0;
  const uint32_t width = static_cast<uint32_t>(f.fraction);
  const auto infinity = static_cast<uint32_t>(f.highest - f.lowest + 2) << width;
  const uint32_t sign = negative ? (infinity >> width) + 1 : 0;  // one bit above the exponent
  const uint32_t top = sign << width;
  if (x != x) return infinity | 1u << (width - 1);
  if (x == 0.0 || std::fabs(x) == HUGE_VAL) return top | (x == 0.0 ? 0 : infinity);
  // |x| = significand * 2^(exponent - 52); subnormal doubles are below half of every format.
  const int exponent = std::max(static_cast<int>(bits >> 52 & 0x7ff) - 1023, -1000);
  const uint64_t significand = (bits & 0xfffffffffffffu) | uint64_t{1} << 52;
  const int shift = std::min(62, 52 - f.fraction + std::max(0, f.lowest - exponent));
  uint64_t kept = significand >> shift;
  const uint64_t rest = significand & ((uint64_t{1} << shift) - 1),
                 half = uint64_t{1} << (shift - 1);
  bool up = false;
  switch (mode) {
    case 1:
      up = rest != 0 && negative;
      break;
    case 2:
      up = rest != 0 && !negative;
      break;
    case 3:
      up = rest >= half;
      break;
    case 4:
      break;
    case 5:
      up = rest != 0 && (kept & 1) == 0;
      break;
    default:
      up = rest > half || (rest == half && (kept & 1) != 0);
      break;
  }
  kept += up ? 1u : 0u;
  // `kept` counts the leading one, which adds 1 to the exponent field of a normal number; a carry
  // out of the fraction comes out right by itself.
  const uint64_t base =
      exponent >= f.lowest ? static_cast<uint64_t>(exponent - f.lowest) << width : 0;
  const uint64_t result = base + kept;
  if (result < infinity) return top | static_cast<uint32_t>(result);
  const bool toward_zero = mode == 4 || mode == 5 || mode == (negative ? 2u : 1u);
  return top | (toward_zero ? infinity - 1 : infinity);
}

}  // namespace cubist::core

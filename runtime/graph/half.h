// SPDX-License-Identifier: Apache-2.0
// Conversions between float16 (IEEE 754 binary16, as its 16 bits) and wider formats: round to
// nearest, ties to even, subnormals kept, overflow to infinity. A NaN becomes the quiet NaN 0x7E00
// with its sign dropped.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace cubist::graph {

/// Exact value of the 16 bits; signalling NaNs come back quiet.
inline float half_to_float(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1FU;
  const std::uint32_t fraction = bits & 0x3FFU;
  if (exponent == 0x1FU) {
    return std::bit_cast<float>(fraction == 0 ? (sign | 0x7F800000U) : 0x7FC00000U);
  }
  if (exponent == 0) {  // zero and subnormals: fraction * 2^-24, exact in float
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | sign);
  }
  return std::bit_cast<float>(sign | ((exponent + 112U) << 23) | (fraction << 13));
}

/// Rounds once from float64 (so a float, which widens exactly, is rounded once too).
inline std::uint16_t double_to_half(double value) {
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 48) & 0x8000U);
  const std::uint64_t magnitude = bits & 0x7FFFFFFFFFFFFFFFULL;
  if (magnitude > 0x7FF0000000000000ULL) return 0x7E00U;
  if (magnitude >= std::bit_cast<std::uint64_t>(65520.0)) return sign | 0x7C00U;
  // One unit in the last place of the result: 2^-24 below 2^-14, else 2^(exponent - 10).
  const int exponent = static_cast<int>(magnitude >> 52) - 1023;
  if (exponent < -26) return sign;                             // below half the smallest subnormal
  const int shift = exponent < -14 ? 52 - 24 - exponent : 42;  // bits of the significand to drop
  const std::uint64_t significand = (magnitude & 0xFFFFFFFFFFFFFULL) | 0x10000000000000ULL;
  std::uint64_t kept = significand >> shift;
  const std::uint64_t dropped = significand & ((1ULL << shift) - 1);
  const std::uint64_t half = 1ULL << (shift - 1);
  if (dropped > half || (dropped == half && (kept & 1U) != 0)) ++kept;
  // `kept` carries the hidden bit for normal numbers; a carry into the exponent is what rounding up
  // means.
  const std::uint64_t base = exponent < -14 ? 0 : static_cast<std::uint64_t>(exponent + 14) << 10;
  return static_cast<std::uint16_t>(sign | (base + kept));
}

inline std::uint16_t float_to_half(float value) {
  return double_to_half(static_cast<double>(value));
}

}  // namespace cubist::graph

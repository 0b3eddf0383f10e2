// SPDX-License-Identifier: Apache-2.0
// FP16 and BF16 to and from wider types, to the bit and without a branch on data.
#pragma once

#include <cstdint>
#include <cstring>

namespace cubist::core {

inline constexpr uint16_t kNanF16 = 0x7e00;
inline constexpr uint32_t kNanF32 = 0x7fc00000;

inline float float_from_bits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}
inline uint32_t bits_from_float(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  return bits;
}

inline double double_from_bits(uint64_t bits) {
  double value;
  std::memcpy(&value, &bits, 8);
  return value;
}
inline uint64_t bits_from_double(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, 8);
  return bits;
}

/// Exact. Subnormals become normal floats; NaNs keep their payload.
inline float float_from_half(uint16_t half) {
  const uint32_t magnitude = half & 0x7fffu;
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  // 2^-112 scaled up by 2^112 turns FP16 subnormals into what they are worth without a branch.
  const float scaled = float_from_bits(magnitude << 13) * 0x1p112f;
  const uint32_t finite = bits_from_float(scaled);
  const uint32_t special = 0x7f800000u | (magnitude & 0x3ffu) << 13;
  return float_from_bits(sign | (magnitude >= 0x7c00u ? special : finite));
}

/// Rounds to nearest even; overflow gives infinity, any NaN gives 0x7E00.
inline uint16_t half_from_float(float value) {
  const uint32_t bits = bits_from_float(value);
  const uint32_t magnitude = bits & 0x7fffffffu;
  const uint32_t sign = bits >> 16 & 0x8000u;
  // Below 2^-14: adding 0.5 aligns the sum's last bit with 2^-24, and IEEE addition rounds.
  const uint32_t small = bits_from_float(float_from_bits(magnitude) + 0.5f) - 0x3f000000u;
  const uint32_t normal = (magnitude - 0x38000000u + 0xfffu + (magnitude >> 13 & 1u)) >> 13;
  uint32_t half = magnitude < 0x38800000u ? small : normal;
  half = magnitude >= 0x477ff000u ? 0x7c00u : half;  // at least 65520: rounds to infinity
  return static_cast<uint16_t>(magnitude > 0x7f800000u ? uint32_t{kNanF16} : sign | half);
}

/// Rounds once, to nearest even, straight from double.
inline uint16_t half_from_double(double value) {
  // Round to odd at float precision keeps every later rounding exact.
  auto narrowed = static_cast<float>(value);
  const auto back = static_cast<double>(narrowed);
  if (back != value && value == value) {
    uint32_t bits = bits_from_float(narrowed);
    const bool away = (value > 0) == (back > value);
    if ((bits & 0x7fffffffu) == 0x7f800000u) return half_from_float(narrowed);
    if (away) bits -= 1;  // toward zero; the magnitude is nonzero here
    narrowed = float_from_bits(bits | 1u);
  }
  return half_from_float(narrowed);
}

inline float float_from_bfloat(uint16_t value) {
  return float_from_bits(static_cast<uint32_t>(value) << 16);
}

/// Rounds to nearest even; any NaN gives 0x7FC0.
inline uint16_t bfloat_from_float(float value) {
  const uint32_t bits = bits_from_float(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return 0x7fc0;
  return static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

inline float canonical(float value) {
  return value == value ? value : float_from_bits(kNanF32);
}

}  // namespace cubist::core

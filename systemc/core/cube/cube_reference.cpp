// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/cube/cube_reference.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace cubist::core {
namespace {

/// Unpacks a binary format of `exponent_bits` and `fraction_bits`.
CubeOperand unpack(uint32_t bits, int exponent_bits, int fraction_bits) {
  const uint32_t all_ones = (1u << exponent_bits) - 1;
  const uint32_t fraction = bits & ((1u << fraction_bits) - 1);
  const uint32_t field = (bits >> fraction_bits) & all_ones;
  const int bias = static_cast<int>(all_ones >> 1);
  CubeOperand x;
  x.negative = (bits >> (exponent_bits + fraction_bits)) & 1;
  if (field == all_ones) {
    x.kind = fraction ? CubeOperand::nan : CubeOperand::infinity;
    return x;
  }
  const int32_t magnitude = static_cast<int32_t>(fraction | (field ? 1u << fraction_bits : 0));
  x.significand = x.negative ? -magnitude : magnitude;
  x.exponent = static_cast<int16_t>((field ? static_cast<int>(field) : 1) - bias);
  return x;
}

int fraction_bits(CubeType type) {
  return type == CubeType::bf16 ? 7 : 10;
}

template <class T>
T load(const uint8_t* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

}  // namespace

uint32_t round_to_hf32(uint32_t bits) {
  if ((bits & 0x7F800000) == 0x7F800000) return bits;
  return (bits + 0xFFF + ((bits >> 13) & 1)) & ~0x1FFFu;
}

CubeOperand decode_operand(CubeType type, const uint8_t* element) {
  if (type == CubeType::fp16) return unpack(load<uint16_t>(element), 5, 10);
  if (type == CubeType::bf16) return unpack(load<uint16_t>(element), 8, 7);
  const uint32_t bits = round_to_hf32(load<uint32_t>(element));
  if ((bits & 0x7FFFFFFF) >
      0x7F800000) {  // A NaN whose payload sits in the dropped bits stays one.
    CubeOperand x;
    x.kind = CubeOperand::nan;
    return x;
  }
  return unpack((bits >> 31 << 18) | (bits & 0x7FFFFFFF) >> 13, 8, 10);
}

uint32_t round_to_fp32(bool negative, uint64_t magnitude, int exponent) {
  const uint32_t sign = negative ? 0x80000000u : 0;
  if (magnitude == 0) return sign;
  const int leading = 63 - std::countl_zero(magnitude);
  const int result_exponent = std::max(exponent + leading - 23, -149);  // Of the result's last bit.
  const int shift = std::min(result_exponent - exponent, 63);
  uint64_t kept;
  if (shift <= 0) {
    kept = magnitude << -shift;
  } else {
    const uint64_t half = uint64_t{1} << (shift - 1);
    const uint64_t dropped = magnitude & (2 * half - 1);
    kept = magnitude >> shift;
    if (dropped > half || (dropped == half && (kept & 1))) ++kept;
  }
  if (result_exponent > 127) return sign | 0x7F800000;
  // The hidden bit of `kept` adds the one that the exponent field is short of.
  const uint64_t bits = (static_cast<uint64_t>(result_exponent + 149) << 23) + kept;
  return sign | static_cast<uint32_t>(std::min<uint64_t>(bits, 0x7F800000));
}

uint32_t float_step(CubeType type, const CubeOperand* a, const CubeOperand* b, unsigned terms,
                    uint32_t c_bits) {
  const CubeOperand c = unpack(c_bits, 8, 23);
  bool nan = c.kind == CubeOperand::nan;
  bool plus_infinity = c.kind == CubeOperand::infinity && !c.negative;
  bool minus_infinity = c.kind == CubeOperand::infinity && c.negative;
  int largest = c.significand ? c.exponent : INT16_MIN;
  for (unsigned i = 0; i < terms; ++i) {
    if (a[i].kind == CubeOperand::finite && b[i].kind == CubeOperand::finite) {
      if (a[i].significand && b[i].significand) {
        largest = std::max(largest, a[i].exponent + b[i].exponent);
      }
      continue;
    }
    const bool zero = (a[i].kind == CubeOperand::finite && !a[i].significand) ||
                      (b[i].kind == CubeOperand::finite && !b[i].significand);
    if (zero || a[i].kind == CubeOperand::nan || b[i].kind == CubeOperand::nan) {
      nan = true;
    } else {
      (a[i].negative != b[i].negative ? minus_infinity : plus_infinity) = true;
    }
  }
  if (nan || (plus_infinity && minus_infinity)) return kCanonicalNan;
  if (plus_infinity) return 0x7F800000;
  if (minus_infinity) return 0xFF800000;

  // In units of 2^(largest - 55).
  const auto aligned = [largest](int64_t value, int value_shift, int exponent) {
    const uint64_t magnitude = static_cast<uint64_t>(value < 0 ? -value : value) << value_shift;
    const int64_t kept = static_cast<int64_t>(magnitude >> std::min(largest - exponent, 63));
    return value < 0 ? -kept : kept;
  };
  const int product_shift = 55 - 2 * fraction_bits(type);
  int64_t sum = c.significand ? aligned(c.significand, 55 - 23, c.exponent) : 0;
  for (unsigned i = 0; i < terms; ++i) {
    if (!a[i].significand || !b[i].significand) continue;
    sum += aligned(int64_t{a[i].significand} * b[i].significand, product_shift,
                   a[i].exponent + b[i].exponent);
  }
  return round_to_fp32(sum < 0, static_cast<uint64_t>(sum < 0 ? -sum : sum), largest - 55);
}

uint32_t fp32_fma(uint32_t a, uint32_t b, uint32_t c) {
  const float r =
      std::fma(std::bit_cast<float>(a), std::bit_cast<float>(b), std::bit_cast<float>(c));
  return std::isnan(r) ? kCanonicalNan : std::bit_cast<uint32_t>(r);
}

}  // namespace cubist::core

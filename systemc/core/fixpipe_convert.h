// SPDX-License-Identifier: Apache-2.0
// Numbers on their way through FIXPIPE: ReLU, scale, and the cast to the result's type.
//
// An accumulator x is an FP32 number, or an INT32 that is first rounded to FP32 when it is scaled.
// Negative numbers become +0 (ReLU) or x * slope; then x * scale; each rounded once to FP32, to
// nearest even. FP16 and BF16 results are rounded once more; integers are rounded to nearest even,
// the offset is added, and the sum saturates. NaN gives the canonical NaN, or the integer 0.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "systemc/core/vector/half.h"

namespace cubist::core {

/// Field `cast` of the instruction: what the accumulators are and what comes out.
enum class FixpipeCast : uint8_t {
  fp32 = 0,   ///< FP32 as it is.
  fp16 = 1,   ///< FP32 to FP16.
  bf16 = 2,   ///< FP32 to BF16.
  int32 = 3,  ///< INT32 as it is.
  // With a scale:
  int32_fp16 = 4,
  int32_s16 = 5,
  int32_s8 = 6,
  int32_u8 = 7,
  int32_s4 = 8,
  fp32_s8 = 9,
  fp32_u8 = 10,
  fp32_s4 = 11,
  fp32_fp16 = 12,
  fp32_bf16 = 13,
  fp32_fp32 = 14,
};

constexpr bool integer_accumulators(FixpipeCast c) {
  return c >= FixpipeCast::int32 && c <= FixpipeCast::int32_s4;
}
constexpr bool scaled(FixpipeCast c) {
  return c >= FixpipeCast::int32_fp16;
}

/// Bits of an element of the result.
constexpr unsigned result_bits(FixpipeCast c) {
  switch (c) {
    case FixpipeCast::fp16:
    case FixpipeCast::bf16:
    case FixpipeCast::int32_fp16:
    case FixpipeCast::int32_s16:
    case FixpipeCast::fp32_fp16:
    case FixpipeCast::fp32_bf16:
      return 16;
    case FixpipeCast::int32_s8:
    case FixpipeCast::int32_u8:
    case FixpipeCast::fp32_s8:
    case FixpipeCast::fp32_u8:
      return 8;
    case FixpipeCast::int32_s4:
    case FixpipeCast::fp32_s4:
      return 4;
    default:
      return 32;
  }
}

/// What becomes of negative numbers: field `relu`, then field `relu_slope`.
enum class FixpipeRelu : uint8_t { none, zero, slope };

/// The numbers for one element, column by column.
struct FixpipeColumn {
  float scale = 1;  ///< Of casts with a scale.
  int offset = 0;   ///< Added to integer results, -256 to 255.
  float slope = 0;  ///< FixpipeRelu::slope.
};
/// Scale in bits 0 to 31 (FP32), offset in bits 32 to 40.
FixpipeColumn column_of(uint64_t quantisation, uint32_t slope_bits);

/// FP32 to FP16 and BF16: to nearest even, subnormals kept, overflow to infinity, NaN to the
/// canonical quiet NaN (0x7E00, 0x7FC0).
inline uint16_t fp32_to_fp16(uint32_t bits) {
  return half_from_float(float_from_bits(bits));
}
inline uint16_t fp32_to_bf16(uint32_t bits) {
  return bfloat_from_float(float_from_bits(bits));
}

/// Converts `accumulators`, whose first is in column `first`, to elements at `to`; 4-bit ones are
/// packed two a byte, the first in the lower half, and must begin at an even column.
void convert_row(FixpipeCast cast, FixpipeRelu relu, std::span<const FixpipeColumn> columns,
                 std::span<const uint32_t> in, uint8_t* to);

}  // namespace cubist::core

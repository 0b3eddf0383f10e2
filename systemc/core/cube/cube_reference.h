// SPDX-License-Identifier: Apache-2.0
// The rule of docs/numerics.md in integers, one step of one accumulator at a time. It is the
// model's definition: the fast paths of cube_kernels.h must give the same bits.
#pragma once

#include <cstdint>

#include "systemc/core/cube/cube_unit.h"

namespace cubist::core {

inline constexpr uint32_t kCanonicalNan = 0x7FC00000;

/// A decoded operand: significand * 2^(exponent - fraction bits of its type).
struct CubeOperand {
  enum Class : uint8_t { finite, infinity, nan };
  int32_t significand = 0;  ///< Signed; 0 for a zero of either sign.
  int16_t exponent = 0;     ///< Field exponent; subnormals have that of the smallest normal number.
  Class kind = finite;
  bool negative = false;
};

/// Reads element bytes of a floating type other than FP32.
CubeOperand decode_operand(CubeType type, const uint8_t* element);

/// Rounds FP32 to 10 fraction bits, to nearest even, as HF32 does on input; still an FP32 pattern.
uint32_t round_to_hf32(uint32_t bits);

/// One step: rounds c + sum of a[i] * b[i] over `terms` products once. `c` and the result are FP32.
uint32_t float_step(CubeType type, const CubeOperand* a, const CubeOperand* b, unsigned terms,
                    uint32_t c);

/// Rounds sign * magnitude * 2^exponent to FP32, to nearest even; magnitude below 2^63.
uint32_t round_to_fp32(bool negative, uint64_t magnitude, int exponent);

/// IEEE fused multiply-add with the canonical NaN.
uint32_t fp32_fma(uint32_t a, uint32_t b, uint32_t c);

}  // namespace cubist::core

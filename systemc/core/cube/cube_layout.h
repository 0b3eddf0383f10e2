// SPDX-License-Identifier: Apache-2.0
// Sizes and counts that follow from an instruction's type and shape; see docs/cube.md, "Layouts".
#pragma once

#include <cstdint>

#include "systemc/core/cube/cube_unit.h"

namespace cubist::core {

inline constexpr unsigned kFractal = 16;        ///< Rows of an A fractal, columns of a B fractal.
inline constexpr unsigned kFractalBytes = 512;  ///< One fractal of A or B.
inline constexpr unsigned kAccFractalBytes = 1024;  ///< One 16 x 16 fractal of C.

constexpr unsigned ceil_div(unsigned x, unsigned y) {
  return (x + y - 1) / y;
}

constexpr bool is_int8(CubeType t) {
  return t >= CubeType::s8;
}
constexpr bool a_is_signed(CubeType t) {
  return t == CubeType::s8 || t == CubeType::s8u8;
}
constexpr bool b_is_signed(CubeType t) {
  return t == CubeType::s8 || t == CubeType::u8s8;
}

/// Bytes of one element of A and B.
constexpr unsigned element_bytes(CubeType t) {
  return is_int8(t) ? 1 : (t == CubeType::fp16 || t == CubeType::bf16) ? 2 : 4;
}

/// C0: elements along k in one fractal.
constexpr unsigned fractal_k(CubeType t) {
  return 32 / element_bytes(t);
}

/// K0: products that are summed before one rounding. FP32 rounds after each product; its step is
/// the fractal that the sequencer issues at once.
constexpr unsigned step_k(CubeType t) {
  return is_int8(t) ? 32 : t == CubeType::fp32 ? 8 : 16;
}

/// Fractals of A (and of B) that make one step: two for HF32, whose fractal is half a step deep.
constexpr unsigned fractals_per_step(CubeType t) {
  return step_k(t) / fractal_k(t);
}

/// Offsets of elements from the start of their matrix; `kt`, `nt`, `mt` count fractals.
constexpr uint32_t a_offset(CubeType t, unsigned row, unsigned k, unsigned kt) {
  const unsigned c0 = fractal_k(t);
  return ((row / kFractal) * kt + k / c0) * kFractalBytes + (row % kFractal) * 32 +
         (k % c0) * element_bytes(t);
}
constexpr uint32_t b_offset(CubeType t, unsigned k, unsigned column, unsigned nt) {
  const unsigned c0 = fractal_k(t);
  return ((k / c0) * nt + column / kFractal) * kFractalBytes + (column % kFractal) * 32 +
         (k % c0) * element_bytes(t);
}
constexpr uint32_t c_offset(unsigned row, unsigned column, unsigned mt) {
  return ((column / kFractal) * mt + row / kFractal) * kAccFractalBytes +
         ((row % kFractal) * kFractal + column % kFractal) * 4;
}

}  // namespace cubist::core

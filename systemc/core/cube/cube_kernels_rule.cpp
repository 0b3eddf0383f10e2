// SPDX-License-Identifier: Apache-2.0
// The rule of docs/numerics.md in 64-bit integers, for what double precision cannot give; compiled
// once per instruction set.
#include "systemc/core/cube/cube_kernels_rule.h"

#include <cmath>

#include "systemc/core/cube/cube_reference.h"

namespace cubist::core {
namespace CUBIST_KERNELS {
namespace {

/// Field exponent (a very small one for zero), magnitude in units of 2^(exponent - 10), sign mask.
struct Parts {
  Int8x64 exponent, magnitude, negative;
};
Parts parts_of(Double8 x, int smallest) {
  const Int8x64 bits = (Int8x64)x;
  Parts p;
  const Int8x64 raw = ((bits >> 52) & 0x7FF) - 1023;
  const Int8x64 field = raw < smallest ? Int8x64{} + smallest : raw;
  const Double8 scale = (Double8)((10 - field + 1023) << 52);
  p.magnitude = __builtin_convertvector((Double8)(bits & INT64_MAX) * scale, Int8x64);
  p.exponent = (bits & INT64_MAX) == 0 ? Int8x64{} - kNone : field;
  p.negative = bits >> 63;
  return p;
}

/// One element's step by the reference, with NaN or infinities among its terms.
uint32_t special_element(const double* a, const double* b, uint32_t c) {
  CubeOperand x[kStep], y[kStep];
  const auto operand = [](double value) {
    CubeOperand o;
    o.negative = std::signbit(value);
    o.kind = std::isnan(value)   ? CubeOperand::nan
             : std::isinf(value) ? CubeOperand::infinity
                                 : CubeOperand::finite;
    // With a special among the terms, a finite one matters only by being zero or not.
    o.significand = o.kind == CubeOperand::finite && value != 0 ? 1 : 0;
    return o;
  };
  for (unsigned k = 0; k < kStep; ++k) {
    x[k] = operand(a[k * kRows]);
    y[k] = operand(b[k * kColumns]);
  }
  return float_step(CubeType::hf32, x, y, kStep, c);
}

}  // namespace

void integer_step(CubeType type, const double* a, const double* b, float* block) {
  const int smallest = smallest_exponent(type);
  for (unsigned half = 0; half < 2; ++half) {
    Parts pa[kStep], pb[kStep];
    for (unsigned k = 0; k < kStep; ++k) {
      pa[k] = parts_of(load<Double8>(a + k * kRows + half * 8), smallest);
      pb[k] = parts_of(load<Double8>(b + k * kColumns), smallest);
    }
    for (unsigned r = 0; r < 8; ++r) {
      float* const at = block + (half * 8 + r) * kColumns;
      const Uint8x32 c_bits = load<Uint8x32>(at);
      const Int8x64 c = __builtin_convertvector(c_bits, Int8x64);
      const Int8x64 c_field = (c >> 23) & 0xFF;
      const Int8x64 c_fraction = c & 0x7FFFFF;
      const Int8x64 c_magnitude = c_field == 0 ? c_fraction : c_fraction | 0x800000;
      Int8x64 c_exponent = c_field == 0 ? Int8x64{} - 126 : c_field - 127;
      c_exponent = c_magnitude == 0 ? Int8x64{} - kNone : c_exponent;
      Int8x64 largest = c_exponent;
      for (unsigned k = 0; k < kStep; ++k) {
        const Int8x64 e = pa[k].exponent[r] + pb[k].exponent;
        largest = e > largest ? e : largest;
      }
      const auto aligned = [&](Int8x64 magnitude, Int8x64 exponent, Int8x64 negative) {
        Int8x64 shift = largest - exponent;
        shift = shift > 63 ? Int8x64{} + 63 : shift;
        const Int8x64 kept = (Int8x64)((Uint8x64)magnitude >> (Uint8x64)shift);
        return (kept ^ negative) - negative;
      };
      const Int8x64 c_negative = -(c >> 31);
      Int8x64 sum = aligned(c_magnitude << 32, c_exponent, c_negative);
      for (unsigned k = 0; k < kStep; ++k) {
        const Parts& p = pb[k];
        sum += aligned((pa[k].magnitude[r] * p.magnitude) << 35, pa[k].exponent[r] + p.exponent,
                       pa[k].negative[r] ^ p.negative);
      }
      // To double with the lost bits jammed into the last one, then one rounding.
      const Int8x64 negative = sum >> 63;
      const Int8x64 magnitude = (sum ^ negative) - negative;
      const Int8x64 lost = (magnitude & 511) == 0 ? Int8x64{} : Int8x64{} + 512;
      const Int8x64 jammed =
          (magnitude >> 53) == 0 ? magnitude : (magnitude & ~INT64_C(511)) | lost;
      largest = magnitude == 0 ? Int8x64{} : largest;
      const Double8 scale = (Double8)((largest - 55 + 1023) << 52);
      const Double8 value = __builtin_convertvector(jammed, Double8) * scale;
      const Double8 with_sign = (Double8)((Int8x64)value | (negative & INT64_MIN));
      store(at, __builtin_convertvector(with_sign, Float8));
    }
  }
}

// Finite elements by integer_step(), the others one by one, except that an accumulator that is
// special already stays what it is.
void special_step(CubeType type, const double* a, const double* b, float* block) {
  double finite_a[kStep * kRows], finite_b[kStep * kColumns];
  bool row_special[kRows] = {}, column_special[kColumns] = {};
  for (unsigned k = 0; k < kStep; ++k) {
    for (unsigned r = 0; r < kRows; ++r) {
      const double x = a[k * kRows + r];
      finite_a[k * kRows + r] = std::isfinite(x) ? x : 0;
      row_special[r] |= !std::isfinite(x);
    }
    for (unsigned n = 0; n < kColumns; ++n) {
      const double x = b[k * kColumns + n];
      finite_b[k * kColumns + n] = std::isfinite(x) ? x : 0;
      column_special[n] |= !std::isfinite(x);
    }
  }
  uint32_t before[kRows * kColumns];
  std::memcpy(before, block, sizeof before);
  for (unsigned j = 0; j < kRows * kColumns; ++j) block[j] = std::isfinite(block[j]) ? block[j] : 0;
  integer_step(type, finite_a, finite_b, block);
  for (unsigned r = 0; r < kRows; ++r) {
    for (unsigned n = 0; n < kColumns; ++n) {
      const unsigned j = r * kColumns + n;
      uint32_t c = before[j];
      if (row_special[r] || column_special[n]) {
        c = special_element(a + r, b + n, c);
      } else if ((c & 0x7F800000) != 0x7F800000) {
        continue;
      } else if (c & 0x7FFFFF) {
        c = kCanonicalNan;
      }
      std::memcpy(block + j, &c, 4);
    }
  }
}

}  // namespace CUBIST_KERNELS
}  // namespace cubist::core

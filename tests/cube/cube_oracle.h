// SPDX-License-Identifier: Apache-2.0
// The whole of docs/numerics.md on GNU MPFR, written from the rule alone: it shares no code with
// the model or the RTL, not even the decoding of operands.
#pragma once

#include <mpfr.h>

#include <cstdint>
#include <vector>

#include "systemc/core/cube/cube_unit.h"

namespace cubist::test {

class CubeOracle {
 public:
  CubeOracle();
  ~CubeOracle();
  CubeOracle(const CubeOracle&) = delete;
  CubeOracle& operator=(const CubeOracle&) = delete;

  /// One accumulator over any number of products, k ascending: operands as stored, in the low bits.
  uint32_t dot(core::CubeType type, const std::vector<uint32_t>& a, const std::vector<uint32_t>& b,
               uint32_t c);

 private:
  uint32_t step(core::CubeType type, const uint32_t* a, const uint32_t* b, unsigned terms,
                uint32_t c);
  uint32_t fused(uint32_t a, uint32_t b, uint32_t c);
  double operand(core::CubeType type, uint32_t bits);
  uint32_t to_fp32(mpfr_t value);

  mpfr_t term_, sum_, wide_, single_, half_;
};

/// Value of an IEEE-like format; exact in double for all types here.
double value_of(uint32_t bits, int exponent_bits, int fraction_bits);

}  // namespace cubist::test

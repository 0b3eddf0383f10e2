// SPDX-License-Identifier: Apache-2.0
// The M extension at its corners. Source of the expected values: ISA manual, table 7.1 (division by
// zero and overflow) and exact integer arithmetic.
#include "macros.h"

#define MIN64 0x8000000000000000
#define MIN32 0xffffffff80000000
#define OP(number, name, a, b, expected) \
  li a0, a;                              \
  li a1, b;                              \
  name a2, a0, a1;                       \
  CHECK(number, a2, expected)

BEGIN
  // Division by zero: all ones, and the dividend.
  OP(1, div, 17, 0, -1)
  OP(2, divu, 17, 0, -1)
  OP(3, rem, -17, 0, -17)
  OP(4, remu, -17, 0, -17)
  OP(5, divw, 17, 0, -1)
  OP(6, divuw, 17, 0, -1)
  OP(7, remw, 0xffffffff80000005, 0, 0xffffffff80000005)
  OP(8, remuw, 0x1280000005, 0, 0xffffffff80000005)
  // The one overflow.
  OP(10, div, MIN64, -1, MIN64)
  OP(11, rem, MIN64, -1, 0)
  OP(12, divw, MIN32, -1, MIN32)
  OP(13, remw, MIN32, -1, 0)
  OP(14, divu, MIN64, -1, 0)
  OP(15, remu, MIN64, -1, MIN64)
  OP(16, divuw, MIN32, -1, 0)
  OP(17, remuw, MIN32, -1, MIN32)
  // Signs: towards zero, the remainder has the dividend's.
  OP(20, div, -7, 2, -3)
  OP(21, rem, -7, 2, -1)
  OP(22, div, 7, -2, -3)
  OP(23, rem, 7, -2, 1)
  OP(24, divw, -7, -2, 3)
  OP(25, remw, -7, -2, -1)
  OP(26, divu, -7, 2, 0x7ffffffffffffffc)
  OP(27, divuw, -7, 2, 0x7ffffffc)
  OP(28, div, MIN64, 1, MIN64)
  OP(29, div, 0, -5, 0)
  // The upper operand bits must not matter to the word forms.
  OP(30, divw, 0x5a00000008, 0x7700000002, 4)
  OP(31, mulw, 0x12300000003, 0x45600000005, 15)
  OP(32, mulw, 0x10000, 0x8000, MIN32)
  OP(33, remuw, 0xff0000000a, 3, 1)
  // High products.
  OP(40, mulh, -1, -1, 0)
  OP(41, mulhu, -1, -1, -2)
  OP(42, mulhsu, -1, -1, -1)
  OP(43, mulh, MIN64, MIN64, 0x4000000000000000)
  OP(44, mulhu, MIN64, MIN64, 0x4000000000000000)
  OP(45, mulhsu, MIN64, MIN64, 0xc000000000000000)
  OP(46, mulh, MIN64, -1, 0)
  OP(47, mulhsu, 5, -1, 4)
  OP(48, mulhsu, -5, 1, -1)
  OP(49, mul, MIN64, -1, MIN64)
  OP(50, mul, 0x123456789abcdef, 0xfedcba987654321, 0x22236d88fe5618cf)
  OP(51, mulhu, 0x123456789abcdef, 0xfedcba987654321, 0x121fa00ad77d74)
  // Destination equal to a source, and x0.
  li a0, 12
  mul a0, a0, a0
  CHECK(60, a0, 144)
  div zero, a0, a0
  CHECK(61, zero, 0)
END

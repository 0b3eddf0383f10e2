// SPDX-License-Identifier: Apache-2.0
// LR, SC and the nine AMOs in both widths.
#include "macros.h"

// Memory `before`, operand; what memory and the result register must hold afterwards.
#define AMO_W(number, name, before, operand, after) \
  la a0, cell;                                      \
  li a1, before;                                    \
  sd a1, 0(a0);                                     \
  li a2, operand;                                   \
  name a3, a2, (a0);                                \
  ld a4, 0(a0);                                     \
  lw a5, 0(a0);                                     \
  CHECK(number, a3, (before))                       \
  CHECK(number, a5, after)

BEGIN
  // Words: the result is sign-extended, and the upper half of the operand is ignored.
  AMO_W(1, amoswap.w, 0xffffffff80000001, 0x1200000034, 0x34)
  AMO_W(2, amoadd.w, 0x7fffffff, 1, 0xffffffff80000000)
  AMO_W(3, amoxor.w, 0x0ff0, 0x00ff, 0x0f0f)
  AMO_W(4, amoand.w, 0x0ff0, 0x00ff, 0x00f0)
  AMO_W(5, amoor.w, 0x0ff0, 0x00ff, 0x0fff)
  AMO_W(6, amomin.w, 5, -3, -3)
  AMO_W(7, amomax.w, 5, -3, 5)
  AMO_W(8, amominu.w, 5, -3, 5)
  AMO_W(9, amomaxu.w, 5, -3, -3)
  AMO_W(10, amomax.w, -1, 0x100000001, 1)

  // The neighbour of a word stays as it is.
  la a0, cell
  li a1, 0x1122334455667788
  sd a1, 0(a0)
  li a2, 1
  amoadd.w zero, a2, (a0)
  ld a3, 0(a0)
  CHECK(11, a3, 0x1122334455667789)

#define AMO_D(number, name, before, operand, after) \
  la a0, cell;                                      \
  li a1, before;                                    \
  sd a1, 0(a0);                                     \
  li a2, operand;                                   \
  name a3, a2, (a0);                                \
  ld a5, 0(a0);                                     \
  CHECK(number, a3, before)                         \
  CHECK(number, a5, after)
  AMO_D(21, amoswap.d, 0x8000000000000001, 0x1200000034, 0x1200000034)
  AMO_D(22, amoadd.d.aqrl, 0x7fffffffffffffff, 1, 0x8000000000000000)
  AMO_D(23, amoxor.d, 0x0ff0, -1, 0xfffffffffffff00f)
  AMO_D(24, amoand.d, -1, 0x8000000000000000, 0x8000000000000000)
  AMO_D(25, amoor.d, 1, 0x8000000000000000, 0x8000000000000001)
  AMO_D(26, amomin.d, 0x7fffffffffffffff, 0x8000000000000000, 0x8000000000000000)
  AMO_D(27, amomax.d, 0x7fffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff)
  AMO_D(28, amominu.d, 0x7fffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff)
  AMO_D(29, amomaxu.d, 0x7fffffffffffffff, 0x8000000000000000, 0x8000000000000000)

  // Address register as destination.
  la a0, cell
  li a1, 77
  sd a1, 0(a0)
  amoadd.d a0, a1, (a0)
  CHECK(30, a0, 77)

  // LR and SC.
  la a0, cell
  li a1, 0xffffffff80000000
  sw a1, 0(a0)
  lr.w a2, (a0)
  CHECK(40, a2, 0xffffffff80000000)
  li a3, 5
  sc.w a4, a3, (a0)
  CHECK(41, a4, 0)
  lw a5, 0(a0)
  CHECK(42, a5, 5)
  // A second SC has no reservation left.
  li a3, 6
  sc.w a4, a3, (a0)
  CHECK(43, a4, 1)
  lw a5, 0(a0)
  CHECK(44, a5, 5)
  // Another address than was reserved.
  lr.d a2, (a0)
  addi a1, a0, 8
  sc.d a4, a3, (a1)
  CHECK(45, a4, 1)
  // A trap in between ends the reservation.
  lr.d a2, (a0)
  ecall
  sc.d a4, a3, (a0)
  CHECK(46, a4, 1)
  CHECK(47, s11, 1)
  // A changed value is noticed.
  lr.d a2, (a0)
  li a1, 1234
  sd a1, 0(a0)
  sc.d a4, a3, (a0)
  CHECK(48, a4, 1)
  // Another width than was reserved.
  lr.d a2, (a0)
  sc.w a4, a3, (a0)
  CHECK(49, a4, 1)

  // Misaligned atomics trap even in RAM; nothing changes.
  la a0, cell + 1
  li a3, 99
1: lr.w a3, (a0)
  la a1, cell + 1
  CHECK(50, s11, 2)
  CHECK(51, s8, 4)
  li gp, 52
  bne s9, a1, fail
  CHECK_AT(53, 1b)
  CHECK(54, a3, 99)
2: amoadd.w a3, a3, (a0)
  CHECK(55, s8, 6)
  CHECK_AT(56, 2b)
  la a0, cell + 4
3: sc.d a3, a3, (a0)
  CHECK(57, s8, 6)
  CHECK_AT(58, 3b)
  CHECK(59, a3, 99)

  // Nothing there: LR is a load fault, SC and AMO are store faults.
  li a0, 0x40000000
  lr.d a1, (a0)
  CHECK_TRAP(60, 5, 5, 0x40000000)
  amomax.d a1, a2, (a0)
  CHECK_TRAP(61, 6, 7, 0x40000000)
  sc.w a1, a2, (a0)
  CHECK_TRAP(62, 7, 7, 0x40000000)
END
  .data
  .balign 64
cell: .dword 0, 0

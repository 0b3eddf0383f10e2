// SPDX-License-Identifier: Apache-2.0
// Loads and stores: extension, every misalignment, page crossings, faults.
#include "macros.h"

BEGIN
  la a0, bytes
  lb a1, 7(a0)
  CHECK(1, a1, -8)
  lbu a1, 7(a0)
  CHECK(2, a1, 0xf8)
  lh a1, 6(a0)
  CHECK(3, a1, 0xfffffffffffff807)
  lhu a1, 6(a0)
  CHECK(4, a1, 0xf807)
  lw a1, 4(a0)
  CHECK(5, a1, 0xfffffffff8070605)
  lwu a1, 4(a0)
  CHECK(6, a1, 0xf8070605)
  ld a1, 0(a0)
  CHECK(7, a1, 0xf807060504030201)
  // Misaligned.
  lh a1, 1(a0)
  CHECK(10, a1, 0x0302)
  lw a1, 3(a0)
  CHECK(11, a1, 0x07060504)
  lwu a1, 5(a0)
  CHECK(12, a1, 0x09f80706)
  ld a1, 5(a0)
  CHECK(13, a1, 0x0d0c0b0a09f80706)
  // x0 as destination still reads.
  ld zero, 0(a0)
  CHECK(14, zero, 0)

  // Stores of each width at each of eight offsets, against stores of single bytes.
  li s0, 0
1:
  la a0, area
  add a1, a0, s0
  li a2, 0x1122334455667788
  sd a2, 0(a1)
  lbu a3, 0(a1)
  CHECK(20, a3, 0x88)
  lbu a3, 7(a1)
  CHECK(21, a3, 0x11)
  ld a3, 0(a1)
  bne a3, a2, fail
  sw zero, 1(a1)
  ld a3, 0(a1)
  CHECK(22, a3, 0x1122330000000088)
  sh a2, 3(a1)
  ld a3, 0(a1)
  CHECK(23, a3, 0x1122337788000088)
  sb a2, 7(a1)
  ld a3, 0(a1)
  CHECK(24, a3, 0x8822337788000088)
  addi s0, s0, 1
  li t0, 8
  bne s0, t0, 1b

  // Across the end of a page, all splits.
  li s0, 1
2:
  la a0, page_end
  sub a1, a0, s0
  li a2, 0xa1b2c3d4e5f60718
  sd a2, 0(a1)
  ld a3, 0(a1)
  li gp, 30
  bne a3, a2, fail
  lbu a3, 0(a0)        // the first byte of the next page
  slli t0, s0, 3
  srl a4, a2, t0
  andi a4, a4, 0xff
  li gp, 31
  bne a3, a4, fail
  lw a3, 0(a1)
  CHECK(32, a3, 0xffffffffe5f60718)
  addi s0, s0, 1
  li t0, 8
  bne s0, t0, 2b

  // Nothing there.
  li a0, 0x40000000
  li a1, 5
3: ld a1, 8(a0)
  CHECK_TRAP(40, 1, 5, 0x40000008)
  CHECK_AT(41, 3b)
  CHECK(42, a1, 5)
4: sb a1, -1(a0)
  CHECK_TRAP(43, 2, 7, 0x3fffffff)
  CHECK_AT(44, 4b)
  // Jumping there: the pc in mepc and mtval is the target.
  la s7, 5f
  jr a0
5:
  CHECK_TRAP(45, 3, 1, 0x40000000)
  CHECK(46, s10, 0x40000000)
END
  .data
  .balign 64
bytes: .byte 1, 2, 3, 4, 5, 6, 7, 0xf8, 9, 10, 11, 12, 13, 14, 15, 16
area: .space 64
  .balign 4096
  .space 4096
page_end: .space 64

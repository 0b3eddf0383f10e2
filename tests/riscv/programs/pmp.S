// SPDX-License-Identifier: Apache-2.0
// Physical memory protection: modes of matching, priority, partial matches, locks.
#include "macros.h"

#define R 1
#define W 2
#define X 4
#define TOR 0x08
#define NA4 0x10
#define NAPOT 0x18
#define L 0x80

// pmpaddr of a naturally aligned power of two at `label`.
#define NAPOT_AT(reg, label, bytes) \
  la reg, label;                    \
  srli reg, reg, 2;                 \
  ori reg, reg, ((bytes) / 8) - 1

BEGIN
  // Entry 7: everything else may be read and executed but not written.
  li a0, -1
  csrw pmpaddr7, a0
  csrr a0, pmpaddr7
  CHECK(1, a0, 0x003fffffffffffff)
  NAPOT_AT(a0, region, 64)
  csrw pmpaddr0, a0
  li a0, NAPOT | R | W
  li a1, (NAPOT | R | X) << 56
  or a0, a0, a1
  csrw pmpcfg0, a0
  csrr a1, pmpcfg0
  li gp, 2
  bne a0, a1, fail
  csrr a1, pmpcfg2
  CHECK(3, a1, 0)

  la s0, region
  li a1, 0x8082               // ret: M mode may execute it here
  sd a1, 0(s0)
  fence.i
  jalr s0
  CHECK(4, s11, 0)
  TO_USER
  li a1, 5
  sd a1, 8(s0)
  sd a1, 56(s0)
  ld a2, 56(s0)
  CHECK(10, a2, 5)
  CHECK(11, s11, 0)
  sd a1, 64(s0)               // behind the region
  CHECK(12, s11, 1)
  CHECK(13, s8, 7)
  addi a3, s0, 64
  li gp, 14
  bne s9, a3, fail
  ld a2, 64(s0)               // may be read through entry 7
  CHECK(15, a2, 0)
  // Reaching over the end of an entry fails whatever the neighbour allows.
  li a2, 9
  ld a2, 60(s0)
  CHECK(16, s11, 2)
  CHECK(17, s8, 5)
  CHECK(18, a2, 9)
  ld a2, -4(s0)
  CHECK(19, s11, 3)
  lw a2, 60(s0)
  CHECK(20, a2, 0)
  // No execution in the region, though M mode has executed this very instruction.
  la s7, 1f
  jr s0
1:
  CHECK(21, s11, 4)
  CHECK(22, s8, 1)
  li gp, 23
  bne s10, s0, fail
  // An atomic needs both rights.
  addi a0, s0, 64
  amoadd.d a1, a1, (a0)
  CHECK(24, s11, 5)
  CHECK(25, s8, 7)
  TO_MACHINE
  // M mode is not bound by unlocked entries.
  sd zero, 64(s0)
  CHECK(26, s11, 5)

  // NA4 in front of NAPOT: the lower entry wins.
  la a0, region + 8
  srli a1, a0, 2
  NAPOT_AT(a2, region, 64)
  csrw pmpaddr0, a1
  csrw pmpaddr1, a2
  li a0, NA4 | R | (NAPOT | R | W) << 8
  li a1, (NAPOT | R | X) << 56
  or a0, a0, a1
  csrw pmpcfg0, a0
  TO_USER
  sw zero, 4(s0)
  sw zero, 12(s0)
  CHECK(30, s11, 5)
  sw zero, 8(s0)
  CHECK(31, s11, 6)
  lw a0, 8(s0)
  CHECK(32, s11, 6)
  sd zero, 8(s0)              // half in the NA4 entry
  CHECK(33, s11, 7)
  TO_MACHINE

  // TOR: [region+16, region+32) is writable.
  la a0, region + 16
  srli a0, a0, 2
  csrw pmpaddr2, a0
  la a0, region + 32
  srli a0, a0, 2
  csrw pmpaddr3, a0
  li a0, (TOR | R | W) << 24
  li a1, (NAPOT | R | X) << 56
  or a0, a0, a1
  csrw pmpcfg0, a0
  TO_USER
  sd zero, 16(s0)
  sd zero, 24(s0)
  CHECK(40, s11, 7)
  sb zero, 32(s0)
  CHECK(41, s11, 8)
  sb zero, 15(s0)
  CHECK(42, s11, 9)
  TO_MACHINE

  // W without R is reserved: W is dropped.
  li a0, NAPOT | W
  csrw pmpcfg0, a0
  csrr a0, pmpcfg0
  CHECK(50, a0, NAPOT)

  // Nothing matches: U mode has no access at all, not even to its code. The handler for this stays
  // in M mode.
  csrw pmpcfg0, zero
  la t0, stay
  csrw mtvec, t0
  TO_USER
nowhere:
  j fail
  .balign 4
stay:
  csrr s8, mcause
  csrr s10, mepc
  CHECK(51, s8, 1)
  CHECK_AT(52, nowhere)
  la t0, trap_handler
  csrw mtvec, t0
  li s11, 0

  // A locked entry binds M mode too, cannot be changed, and locks the bound below it.
  la a0, region
  srli a0, a0, 2
  csrw pmpaddr4, a0
  addi a0, a0, 16 / 4
  csrw pmpaddr5, a0
  li a0, (L | TOR | R) << 40
  csrw pmpcfg0, a0
  ld a1, 8(s0)
  CHECK(60, s11, 0)
  sd a1, 8(s0)
  CHECK(61, s11, 1)
  CHECK(62, s8, 7)
  sd a1, 16(s0)
  CHECK(63, s11, 1)
  la s7, 3f
  jr s0
3:
  CHECK(64, s11, 2)
  CHECK(65, s8, 1)
  csrw pmpcfg0, zero
  csrr a1, pmpcfg0
  li gp, 66
  bne a0, a1, fail
  csrr a0, pmpaddr5
  csrw pmpaddr5, zero
  csrr a1, pmpaddr5
  li gp, 67
  bne a0, a1, fail
  csrr a0, pmpaddr4
  csrw pmpaddr4, zero
  csrr a1, pmpaddr4
  li gp, 68
  bne a0, a1, fail
  li a0, 3
  csrw pmpaddr6, a0
  csrr a1, pmpaddr6
  CHECK(69, a1, 3)
END
  .data
  .balign 64
region: .space 128

// SPDX-License-Identifier: Apache-2.0
// Triggers of type 2 with action 0: the breakpoint exception, before the instruction acts.
#include "macros.h"

#define TYPE2 (2 << 60)
#define M (1 << 6)
#define U (1 << 3)
#define EXECUTE (1 << 2)
#define STORE (1 << 1)
#define LOAD (1 << 0)
#define HIT (1 << 20)
#define AT_LEAST (2 << 7)
#define BELOW (3 << 7)
#define NAPOT (1 << 7)

BEGIN
  // Which there are: tselect keeps its value when there is no such trigger.
  csrw tselect, zero
  csrr a0, tinfo
  CHECK(1, a0, 4)
  csrr a0, tdata1
  CHECK(2, a0, TYPE2)
  li a0, 1
  csrw tselect, a0
  csrr a0, tselect
  CHECK(3, a0, 1)
  li a0, 100
  csrw tselect, a0
  csrr a0, tselect
  CHECK(4, a0, 1)
  // Programs cannot take a trigger for the debugger.
  li a0, TYPE2 | 1 << 59 | 1 << 12 | M
  csrw tdata1, a0
  csrr a0, tdata1
  CHECK(5, a0, TYPE2 | M)
  csrw tdata1, zero

  // Execute. The handler goes on behind the instruction, which therefore never runs.
  csrw tselect, zero
  la a0, 1f
  csrw tdata2, a0
  li a0, TYPE2 | M | EXECUTE
  csrw tdata1, a0
  li a1, 3
1: addi a1, a1, 1
  CHECK(10, a1, 3)
  CHECK(11, s11, 1)
  CHECK(12, s8, 3)
  CHECK_AT(13, 1b)
  li gp, 14
  bne s9, s10, fail
  csrr a0, tdata1
  CHECK(15, a0, TYPE2 | M | EXECUTE | HIT)
  csrw tdata1, zero

  // Loads and stores, any byte of the access; mtval is the address of the access.
  li a0, 1
  csrw tselect, a0
  la s0, cell
  addi a0, s0, 3
  csrw tdata2, a0
  li a0, TYPE2 | M | LOAD
  csrw tdata1, a0
  sd s0, 0(s0)
  CHECK(20, s11, 1)
  li a1, 0
2: ld a1, 0(s0)
  CHECK(21, s11, 2)
  CHECK(22, a1, 0)
  CHECK_AT(23, 2b)
  li gp, 24
  bne s9, s0, fail
  lb a1, 4(s0)
  lb a1, 2(s0)
  CHECK(25, s11, 2)
  lb a1, 3(s0)
  CHECK(26, s11, 3)
  li a0, TYPE2 | M | STORE
  csrw tdata1, a0
  sw zero, 0(s0)
  CHECK(27, s11, 4)
  ld a1, 0(s0)
  li gp, 28
  bne a1, s0, fail            // the store did not happen

  // Ranges.
  li a0, TYPE2 | M | STORE | AT_LEAST
  csrw tdata1, a0
  sb zero, 2(s0)
  CHECK(30, s11, 4)
  sb zero, 64(s0)
  CHECK(31, s11, 5)
  li a0, TYPE2 | M | STORE | NAPOT
  csrw tdata1, a0
  srli a0, s0, 4
  slli a0, a0, 4
  ori a0, a0, 7               // 16 bytes
  csrw tdata2, a0
  sb zero, 15(s0)
  CHECK(32, s11, 6)
  sb zero, 16(s0)
  CHECK(33, s11, 6)
  li a0, TYPE2 | M | STORE | BELOW
  csrw tdata1, a0
  csrw tdata2, s0
  sb zero, 0(s0)
  CHECK(34, s11, 6)
  sb zero, -1(s0)
  CHECK(35, s11, 7)
  csrw tdata1, zero

  // Only in U mode.
  li a0, -1
  csrw pmpaddr0, a0
  li a0, 0x1f
  csrw pmpcfg0, a0
  csrw tdata2, s0
  li a0, TYPE2 | U | STORE
  csrw tdata1, a0
  sd zero, 0(s0)
  CHECK(40, s11, 7)
  TO_USER
  sd zero, 0(s0)
  CHECK(41, s11, 8)
  TO_MACHINE
  csrw tdata1, zero
END
  .data
  .balign 64
  .space 64
cell: .space 128

// SPDX-License-Identifier: Apache-2.0
// Zicsr, the WARL fields, counters, and who may touch what.
#include "macros.h"

BEGIN
  // Read, write, set, clear; the old value comes back.
  li a0, 0xf0f0
  csrw mscratch, a0
  li a1, 0x0ff0
  csrrs a2, mscratch, a1
  CHECK(1, a2, 0xf0f0)
  csrrc a2, mscratch, a1
  CHECK(2, a2, 0xfff0)
  csrrwi a2, mscratch, 21
  CHECK(3, a2, 0xf000)
  csrrsi a2, mscratch, 10
  CHECK(4, a2, 21)
  csrrci a2, mscratch, 3
  CHECK(5, a2, 31)
  csrr a2, mscratch
  CHECK(6, a2, 28)
  csrrw a2, mscratch, a2      // same register in and out
  CHECK(7, a2, 28)

  // Identification.
  csrr a0, misa
  CHECK(10, a0, 0x8000000000901105)
  csrw misa, zero
  csrr a0, misa
  CHECK(11, a0, 0x8000000000901105)
  csrr a0, mhartid
  CHECK(12, a0, 0)
  csrr a0, mconfigptr
  CHECK(13, a0, 0)

  // WARL fields.
  li a0, -1
  csrw mie, a0
  csrr a1, mie
  CHECK(20, a1, 0xffffffffffff0888)
  csrw mie, zero
  csrw mepc, a0
  csrr a1, mepc
  CHECK(21, a1, -2)
  li a0, 1 << 11              // MPP = S does not exist: MPP keeps its value
  csrr a2, mstatus
  li a3, 3 << 11
  csrc mstatus, a3
  csrs mstatus, a0
  csrr a1, mstatus
  and a1, a1, a3
  CHECK(22, a1, 0)
  csrs mstatus, a3
  csrr a1, mstatus
  li a4, 0x200001800          // UXL = 64, MPP = M
  li gp, 23
  bne a1, a4, fail
  csrr a1, mtvec
  ori a0, a1, 2               // reserved mode
  csrw mtvec, a0
  csrr a0, mtvec
  li gp, 24
  bne a0, a1, fail

  // Read-only, missing, and S-mode registers. A read of a read-only register with no bit to set is
  // no write.
  csrrs a0, mhartid, zero
  CHECK(30, s11, 0)
1: csrw mhartid, zero
  CHECK(31, s11, 1)
  CHECK(32, s8, 2)
  CHECK_AT(33, 1b)
  lw a0, 1b
  li gp, 34
  slli s9, s9, 32
  srai s9, s9, 32
  bne s9, a0, fail
  csrr a0, satp
  CHECK(35, s11, 2)
  csrw medeleg, zero
  CHECK(36, s11, 3)
  csrr a0, 0x3a1              // pmpcfg1 does not exist on RV64
  CHECK(37, s11, 4)
  csrr a0, fcsr
  CHECK(38, s11, 5)
  csrrsi a0, cycle, 1
  CHECK(39, s11, 6)

  // Counters: one cycle and one instruction each here. The written value is what comes next.
  csrr a0, mcycle
  csrr a1, mcycle
  sub a1, a1, a0
  CHECK(40, a1, 1)
  csrr a0, minstret
  nop
  nop
  csrr a1, minstret
  sub a1, a1, a0
  CHECK(41, a1, 3)
  li a0, 1000
  csrw minstret, a0
  csrr a1, minstret
  CHECK(42, a1, 1000)
  csrw mcycle, a0
  csrr a1, cycle
  CHECK(43, a1, 1000)
  li a0, -1
  csrw minstret, a0
  nop
  csrr a1, instret
  CHECK(44, a1, 0)
  // Inhibited counters stand still and go on where they were.
  csrwi mcountinhibit, 5
  csrr a0, mcycle
  csrr a2, minstret
  nop
  nop
  csrr a1, mcycle
  csrr a3, minstret
  li gp, 45
  bne a0, a1, fail
  bne a2, a3, fail
  csrwi mcountinhibit, 0
  csrr a1, mcycle
  sub a1, a1, a0
  CHECK(46, a1, 1)            // the cycle of the instruction that let it go
  csrr a1, mhpmcounter3
  CHECK(47, a1, 0)

  // U mode: no machine registers; counters only as mcounteren allows.
  li a0, -1
  csrw pmpaddr0, a0
  li a0, 0x1f
  csrw pmpcfg0, a0
  csrw mcounteren, zero
  csrw minstret, zero
  csrw mcycle, zero
  TO_USER
  csrr a0, mscratch
  CHECK(50, s11, 7)
  csrr a0, cycle
  CHECK(51, s11, 8)
  CHECK(52, s6, 0)
  TO_MACHINE
  csrwi mcounteren, 5
  TO_USER
  csrr a0, cycle
  csrr a0, instret
  CHECK(53, s11, 8)
  csrr a0, time
  CHECK(54, s11, 9)
  csrr a0, hpmcounter5
  CHECK(55, s11, 10)
  mret
  CHECK(56, s11, 11)
  CHECK(57, s8, 2)
  TO_MACHINE
  // TW makes WFI illegal in U mode.
  li a0, 1 << 21
  csrs mstatus, a0
  TO_USER
  wfi
  CHECK(58, s11, 12)
  TO_MACHINE
END

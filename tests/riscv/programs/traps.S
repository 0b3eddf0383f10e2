// SPDX-License-Identifier: Apache-2.0
// What each exception leaves in mcause, mepc, mtval and mstatus.
#include "macros.h"

BEGIN
1: ecall
  CHECK_TRAP(1, 1, 11, 0)
  CHECK_AT(2, 1b)
  CHECK(3, s6, 3)
  .option norvc
2: ebreak
  CHECK(4, s8, 3)
  CHECK_AT(5, 2b)
  la t0, 2b
  li gp, 6
  bne s9, t0, fail
  .word 0xffffffff
  CHECK_TRAP(7, 3, 2, 0xffffffff)
  .word 0x02051573            // slli-like funct in SYSTEM: csrrw to a CSR nobody has
  CHECK(8, s11, 4)
  CHECK(9, s8, 2)
  sret
  CHECK(10, s11, 5)
  sfence.vma
  CHECK(11, s11, 6)
  .word 0x00000053            // fadd.s
  CHECK(12, s11, 7)
  .word 0x02000013 | 1 << 26 | 1 << 12   // slli with a 7-bit shift amount
  CHECK(13, s11, 8)
  .word 0x0200101b            // slliw by 32
  CHECK(14, s11, 9)

  // A trap must not write the destination or touch minstret.
  li a0, 7
  lui a1, 0x40000
  csrr a2, minstret
  ld a0, 0(a1)
  CHECK(20, a0, 7)
  CHECK(21, s11, 10)

  // MIE goes to MPIE and comes back.
  csrsi mstatus, 8
  la t0, look
  csrw mtvec, t0
  ecall
  csrr a0, mstatus
  andi a0, a0, 8
  CHECK(30, a0, 8)
  andi a1, a1, 8
  CHECK(31, a1, 0)            // as seen inside the handler
  CHECK(32, a2, 0x80)
  csrci mstatus, 8
  la t0, trap_handler
  // Vectored mode: exceptions still go to the base.
  ori t0, t0, 1
  csrw mtvec, t0
  ecall
  CHECK(33, s11, 11)

  // U mode: ecall is cause 8, MPP is 0; with MPRV, M mode reads with U mode's rights.
  li a0, -1
  csrw pmpaddr0, a0
  li a0, 0x1f
  csrw pmpcfg0, a0
  TO_USER
3: ecall
  CHECK_TRAP(40, 12, 8, 0)
  CHECK_AT(41, 3b)
  CHECK(42, s6, 0)
  TO_MACHINE
  // With MPRV and MPP = U, loads and stores of M mode have U mode's rights; fetching has not.
  csrw pmpcfg0, zero          // U mode has nothing left
  la a0, cell
  li a2, 3 << 11
  csrc mstatus, a2
  li a3, 1 << 17
  csrs mstatus, a3
  li a1, 0
4: ld a1, 0(a0)
  CHECK(50, s8, 5)
  CHECK_AT(51, 4b)
  li gp, 52
  bne s9, a0, fail
  CHECK(53, s6, 3)
  CHECK(54, a1, 0)
5: sd a1, 0(a0)
  CHECK(55, s8, 7)
  CHECK_AT(56, 5b)
  li a4, 0x1f
  csrw pmpcfg0, a4
  ld a1, 0(a0)
  CHECK(57, a1, 77)
  // mret to U mode clears MPRV; mret to M mode has left it (the checks above returned that way).
  csrr a5, mstatus
  and a5, a5, a3
  li gp, 58
  bne a5, a3, fail
  TO_USER
  TO_MACHINE
  csrr a5, mstatus
  and a5, a5, a3
  CHECK(59, a5, 0)
  j pass
look:
  csrr a1, mstatus
  andi a2, a1, 0x80
  csrr t6, mepc
  addi t6, t6, 4
  csrw mepc, t6
  mret
END
  .data
  .balign 8
cell: .dword 77

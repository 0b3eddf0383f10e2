// SPDX-License-Identifier: Apache-2.0
// A computation over every class of instruction that one interrupt must not disturb. The handler
// counts in `count`, keeps all registers, and disables its line.
#include "macros.h"

BEGIN
  la t0, handler
  csrw mtvec, t0
  la sp, stack_top
  li t0, 1 << 7
  csrw mie, t0
  csrsi mstatus, 8
  .globl window_start
window_start:
  la s0, cell
  sd zero, 0(s0)
  li a0, 1
  li s1, 6
1:
  li a1, 0x10001
  mul a0, a0, a1
  addi a0, a0, 7
  divu a2, a0, s1
  xor a0, a0, a2
  sd a0, 8(s0)
  lwu a3, 9(s0)
  add a0, a0, a3
  amoadd.d a4, a0, (s0)
2:
  lr.d a5, (s0)
  addi a5, a5, 1
  sc.d a6, a5, (s0)
  bnez a6, 2b
  csrw mscratch, a0
  csrr a7, mscratch
  add a0, a0, a7
  call leaf
  fence
  addi s1, s1, -1
  bnez s1, 1b
  .globl window_end
window_end:
  csrci mstatus, 8
  ld a1, 0(s0)
  add a0, a0, a1
  la t0, checksum
  sd a0, 0(t0)
  j pass
leaf:
  c.addi a0, 3
  c.slli a0, 1
  ret
  .balign 4
handler:
  addi sp, sp, -16
  sd t0, 0(sp)
  sd t1, 8(sp)
  csrr t0, mcause
  li t1, 1 << 63 | 7
  bne t0, t1, wrong
  la t0, count
  ld t1, 0(t0)
  addi t1, t1, 1
  sd t1, 0(t0)
  csrw mie, zero
  ld t0, 0(sp)
  ld t1, 8(sp)
  addi sp, sp, 16
  mret
wrong:
  li gp, 99
  j fail
END
  .data
  .balign 64
cell: .dword 0, 0, 0
  .globl checksum, count
checksum: .dword 0
count: .dword 0
  .space 256
stack_top:

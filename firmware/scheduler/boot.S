# SPDX-License-Identifier: Apache-2.0
# Entry of the scheduler firmware and its trap vector. The boot ROM jumps here in M mode.

  .section .text.boot, "ax", @progbits
  .globl _start
  .type _start, @function
_start:
  csrw mie, zero
  csrci mstatus, 8
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la sp, __stack_top
  la t0, trap_vector
  csrw mtvec, t0
  la t0, __bss_start
  la t1, __bss_end
1:
  bgeu t0, t1, 2f
  sd zero, 0(t0)
  addi t0, t0, 8
  j 1b
2:
  call main
3:
  wfi
  j 3b
  .size _start, . - _start

# The main loop looks for itself what an interrupt wants, and lets one in only when it has just slept:
# all there is to do is to return with interrupts off again. An exception is fatal:
# trap_handler(cause, epc, tval) does not return.
  .section .text.trap, "ax", @progbits
  .balign 4
  .type trap_vector, @function
trap_vector:
  csrw mscratch, t0
  csrr t0, mcause
  bgez t0, 1f
  li t0, 0x80
  csrc mstatus, t0
  csrr t0, mscratch
  mret
1:
  la sp, __stack_top
  csrr a0, mcause
  csrr a1, mepc
  csrr a2, mtval
  call trap_handler
  .size trap_vector, . - trap_vector

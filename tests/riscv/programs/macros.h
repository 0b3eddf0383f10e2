// SPDX-License-Identifier: Apache-2.0
// Frame of the bare-metal tests. A program is BEGIN, checks, END. gp holds the number of the check
// that runs; the first that fails goes to tohost as number * 2 + 1, the end as 1.
//
// The trap handler notes the trap in registers and goes on behind the instruction:
//   s8 mcause, s9 mtval, s10 mepc, s11 number of traps so far, s6 mstatus.MPP (0 or 3)
// After a fetch fault it goes on at s7. `ecall` from U mode with a7 = 42 returns in M mode.
// t5 and t6 belong to the macros.
#pragma once

// clang-format off
#define BEGIN                     \
  .option norelax;                \
  .section .text.init, "ax";      \
  .globl _start;                  \
_start:                           \
  li s11, 0;                      \
  la t6, trap_handler;            \
  csrw mtvec, t6;

// reg must hold value.
#define CHECK(number, reg, value) \
  li gp, number;                  \
  li t6, value;                   \
  bne reg, t6, fail;

// The last trap must have had this cause and this mtval, and there must have been `count` in all.
#define CHECK_TRAP(number, count, cause, tval) \
  CHECK(number, s11, count)                    \
  CHECK(number, s8, cause)                     \
  CHECK(number, s9, tval)

// ...and must have happened at this label.
#define CHECK_AT(number, label) \
  li gp, number;                \
  la t6, label;                 \
  bne s10, t6, fail;

// Goes to U mode at the next instruction; TO_MACHINE comes back.
#define TO_USER                 \
  li t6, 3 << 11;               \
  csrc mstatus, t6;             \
  la t6, 1f;                    \
  csrw mepc, t6;                \
  mret;                         \
1:
#define TO_MACHINE              \
  li a7, 42;                    \
  ecall;                        \
  li a7, 0;

#define END                     \
pass:                           \
  li gp, 0;                     \
fail:                           \
  slli gp, gp, 1;               \
  ori gp, gp, 1;                \
  la t6, tohost;                \
  sd gp, 0(t6);                 \
1: j 1b;                        \
  .balign 4;                    \
trap_handler:                   \
  csrr s8, mcause;              \
  csrr s9, mtval;               \
  csrr s10, mepc;               \
  csrr s6, mstatus;             \
  srli s6, s6, 11;              \
  andi s6, s6, 3;               \
  li t6, 8;                     \
  bne s8, t6, 2f;               \
  li t6, 42;                    \
  bne a7, t6, 2f;               \
  li t6, 3 << 11;               \
  csrs mstatus, t6;             \
  j 4f;                         \
2:                              \
  addi s11, s11, 1;             \
  li t6, 1;                     \
  bne s8, t6, 3f;               \
  csrw mepc, s7;                \
  mret;                         \
3:                              \
  lhu t5, 0(s10);               \
  andi t5, t5, 3;               \
  li t6, 3;                     \
  beq t5, t6, 4f;               \
  addi t6, s10, 2;              \
  csrw mepc, t6;                \
  mret;                         \
4:                              \
  addi t6, s10, 4;              \
  csrw mepc, t6;                \
  mret;                         \
  .section .tohost, "aw";       \
  .globl tohost;                \
tohost: .dword 0;               \
  .text

# SPDX-License-Identifier: Apache-2.0
# Start and end of every kernel. Each CUBIST_KERNEL has a stub that loads its function's address into
# t0 and comes here with a0 = address of the launch block.
#include "abi/cubist_abi.h"

  .section .text.cubist.start, "ax", @progbits
  .globl __cubist_start
  .type __cubist_start, @function
__cubist_start:
  csrr t1, CUBIST_CSR_SCALAR_SIZE
  li sp, CUBIST_REGION_SCALAR_BASE
  add sp, sp, t1
  andi sp, sp, -16
  jalr t0
  # S.end (operation 0): the block ends when every pipe has drained.
  .insn r4 0x0b, 0, 0, x0, x0, x0, x0
1:
  j 1b
  .size __cubist_start, . - __cubist_start

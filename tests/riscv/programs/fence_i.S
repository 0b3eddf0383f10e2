// SPDX-License-Identifier: Apache-2.0
// Code that a program writes is executed after fence.i, also when it was executed before.
#include "macros.h"

BEGIN
  la s0, patch
  call patch
  CHECK(1, a0, 1)
  la a1, variant
  lw a2, 0(a1)
  sw a2, 0(s0)
  fence.i
  call patch
  CHECK(2, a0, 2)
  // Code in fresh memory, written halfword by halfword.
  la s1, area
  lhu a2, 0(a1)
  sh a2, 0(s1)
  lhu a2, 2(a1)
  sh a2, 2(s1)
  la a3, return
  lw a2, 0(a3)
  sw a2, 4(s1)
  fence.i
  jalr s1
  CHECK(3, a0, 2)
  // A loop that patches itself in every turn: addi a4, a4, n.
  li s2, 0
  li a4, 0
1:
  slli a2, s2, 20
  la a3, template
  lw a5, 0(a3)
  or a5, a5, a2
  la a3, 2f
  sw a5, 0(a3)
  fence.i
  .balign 4
  .option norvc
2: addi a4, a4, 0
  .option rvc
  addi s2, s2, 1
  li t0, 100
  bne s2, t0, 1b
  CHECK(4, a4, 4950)
  CHECK(5, s11, 0)
END
  .option norvc
  .balign 4
patch: li a0, 1
return: ret
variant: li a0, 2
template: addi a4, a4, 0
  .data
  .balign 64
area: .space 64

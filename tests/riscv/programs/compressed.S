// SPDX-License-Identifier: Apache-2.0
// Every compressed instruction, and 32-bit instructions at addresses that are not multiples of 4.
#include "macros.h"

BEGIN
  .option rvc
  la sp, stack
  la s0, stack
  c.li a0, -32
  CHECK(1, a0, -32)
  c.addi a0, 31
  CHECK(2, a0, -1)
  c.addiw a0, 1
  CHECK(3, a0, 0)
  li a0, 0x7fffffff
  c.addiw a0, 1
  CHECK(4, a0, 0xffffffff80000000)
  c.lui a0, 0x1f
  CHECK(5, a0, 0x1f000)
  c.lui a0, 0xfffe0
  CHECK(6, a0, 0xfffffffffffe0000)
  c.slli a0, 40
  CHECK(7, a0, 0xfe00000000000000)
  c.srai a0, 60
  CHECK(8, a0, -1)
  c.srli a0, 33
  CHECK(9, a0, 0x7fffffff)
  c.andi a0, -16
  CHECK(10, a0, 0x7ffffff0)
  li a1, 0x0ff0
  c.mv a2, a1
  c.add a2, a1
  CHECK(11, a2, 0x1fe0)
  c.sub a2, a1
  CHECK(12, a2, 0x0ff0)
  li a3, 0x00ff
  c.xor a2, a3
  CHECK(13, a2, 0x0f0f)
  c.or a2, a3
  CHECK(14, a2, 0x0fff)
  c.and a2, a3
  CHECK(15, a2, 0x00ff)
  li a1, 0x7fffffff
  c.addw a2, a1
  CHECK(16, a2, 0xffffffff800000fe)
  li a1, 0xff
  c.subw a2, a1
  CHECK(17, a2, 0x7fffffff)

  // Stack pointer forms.
  c.addi16sp sp, -64
  c.addi4spn a0, sp, 64
  li gp, 20
  bne a0, s0, fail
  c.addi16sp sp, 64
  li gp, 21
  bne sp, s0, fail
  li a1, 0x8899aabbccddeeff
  c.sdsp a1, 0(sp)
  c.swsp a1, 12(sp)
  c.ldsp a2, 0(sp)
  CHECK(22, a2, 0x8899aabbccddeeff)
  c.lwsp a2, 12(sp)
  CHECK(23, a2, 0xffffffffccddeeff)
  c.sd a1, 248(s0)
  c.ld a2, 248(s0)
  CHECK(24, a2, 0x8899aabbccddeeff)
  c.sw a3, 124(s0)
  c.lw a2, 124(s0)
  CHECK(25, a2, 0xff)
  c.sdsp a1, 504(sp)
  ld a2, 504(s0)
  CHECK(26, a2, 0x8899aabbccddeeff)

  // Control flow, and the link registers.
  c.j 1f
  j fail
1:
  la a0, 2f
  c.jr a0
  j fail
2:
  la a0, 3f
  c.jalr a0
4:
  j fail
3:
  la a1, 4b
  li gp, 30
  bne ra, a1, fail
  li a0, 0
  c.beqz a0, 5f
  j fail
5:
  c.bnez a0, fail_near
  li a0, 1
  c.bnez a0, 6f
fail_near:
  j fail
6:
  c.beqz a0, fail_near

  // A loop whose 32-bit instructions sit on odd halfwords.
  li a0, 0
  li a1, 100
  .balign 4
  c.nop
7:
  .option norvc
  addi a0, a0, 3
  addi a1, a1, -1
  bnez a1, 7b
  .option rvc
  CHECK(40, a0, 300)

  // A 32-bit instruction that straddles two pages.
  la a0, straddle
  jalr a0
  CHECK(41, a0, 0x12345000)

  // ebreak and the illegal patterns; mtval holds the halfword.
  c.ebreak
  CHECK(50, s8, 3)
  CHECK(51, s11, 1)
  .half 0
  CHECK_TRAP(52, 2, 2, 0)
  .half 0x2001            // c.addiw x0: reserved
  CHECK_TRAP(53, 3, 2, 0x2001)
  .half 0x8002            // c.jr x0: reserved
  CHECK_TRAP(54, 4, 2, 0x8002)
  .half 0x4002            // c.lwsp x0: reserved
  CHECK_TRAP(55, 5, 2, 0x4002)
  .half 0x6101            // c.addi16sp by 0: reserved
  CHECK_TRAP(56, 6, 2, 0x6101)
  .half 0x2000            // c.fld: no floating point
  CHECK_TRAP(57, 7, 2, 0x2000)
END
  .balign 4096
  .space 4094
straddle:
  .option norvc
  lui a0, 0x12345
  ret
  .data
  .balign 64
stack: .space 1024

// SPDX-License-Identifier: Apache-2.0
// Kernels for the tests of the scalar unit's caches and of unit flags.
#include "tests/core/kernel_support.h"

/// n[0] rounds over 6000 bytes of code without a branch; out: their sum.
TEST_KERNEL(long_code) {
  uint64_t sum = 0;
  for (uint64_t round = 0; round < a.n[0]; ++round) {
    asm volatile(
        ".option push\n.option norvc\n"
        ".rept 750\n addi %0, %0, 1\n .endr\n"
        ".globl long_code_middle\nlong_code_middle:\n"
        ".rept 750\n addi %0, %0, 1\n .endr\n"
        ".option pop\n"
        : "+r"(sum));
  }
  *reinterpret_cast<volatile uint64_t*>(a.out) = sum;
}

namespace {
uint64_t cycle() {
  uint64_t value;
  asm volatile("csrr %0, cycle" : "=r"(value));
  return value;
}
void spin_until(uint64_t when) {
  while (cycle() < when) {
  }
}
volatile uint64_t& word(uint64_t address, unsigned index = 0) {
  return reinterpret_cast<volatile uint64_t*>(address)[index];
}
}  // namespace

/// Reads in[0], again after cycle n[0], and once more after invalidating its line: out[0..2].
TEST_KERNEL(read_thrice) {
  const uint64_t first = word(a.in[0]);
  spin_until(a.n[0]);
  const uint64_t second = word(a.in[0]);
  s::dcci(a.in[0], {.whole = 0, .action = 2});
  const uint64_t third = word(a.in[0]);
  word(a.out, 0) = first;
  word(a.out, 1) = second;
  word(a.out, 2) = third;
}

/// Writes n[1] to in[0] after cycle n[0], cleans the line if n[2], and ends after cycle n[3].
TEST_KERNEL(write_late) {
  spin_until(a.n[0]);
  word(a.in[0]) = a.n[1];
  if (a.n[2] != 0) s::dcci(a.in[0], {.whole = 0, .action = 1});
  spin_until(a.n[3]);
}

/// Stores n[0] to in[0], cleans the line if n[1], and copies it to out through the movers.
TEST_KERNEL(store_and_move) {
  word(a.in[0]) = a.n[0];
  if (a.n[1] != 0) s::dcci(0, {.whole = 1, .action = 0});
  mte2::copy(kUb, a.in[0], {.n_burst = 1, .len_burst = 1});
  set_flag<Pipe::MTE2, Pipe::MTE3>(0);
  wait_flag<Pipe::MTE2, Pipe::MTE3>(0);
  mte3::copy(a.out, kUb, {.n_burst = 1, .len_burst = 1});
}

/// n[0] products of 64 x 64 x 64 from one pair of operands, each to out + i * 16384 as FP32,
/// through one place in L0C. n[1]: M and FIX hand over by unit flags (else by flags, tile by tile).
TEST_KERNEL(tiles) {
  constexpr uint32_t kTile = 64 * 64 * 2;
  mte2::copy(kL1, a.in[0], {.n_burst = 1, .len_burst = kTile / 32});
  mte2::copy(kL1 + kTile, a.in[1], {.n_burst = 1, .len_burst = kTile / 32});
  set_flag<Pipe::MTE2, Pipe::MTE1>(0);
  wait_flag<Pipe::MTE2, Pipe::MTE1>(0);
  mte1::load2d(kL0a, kL1, {.repeat = 16, .src_stride = 1});
  mte1::load2d(kL0b, kL1 + kTile, {.repeat = 16, .src_stride = 1});
  set_flag<Pipe::MTE1, Pipe::M>(0);
  wait_flag<Pipe::MTE1, Pipe::M>(0);
  csr::set_fixpipe_stride(64);
  const bool unit = a.n[1] != 0;
  for (uint64_t i = 0; i < a.n[0]; ++i) {
    for (uint8_t part = 0; part < 4; ++part) {  // Four times the same k: the product times four.
      const uint8_t flag = part == 3 ? 3 : 2;
      m::mmad(kL0c, kL0a, kL0b,
              {.m = 64,
               .k = 64,
               .n = 64,
               .init = static_cast<uint8_t>(part == 0 ? 0 : 1),
               .unit_flag = unit ? flag : uint8_t{0}});
    }
    if (!unit) {
      set_flag<Pipe::M, Pipe::FIX>(0);
      wait_flag<Pipe::M, Pipe::FIX>(0);
    }
    fix::fixpipe(a.out + i * 16384, kL0c,
                 {.n_size = 64,
                  .m_size = 64,
                  .src_stride = 64,
                  .cast = 0,
                  .layout = static_cast<uint8_t>(a.n[2]),
                  .unit_flag = static_cast<uint8_t>(unit ? 3 : 0)});
    if (!unit) {
      set_flag<Pipe::FIX, Pipe::M>(0);
      wait_flag<Pipe::FIX, Pipe::M>(0);
    }
  }
}

/// A result that nobody announces (n[0] = 0), or that nobody takes (1).
TEST_KERNEL(lonely_unit_flag) {
  if (a.n[0] == 0) {
    fix::fixpipe(a.out, kL0c, {.n_size = 16, .m_size = 16, .src_stride = 16, .unit_flag = 3});
  } else {
    m::mmad(kL0c, kL0a, kL0b, {.m = 16, .k = 16, .n = 16, .unit_flag = 3});
    m::mmad(kL0c, kL0a, kL0b, {.m = 16, .k = 16, .n = 16, .unit_flag = 2});
  }
}

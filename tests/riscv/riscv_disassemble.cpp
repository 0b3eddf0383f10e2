// SPDX-License-Identifier: Apache-2.0
// Reads instruction words in hexadecimal, one a line, and prints each one's assembly as at pc 0.
// compare_disassembly.py holds the output against objdump's.
#include <cinttypes>
#include <cstdio>

#include "systemc/riscv/isa.h"

int main() {
  uint32_t word = 0;
  while (std::scanf("%" SCNx32, &word) == 1) {
    std::printf("%s\n", cubist::riscv::disassemble(word, 0).c_str());
  }
  return 0;
}

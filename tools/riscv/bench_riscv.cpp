// SPDX-License-Identifier: Apache-2.0
// How many instructions the hart executes per second of host CPU time, on loops written here as
// machine code so that no cross compiler is needed.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

#include "CLI/CLI.hpp"
#include "systemc/riscv/hart.h"
#include "tools/riscv/bare_machine.h"

namespace {

using namespace cubist::riscv;

constexpr uint64_t kRamBytes = 16 << 20;
constexpr double kSeconds = 1.0;  // CPU time of one measurement.

// The registers used below, by ABI name.
constexpr uint32_t kA0 = 10, kA1 = 11, kA2 = 12, kA3 = 13, kA4 = 14, kA5 = 15, kT0 = 5;

uint32_t i_type(uint32_t match, uint32_t rd, uint32_t rs1, int32_t imm) {
  return match | rd << 7 | rs1 << 15 | static_cast<uint32_t>(imm) << 20;
}
uint32_t r_type(uint32_t match, uint32_t rd, uint32_t rs1, uint32_t rs2) {
  return match | rd << 7 | rs1 << 15 | rs2 << 20;
}
uint32_t s_type(uint32_t match, uint32_t rs2, uint32_t rs1, int32_t imm) {
  const auto u = static_cast<uint32_t>(imm);
  return match | (u & 31) << 7 | rs1 << 15 | rs2 << 20 | (u >> 5 & 127) << 25;
}
uint32_t b_type(uint32_t match, uint32_t rs1, uint32_t rs2, int32_t offset) {
  const auto u = static_cast<uint32_t>(offset);
  return match | (u >> 11 & 1) << 7 | (u >> 1 & 15) << 8 | rs1 << 15 | rs2 << 20 |
         (u >> 5 & 63) << 25 | (u >> 12 & 1) << 31;
}
uint32_t addi(uint32_t rd, uint32_t rs1, int32_t imm) {
  return i_type(0x13, rd, rs1, imm);
}
uint32_t andi(uint32_t rd, uint32_t rs1, int32_t imm) {
  return i_type(0x7013, rd, rs1, imm);
}
uint32_t add(uint32_t rd, uint32_t rs1, uint32_t rs2) {
  return r_type(0x33, rd, rs1, rs2);
}
uint32_t exclusive_or(uint32_t rd, uint32_t a, uint32_t b) {
  return r_type(0x4033, rd, a, b);
}
uint32_t ld(uint32_t rd, uint32_t rs1, int32_t imm) {
  return i_type(0x3003, rd, rs1, imm);
}
uint32_t lw(uint32_t rd, uint32_t rs1, int32_t imm) {
  return i_type(0x2003, rd, rs1, imm);
}
uint32_t sd(uint32_t rs2, uint32_t rs1, int32_t imm) {
  return s_type(0x3023, rs2, rs1, imm);
}
uint32_t sw(uint32_t rs2, uint32_t rs1, int32_t imm) {
  return s_type(0x2023, rs2, rs1, imm);
}
uint32_t bne(uint32_t rs1, uint32_t rs2, int32_t offset) {
  return b_type(0x1063, rs1, rs2, offset);
}
uint32_t beq(uint32_t rs1, uint32_t rs2, int32_t offset) {
  return b_type(0x63, rs1, rs2, offset);
}
uint32_t jump(int32_t back_instructions) {  // jal zero, backwards
  const auto u = static_cast<uint32_t>(-4 * back_instructions);
  return 0x6f | (u & 0xff000) | (u >> 11 & 1) << 20 | (u >> 1 & 0x3ff) << 21 | (u >> 20 & 1) << 31;
}

/// Adds, branches (taken and not), one load and one store: eleven instructions a turn.
std::vector<uint32_t> plain_loop() {
  return {ld(kA0, kT0, 0),   add(kA1, kA1, kA0), addi(kA2, kA2, 1), exclusive_or(kA3, kA1, kA2),
          andi(kA4, kA2, 3), bne(kA4, 0, 8),     addi(kA5, kA5, 1), add(kA0, kA0, kA3),
          sd(kA0, kT0, 0),   beq(kT0, 0, 8),     jump(10)};
}

/// Moves words and double words half a page up, over four pages: four loads and four stores among
/// ten instructions.
std::vector<uint32_t> memory_loop() {
  return {ld(kA0, kT0, 0),    ld(kA1, kT0, 8),    sd(kA0, kT0, 2000), sd(kA1, kT0, 2008),
          lw(kA2, kT0, 16),   lw(kA3, kT0, 24),   sw(kA2, kT0, 2016), sw(kA3, kT0, 2024),
          addi(kT0, kT0, 32), bne(kT0, kA4, -36), add(kT0, kA5, 0),   jump(11)};
}

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

void measure(const char* name, const std::vector<uint32_t>& code) {
  BareMachine machine(kRamBytes);
  std::memcpy(machine.ram(BareMachine::kRamBase, 4 * code.size()), code.data(), 4 * code.size());
  Hart hart(machine, HartConfig{});
  hart.set_reg(kT0, BareMachine::kRamBase + 0x10000);
  hart.set_reg(kA5, BareMachine::kRamBase + 0x10000);  // The region that is read...
  hart.set_reg(kA4, BareMachine::kRamBase + 0x14000);  // ...and its end.
  constexpr uint64_t kQuantum = 1000;                  // As short as a platform may call it.
  const double start = cpu_seconds();
  double elapsed = 0;
  while (elapsed < kSeconds) {
    for (unsigned i = 0; i < 1000; ++i) hart.run(hart.cycle() + kQuantum, false);
    elapsed = cpu_seconds() - start;
  }
  if (hart.last_trap()) {
    std::fprintf(stderr, "bench_riscv: %s trapped: %s\n", name,
                 cause_name(hart.last_trap()->cause));
    return;
  }
  std::printf("BENCH riscv.%s %.4g instructions/s\n", name,
              static_cast<double>(hart.retired()) / elapsed);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Speed of the RISC-V hart; lines BENCH <name> <value> <unit>"};
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  measure("instructions_per_cpu_s", plain_loop());
  measure("memory_instructions_per_cpu_s", memory_loop());
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// The assembly programs, each in quanta of 1, 10 and 1000 cycles, with and without fast pages.
#include <catch2/catch.hpp>
#include <fstream>

#include "tests/riscv/test_machine.h"

namespace {

using namespace cubist::riscv;

Outcome run(const std::string& name, uint64_t quantum, bool fast_pages, const HartConfig& config) {
  TestMachine machine;
  machine.fast_pages = fast_pages;
  load_program(machine, name);
  Hart hart(machine, config);
  return run_to_end(machine, hart, quantum);
}

/// The program passes, and nothing about it depends on the quantum or on the fast path.
void check_program(const std::string& name) {
  HartConfig slow;
  slow.taken_branch_cycles = 2;
  slow.multiply_cycles = 3;
  slow.divide_cycles = 17;
  slow.trap_cycles = 5;
  const bool counts_cycles = name == "csr";  // It expects one cycle an instruction.
  for (const HartConfig& config : {HartConfig{}, slow}) {
    const Outcome reference = run(name, 1000, true, config);
    INFO(name << ": check " << (reference.tohost >> 1) << " failed; " << reference.traps.size()
              << " traps");
    REQUIRE(reference.tohost == 1);
    for (const uint64_t quantum : {1, 10, 1000, 100000}) {
      for (const bool fast : {true, false}) {
        INFO("quantum " << quantum << ", fast pages " << fast);
        CHECK(run(name, quantum, fast, config) == reference);
      }
    }
    if (counts_cycles) break;
  }
}

TEST_CASE("multiply and divide at their corners") {
  check_program("muldiv");
}
TEST_CASE("atomics") {
  check_program("atomic");
}
TEST_CASE("loads and stores of every alignment") {
  check_program("memory");
}
TEST_CASE("compressed instructions") {
  check_program("compressed");
}
TEST_CASE("control and status registers") {
  check_program("csr");
}
TEST_CASE("exceptions are precise") {
  check_program("traps");
}
TEST_CASE("physical memory protection") {
  check_program("pmp");
}
TEST_CASE("triggers raise breakpoints") {
  check_program("triggers");
}
TEST_CASE("written code is seen after fence.i") {
  check_program("fence_i");
}

TEST_CASE("extra cycles are charged where the configuration says") {
  const auto cycles = [](const HartConfig& config) {
    return run("fence_i", 1000, true, config).cycles;
  };
  const uint64_t base = cycles(HartConfig{});
  HartConfig config;
  config.taken_branch_cycles = 1;
  const uint64_t branches = cycles(config) - base;
  CHECK(branches > 99);  // The loop alone takes its branch 99 times.
  config.taken_branch_cycles = 7;
  CHECK(cycles(config) - base == 7 * branches);
}

TEST_CASE("random programs compute what QEMU computes") {
  TestMachine machine;
  const ElfImage image = load_program(machine, "random_programs");
  Hart hart(machine, HartConfig{});
  REQUIRE(run_to_end(machine, hart, 1000).tohost == 1);
  REQUIRE(hart.last_trap() == std::nullopt);
  const ElfSymbol* results = image.find("results");
  REQUIRE(results != nullptr);

  constexpr unsigned kBytes = 512;
  std::ifstream golden(CUBIST_RISCV_GOLDEN);
  std::string line;
  unsigned index = 0;
  while (std::getline(golden, line)) {
    if (line.empty() || line[0] == '#') continue;
    REQUIRE(line.size() == 2 * kBytes);
    const uint8_t* mine = machine.ram(results->address + index * kBytes, kBytes);
    REQUIRE(mine != nullptr);
    std::string text;
    for (unsigned i = 0; i < kBytes; ++i) {
      text += "0123456789abcdef"[mine[i] >> 4];
      text += "0123456789abcdef"[mine[i] & 15];
    }
    for (unsigned word = 0; word < kBytes / 8; ++word) {
      INFO("program " << index << ", "
                      << (word < 31 ? "register x" + std::to_string(word + 1)
                                    : "memory word " + std::to_string(word - 31)));
      REQUIRE(text.substr(16 * word, 16) == line.substr(16 * word, 16));
    }
    ++index;
  }
  CHECK(index == 96);
}

}  // namespace

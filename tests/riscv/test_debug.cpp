// SPDX-License-Identifier: Apache-2.0
// What a debugger and a tracer use: breakpoints, debug triggers, ebreak, state, hooks, reset.
#include <catch2/catch.hpp>

#include "systemc/riscv/csr.h"
#include "tests/riscv/test_machine.h"

namespace {

using namespace cubist::riscv;

constexpr uint64_t kBase = BareMachine::kRamBase;
constexpr uint32_t kA0 = 10, kSp = 2;

/// a0 counts; every instruction but the last adds 1, the last jumps to itself.
struct Counter {
  TestMachine machine;
  Hart hart;
  Counter() : hart(machine, HartConfig{}) {
    std::vector<uint32_t> words(16, code::addi(kA0, kA0, 1));
    words.push_back(code::kLoop);
    machine.write_code(words);
    hart.set_csr(csr::kMtvec, kBase + 0x40);
  }
};

TEST_CASE("a breakpoint stops before its instruction, and running on steps over it") {
  Counter c;
  c.hart.run(2, false);  // The place has been decoded before the breakpoint is set or not.
  c.hart.add_breakpoint(kBase + 4);
  c.hart.add_breakpoint(kBase + 16);
  c.hart.add_breakpoint(kBase + 20);
  CHECK(c.hart.run(100, false) == Stop::breakpoint);
  CHECK(c.hart.pc() == kBase + 16);
  CHECK(c.hart.breakpoint_address() == kBase + 16);
  CHECK(c.hart.cycle() == 4);
  CHECK(c.hart.reg(kA0) == 4);
  CHECK(c.hart.run(100, false) == Stop::breakpoint);  // The next one, right behind it.
  CHECK(c.hart.pc() == kBase + 20);
  CHECK(c.hart.reg(kA0) == 5);
  c.hart.remove_breakpoint(kBase + 20);
  CHECK(c.hart.run(100, false) == Stop::budget);
  CHECK(c.hart.reg(kA0) == 16);
  CHECK(c.hart.cycle() == 100);  // Stopping cost nothing.
  c.hart.set_pc(kBase + 16);
  CHECK(c.hart.run(200, false) == Stop::breakpoint);
  c.hart.set_pc(kBase + 16);  // Moving the pc, even to the same place, arms it again.
  CHECK(c.hart.run(200, false) == Stop::breakpoint);
}

TEST_CASE("a removed breakpoint does not hide the next one") {
  Counter c;
  c.hart.add_breakpoint(kBase + 4);
  c.hart.run(100, false);
  c.hart.remove_breakpoint(kBase + 4);
  c.hart.add_breakpoint(kBase + 8);
  CHECK(c.hart.run(100, false) == Stop::breakpoint);
  CHECK(c.hart.pc() == kBase + 8);
}

TEST_CASE("a breakpoint on an external instruction survives its synchronisation") {
  Counter c;
  c.machine.write_code({code::store(3, kA0, kSp, 0)}, kBase + 8);
  c.hart.set_reg(kSp, TestMachine::kDevice);
  c.hart.add_breakpoint(kBase + 8);
  CHECK(c.hart.run(100, false) == Stop::breakpoint);
  CHECK(c.hart.run(100, false) == Stop::sync);
  CHECK(c.machine.calls.empty());
  CHECK(c.hart.run(100, true) == Stop::budget);
  CHECK(c.machine.calls.size() == 1);
}

TEST_CASE("ebreak stops for a debugger and traps without one") {
  Counter c;
  c.machine.write_code({code::kEbreak}, kBase + 8);
  c.hart.set_debugger_attached(true);
  CHECK(c.hart.run(100, false) == Stop::breakpoint);
  CHECK(c.hart.run(100, false) == Stop::breakpoint);
  CHECK(c.hart.pc() == kBase + 8);
  c.hart.set_pc(kBase + 12);
  c.hart.add_breakpoint(kBase + 16);
  CHECK(c.hart.run(100, false) == Stop::breakpoint);
  CHECK(c.hart.pc() == kBase + 16);
  c.hart.set_debugger_attached(false);
  c.hart.set_pc(kBase + 8);
  CHECK(c.hart.run(100, false) == Stop::budget);
  CHECK(c.hart.exception_count(3) == 1);
}

TEST_CASE("debug triggers stop the hart on execute, load and store") {
  constexpr uint64_t kDebug = uint64_t{1} << 59 | uint64_t{1} << 12 | 1u << 6;
  Counter c;
  c.machine.write_code({code::load(3, 11, kSp, 0), code::store(3, kA0, kSp, 8)}, kBase + 8);
  c.hart.set_reg(kSp, kBase + 0x2000);
  const auto set = [&](unsigned index, uint64_t kind, uint64_t address) {
    REQUIRE(c.hart.set_csr(csr::kTselect, index));
    REQUIRE(c.hart.set_csr(csr::kTdata2, address));
    REQUIRE(c.hart.set_csr(csr::kTdata1, kDebug | kind));
    CHECK(*c.hart.csr(csr::kTdata1) == (uint64_t{2} << 60 | kDebug | kind));
  };
  set(0, 4, kBase + 4);
  set(1, 1, kBase + 0x2001);
  set(2, 2, kBase + 0x200f);
  for (const uint64_t pc : {kBase + 4, kBase + 8, kBase + 12}) {
    CHECK(c.hart.run(100, false) == Stop::breakpoint);
    CHECK(c.hart.pc() == pc);
    CHECK(c.hart.cycle() == (pc - kBase) / 4);
  }
  CHECK(c.hart.breakpoint_address() == kBase + 0x2008);
  CHECK(read_host<uint64_t>(c.machine.ram(kBase + 0x2008, 8)) == 0);
  CHECK(c.hart.run(100, false) == Stop::budget);
  CHECK(read_host<uint64_t>(c.machine.ram(kBase + 0x2008, 8)) == 2);
  CHECK(!c.hart.last_trap());
}

TEST_CASE("programs cannot change a debugger's trigger") {
  constexpr uint64_t kData1 = uint64_t{2} << 60 | uint64_t{1} << 59 | uint64_t{1} << 12 | 1u << 6;
  Counter c;
  c.machine.write_code({code::csrrw(0, csr::kTdata1, 0), code::csrrw(0, csr::kTdata2, 0)});
  REQUIRE(c.hart.set_csr(csr::kTdata2, 0x1234));
  REQUIRE(c.hart.set_csr(csr::kTdata1, kData1));
  CHECK(c.hart.run(2, false) == Stop::budget);
  CHECK(c.hart.csr(csr::kTdata1) == kData1);
  CHECK(c.hart.csr(csr::kTdata2) == 0x1234u);
  REQUIRE(c.hart.set_csr(csr::kTdata1, 0));
  c.hart.set_pc(kBase);
  REQUIRE(c.hart.set_csr(csr::kTdata2, 0x5678));
  CHECK(c.hart.run(4, false) == Stop::budget);
  CHECK(c.hart.csr(csr::kTdata2) == 0u);
}

TEST_CASE("state is readable and writable, impossible writes are refused") {
  Counter c;
  c.hart.set_reg(0, 5);
  CHECK(c.hart.reg(0) == 0);
  c.hart.set_reg(31, 6);
  CHECK(c.hart.reg(31) == 6);
  CHECK(c.hart.reg(32) == 0);
  CHECK(!c.hart.csr(0x800));
  CHECK(!c.hart.set_csr(0x800, 1));
  CHECK(!c.hart.set_csr(csr::kMhartid, 1));
  CHECK(c.hart.set_csr(csr::kMcycle, 1000));
  c.hart.run(10, false);
  CHECK(c.hart.csr(csr::kMcycle) == 1010u);
  CHECK(c.hart.disassemble(kBase) == "addi a0, a0, 1");
  CHECK(c.hart.disassemble(0x40000000) == "<cannot be fetched>");
  CHECK(c.hart.instruction_at(kBase) == code::addi(kA0, kA0, 1));
}

TEST_CASE("hooks see every retired instruction and every trap, and change nothing") {
  const auto final_state = [](bool hooked, std::vector<uint64_t>& pcs) {
    TestMachine machine;
    load_program(machine, "traps");
    Hart hart(machine, HartConfig{});
    if (hooked) hart.set_retire_hook([&](const Retired& r) { pcs.push_back(r.pc); });
    return run_to_end(machine, hart, 50);
  };
  std::vector<uint64_t> pcs;
  const Outcome plain = final_state(false, pcs);
  REQUIRE(pcs.empty());
  const Outcome hooked = final_state(true, pcs);
  REQUIRE(plain.tohost == 1);
  CHECK(plain == hooked);
  CHECK(pcs.size() == hooked.retired);
  CHECK(pcs.front() == kBase);
  uint64_t exceptions = 0;
  for (const Trap& t : plain.traps) exceptions += t.is_interrupt() ? 0 : 1;
  CHECK(exceptions == plain.traps.size());
  CHECK(plain.cycles == plain.retired + exceptions);
}

TEST_CASE("reset gives the same run again") {
  Counter c;
  c.hart.set_csr(csr::kMscratch, 77);
  c.hart.run(50, false);
  c.hart.reset();
  CHECK(c.hart.pc() == kBase);
  CHECK(c.hart.reg(kA0) == 0);
  CHECK(c.hart.cycle() == 50);
  CHECK(c.hart.csr(csr::kMcycle) == 0u);
  CHECK(c.hart.csr(csr::kMinstret) == 0u);
  CHECK(c.hart.csr(csr::kMscratch) == 0u);
  c.hart.run(100, false);
  CHECK(c.hart.reg(kA0) == 16);
  CHECK(c.hart.csr(csr::kMcycle) == 50u);
}

TEST_CASE("an endless chain of faults uses up its budget") {
  TestMachine machine;
  HartConfig config;
  config.reset_pc = 0x40000000;
  Hart hart(machine, config);  // mtvec is 0, where nothing is either.
  CHECK(hart.run(1000, false) == Stop::budget);
  CHECK(hart.exception_count(1) == 1000);
  CHECK(hart.retired() == 0);
}

}  // namespace

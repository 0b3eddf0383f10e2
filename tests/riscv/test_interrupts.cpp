// SPDX-License-Identifier: Apache-2.0
// Interrupts: between any two instructions, at a cycle of their own, in the right order; WFI.
#include <catch2/catch.hpp>

#include "systemc/riscv/csr.h"
#include "tests/riscv/test_machine.h"

namespace {

using namespace cubist::riscv;

constexpr uint64_t kBase = BareMachine::kRamBase;
constexpr uint64_t kInterrupt = uint64_t{1} << 63;

struct Result {
  Outcome outcome;
  uint64_t checksum = 0;
  uint64_t count = 0;
};

Result run_interrupts(uint64_t quantum, uint64_t raise_at, const HartConfig& config = {},
                      bool fast = true) {
  TestMachine machine;
  machine.fast_pages = fast;
  const ElfImage image = load_program(machine, "interrupts");
  Hart hart(machine, config);
  std::vector<LineChange> changes;
  if (raise_at != kNever) changes.push_back({kTimerInterrupt, true, raise_at});
  Result result;
  result.outcome = run_to_end(machine, hart, quantum, changes);
  result.checksum = read_host<uint64_t>(machine.ram(image.find("checksum")->address, 8));
  result.count = read_host<uint64_t>(machine.ram(image.find("count")->address, 8));
  return result;
}

TEST_CASE("an interrupt between any two instructions disturbs nothing") {
  const Result calm = run_interrupts(1000, kNever);
  REQUIRE(calm.outcome.tohost == 1);
  REQUIRE(calm.count == 0);
  REQUIRE(calm.outcome.traps.empty());
  const uint64_t cycles = calm.outcome.cycles;
  REQUIRE(cycles > 150);
  unsigned taken = 0;
  for (uint64_t at = 0; at < cycles; ++at) {
    INFO("raised at cycle " << at);
    const Result r = run_interrupts(1000, at);
    REQUIRE(r.outcome.tohost == 1);
    REQUIRE(r.checksum == calm.checksum);
    REQUIRE(r.outcome.traps.size() == r.count);
    REQUIRE(r.count <= 1);
    if (r.count == 1) {
      ++taken;
      const Trap& trap = r.outcome.traps[0];
      CHECK(trap.cause == (kInterrupt | kTimerInterrupt));
      CHECK(trap.cycle >= at);
      // One cycle an instruction: in the window it is taken at once.
      if (at > 20) CHECK(trap.cycle == at);
    }
    for (const uint64_t quantum : {1, 7}) {
      const Result other = run_interrupts(quantum, at, HartConfig{}, quantum == 1);
      REQUIRE(other.outcome == r.outcome);
    }
  }
  CHECK(taken > 140);
}

TEST_CASE("an interrupt in the middle of a long instruction waits for its end") {
  HartConfig config;
  config.divide_cycles = 30;
  config.multiply_cycles = 4;
  for (uint64_t at = 0; at < 300; at += 3) {
    INFO("raised at cycle " << at);
    const Result r = run_interrupts(1000, at, config);
    REQUIRE(r.outcome.tohost == 1);
    REQUIRE(r.count == 1);
    if (at > 20) CHECK(r.outcome.traps[0].cycle - at <= 30);
    REQUIRE(run_interrupts(1, at, config).outcome == r.outcome);
  }
}

/// A hart in M mode on a page of nops, with a page of nops for handlers behind it, all lines
/// enabled.
struct Nops {
  TestMachine machine;
  HartConfig config;
  Hart hart;
  explicit Nops(uint64_t mtvec_mode = 1) : hart(machine, config) {
    std::vector<uint32_t> words(2047, code::kNop);
    words.push_back(code::kLoop);
    machine.write_code(words);
    hart.set_csr(csr::kMtvec, (kBase + 0x1000) | mtvec_mode);
    hart.set_csr(csr::kMie, ~uint64_t{0});
    hart.set_csr(csr::kMstatus, csr::kMstatusMie | csr::kMstatusMpp);
  }
};

TEST_CASE("vectored interrupts enter at four bytes a cause, direct ones at the base") {
  for (const unsigned line : {3, 7, 11, 16, 17, 63}) {
    Nops vectored;
    vectored.hart.set_interrupt(line, true, 5);
    CHECK(vectored.hart.run(6, false) == Stop::budget);
    REQUIRE(vectored.hart.last_trap().has_value());
    CHECK(vectored.hart.last_trap()->cause == (kInterrupt | line));
    CHECK(vectored.hart.last_trap()->pc == kBase + 5 * 4);
    CHECK(vectored.hart.last_trap()->cycle == 5);
    CHECK(vectored.hart.pc() == kBase + 0x1000 + 4 * line + 4);
    CHECK(vectored.hart.interrupt_count(line) == 1);
    Nops direct(0);
    direct.hart.set_interrupt(line, true, 5);
    direct.hart.run(6, false);
    CHECK(direct.hart.pc() == kBase + 0x1004);
  }
}

TEST_CASE("the highest priority goes first: external, software, timer, then platform lines") {
  const std::vector<unsigned> order = {11, 3, 7, 16, 17, 40, 63};
  for (std::size_t first = 0; first < order.size(); ++first) {
    Nops n;
    for (std::size_t i = first; i < order.size(); ++i) n.hart.set_interrupt(order[i], true, 0);
    n.hart.run(1, false);
    REQUIRE(n.hart.last_trap().has_value());
    CHECK(n.hart.last_trap()->code() == order[first]);
  }
}

TEST_CASE("masks: mie, mstatus.MIE, and lines that do not exist") {
  Nops n;
  n.hart.set_interrupt(5, true, 0);   // no such line
  n.hart.set_interrupt(64, true, 0);  // nor this
  n.hart.set_csr(csr::kMie, 0x800);
  n.hart.set_interrupt(7, true, 0);
  n.hart.run(10, false);
  CHECK(!n.hart.last_trap());
  CHECK(n.hart.csr(csr::kMip) == 0x80u);
  n.hart.set_csr(csr::kMstatus, csr::kMstatusMpp);
  n.hart.set_csr(csr::kMie, 0x80);
  n.hart.run(20, false);
  CHECK(!n.hart.last_trap());
  // U mode is interrupted whatever MIE says.
  n.hart.set_csr(0x3b0, ~uint64_t{0});
  n.hart.set_csr(0x3a0, 0x1f);
  n.hart.set_mode(Mode::user);
  n.hart.run(21, false);
  REQUIRE(n.hart.last_trap().has_value());
  CHECK(n.hart.last_trap()->cycle == 20);
  CHECK(n.hart.last_trap()->from == Mode::user);
  CHECK(n.hart.mode() == Mode::machine);
}

TEST_CASE("a level that falls before it is looked at leaves no trace") {
  Nops n;
  n.hart.set_csr(csr::kMstatus, csr::kMstatusMpp);
  n.hart.set_interrupt(7, true, 10);
  n.hart.set_interrupt(7, false, 20);
  n.hart.run(30, false);
  n.hart.set_csr(csr::kMstatus, csr::kMstatusMpp | csr::kMstatusMie);
  n.hart.run(40, false);
  CHECK(!n.hart.last_trap());
  // The same, told late and out of order.
  n.hart.set_interrupt(7, false, 60);
  n.hart.set_interrupt(7, true, 50);
  n.hart.run(70, false);
  REQUIRE(n.hart.last_trap().has_value());
  CHECK(n.hart.last_trap()->cycle == 50);
  CHECK(n.hart.csr(csr::kMip) == 0u);
}

/// nop, wfi, nops.
struct Sleeper : Nops {
  Sleeper() { machine.write_code({code::kNop, code::kWfi}); }
};

TEST_CASE("WFI sleeps until the cycle of the interrupt") {
  for (const uint64_t quantum : {1, 3, 100, 10000}) {
    Sleeper s;
    CHECK(s.hart.run(100, false) == Stop::sync);
    CHECK(s.hart.cycle() == 1);
    CHECK(s.hart.run(100, true) == Stop::wfi);
    CHECK(s.hart.waiting());
    CHECK(s.hart.next_input_cycle() == kNever);
    s.hart.set_interrupt(7, true, 500);
    CHECK(s.hart.next_input_cycle() == 500);
    CHECK(s.hart.run(500, false) == Stop::wfi);  // Not there yet.
    while (s.hart.cycle() < 510)
      s.hart.run(std::max<uint64_t>(s.hart.cycle(), 500) + quantum, false);
    REQUIRE(s.hart.last_trap().has_value());
    CHECK(s.hart.last_trap()->cycle == 500);
    CHECK(s.hart.last_trap()->pc == kBase + 8);
  }
}

TEST_CASE("WFI goes on without a trap when interrupts are off, and not for a masked line") {
  Sleeper s;
  s.hart.set_csr(csr::kMstatus, csr::kMstatusMpp);
  s.hart.set_csr(csr::kMie, 0x80);
  s.hart.run(1, false);
  REQUIRE(s.hart.run(100, true) == Stop::wfi);
  s.hart.set_interrupt(11, true, 200);
  CHECK(s.hart.run(300, false) == Stop::wfi);
  s.hart.set_interrupt(7, true, 400);
  CHECK(s.hart.run(410, false) == Stop::budget);
  CHECK(!s.hart.last_trap());
  CHECK(s.hart.pc() == kBase + 8 + 10 * 4);
}

TEST_CASE("WFI with a pending interrupt does not sleep") {
  Sleeper s;
  s.hart.set_csr(csr::kMstatus, csr::kMstatusMpp);
  s.hart.set_interrupt(7, true, 0);
  s.hart.run(1, false);
  CHECK(s.hart.run(20, true) == Stop::budget);
  CHECK(!s.hart.waiting());
}

TEST_CASE("a stalled hart stops stalling when an interrupt comes") {
  Nops n;
  CHECK(n.hart.advance_to(40) == 40);
  n.hart.set_interrupt(7, true, 55);
  CHECK(n.hart.advance_to(100) == 55);
  n.hart.run(56, false);
  REQUIRE(n.hart.last_trap().has_value());
  CHECK(n.hart.last_trap()->cycle == 55);
  // Within the handler MIE is off, and nothing holds the hart back.
  CHECK(n.hart.advance_to(100) == 100);
}

}  // namespace

// SPDX-License-Identifier: Apache-2.0
// Causality: what needs the synchronised instant, what a refusal leaves behind, what costs cycles.
#include <catch2/catch.hpp>

#include "systemc/riscv/csr.h"
#include "tests/riscv/test_machine.h"

namespace {

using namespace cubist::riscv;

constexpr uint64_t kBase = BareMachine::kRamBase;
constexpr uint64_t kDevice = TestMachine::kDevice;
constexpr uint32_t kA0 = 10, kA1 = 11, kA2 = 12;

struct Fixture {
  TestMachine machine;
  Hart hart;
  explicit Fixture(std::vector<uint32_t> words) : hart(machine, HartConfig{}) {
    words.resize(256, code::kNop);
    machine.write_code(words);
    hart.set_reg(kA0, kDevice);
    hart.set_reg(kA1, 7);
    hart.set_reg(kA2, 5);
    hart.set_csr(csr::kMtvec, kBase + 0x80);
  }
};

TEST_CASE("external accesses wait for the synchronised instant, one at a time") {
  Fixture f(
      {code::kNop, code::load(3, kA1, kA0, 0x10), code::store(2, kA2, kA0, 0x20), code::kNop});
  CHECK(f.hart.run(100, false) == Stop::sync);
  CHECK(f.hart.cycle() == 1);
  CHECK(f.hart.pc() == kBase + 4);
  CHECK(f.hart.retired() == 1);
  CHECK(f.machine.calls.empty());
  CHECK(f.hart.reg(kA1) == 7);
  CHECK(f.hart.run(100, false) == Stop::sync);  // Still the same.
  CHECK(f.hart.run(100, true) == Stop::sync);   // The load acted; the store must wait.
  CHECK(f.machine.calls == std::vector<BusCall>{{'l', kDevice + 0x10, 8}});
  CHECK(f.hart.reg(kA1) == 0x10);
  CHECK(f.hart.cycle() == 2);
  f.machine.extra_cycles = 13;
  CHECK(f.hart.run(100, true) == Stop::budget);
  CHECK(f.machine.calls.back() == BusCall{'s', kDevice + 0x20, 5});
  CHECK(f.hart.cycle() == 100);
  CHECK(f.hart.retired() == 100 - 13);
}

TEST_CASE("a private instruction first spends the synchronised instant") {
  Fixture f({code::kNop, code::load(3, kA1, kA0, 0)});
  CHECK(f.hart.run(100, true) == Stop::sync);
  CHECK(f.machine.calls.empty());
}

TEST_CASE("fences, atomics, WFI, time, custom instructions and foreign CSRs synchronise") {
  const uint32_t amo = 0x0000302f | 13u << 7 | 2u << 15 | kA1 << 20;  // amoadd.d a3, a1, (sp)
  const uint32_t lr = 0x1000302f | 13u << 7 | 2u << 15;
  for (const uint32_t word :
       {code::kFence, code::kFenceI, code::kWfi, amo, lr, code::csrrs(kA1, 0xc01, 0),
        code::csrrs(kA1, 0x800, 0), code::csrrw(0, 0x801, kA1),
        code::custom(0x0b, kA0, kA1, kA2, 0, 0), code::custom(0x2b, kA0, kA1, kA2, 0, 0)}) {
    INFO("word " << std::hex << word << " " << disassemble(word, 0));
    Fixture f({word});
    f.machine.csrs = {{0x800, 1}, {0x801, 2}};
    f.hart.set_reg(2, kBase + 0x2000);  // sp
    CHECK(f.hart.run(100, false) == Stop::sync);
    CHECK(f.hart.cycle() == 0);
    CHECK(f.hart.pc() == kBase);
    CHECK(f.machine.calls.empty());
    f.hart.run(1, true);
    CHECK(f.hart.cycle() == 1);
    CHECK(!f.hart.last_trap());
  }
}

TEST_CASE("own CSRs, private memory and traps need no synchronisation") {
  Fixture f({code::csrrw(kA1, csr::kMscratch, kA2), code::csrrs(kA1, csr::kMcycle, 0),
             code::csrrs(kA1, csr::kMip, 0), code::store(3, kA1, 2, 0), code::kEcall});
  f.hart.set_reg(2, kBase + 0x2000);
  CHECK(f.hart.run(10, false) == Stop::budget);
  CHECK(f.hart.exception_count(11) == 1);
}

TEST_CASE("a refused instruction has not happened, however often it is tried") {
  const std::vector<uint32_t> words = {code::load(2, kA1, kA0, 0), code::store(3, kA1, kA0, 8),
                                       code::custom(0x0b, kA2, kA1, kA2, 0, 0x55)};
  Fixture f(words);
  uint64_t now = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    f.machine.retries = 3;
    const uint64_t a1 = f.hart.reg(kA1), a2 = f.hart.reg(kA2);
    for (unsigned attempt = 0; attempt < 3; ++attempt) {
      CHECK(f.hart.run(now + 1, true) == Stop::blocked);
      CHECK(f.hart.pc() == kBase + 4 * i);
      CHECK(f.hart.retired() == i);
      CHECK(f.hart.reg(kA1) == a1);
      CHECK(f.hart.reg(kA2) == a2);
      CHECK(f.machine.calls.size() == i);
      CHECK(f.hart.cycle() == now);
      now += 10;  // The time at which the owner tries again.
      CHECK(f.hart.advance_to(now) == now);
    }
    CHECK(f.hart.run(now + 1, true) == Stop::budget);
    now = f.hart.cycle();
    CHECK(f.machine.calls.size() == i + 1);
  }
  CHECK(f.hart.last_trap() == std::nullopt);
}

TEST_CASE("an interrupt takes a blocked instruction's place") {
  Fixture f({code::load(2, kA1, kA0, 0)});
  f.machine.retries = 100;
  f.hart.set_csr(csr::kMie, 0x80);
  f.hart.set_csr(csr::kMstatus, csr::kMstatusMie);
  CHECK(f.hart.run(1, true) == Stop::blocked);
  f.hart.set_interrupt(7, true, 25);
  CHECK(f.hart.advance_to(1000) == 25);
  f.hart.run(26, true);
  REQUIRE(f.hart.last_trap().has_value());
  CHECK(f.hart.last_trap()->pc == kBase);
  CHECK(f.hart.last_trap()->cycle == 25);
}

TEST_CASE("devices answer misaligned accesses with a trap") {
  Fixture load({code::load(2, kA1, kA0, 2)});
  load.hart.run(1, true);
  REQUIRE(load.hart.last_trap().has_value());
  CHECK(load.hart.last_trap()->cause == 4);
  CHECK(load.hart.last_trap()->value == kDevice + 2);
  CHECK(load.hart.reg(kA1) == 7);
  Fixture store({code::store(1, kA1, kA0, 1)});
  store.hart.run(1, true);
  REQUIRE(store.hart.last_trap().has_value());
  CHECK(store.hart.last_trap()->cause == 6);
  CHECK(store.machine.calls.empty());
  // An atomic on a device is an access fault.
  Fixture amo({0x0000302f | 13u << 7 | kA0 << 15 | kA1 << 20});
  amo.hart.run(1, true);
  REQUIRE(amo.hart.last_trap().has_value());
  CHECK(amo.hart.last_trap()->cause == 7);
}

TEST_CASE("stores give the device the bytes that the width asks for") {
  Fixture f({code::store(0, kA1, kA0, 0), code::store(1, kA1, kA0, 0), code::store(2, kA1, kA0, 0),
             code::store(3, kA1, kA0, 0)});
  f.hart.set_reg(kA1, 0x8877665544332211);
  for (unsigned i = 0; i < 4; ++i) f.hart.run(i + 1, true);
  CHECK(f.machine.calls == std::vector<BusCall>{{'s', kDevice, 0x11},
                                                {'s', kDevice, 0x2211},
                                                {'s', kDevice, 0x44332211},
                                                {'s', kDevice, 0x8877665544332211}});
}

TEST_CASE("custom instructions: values in, value out, illegal, refused address, cost") {
  const uint32_t add = code::custom(0x0b, kA2, kA1, kA2, 0, 0x7f);
  Fixture f({add, code::custom(0x2b, kA2, kA1, kA2, 5, 1), code::custom(0x0b, 0, kA1, kA2, 0, 0)});
  f.machine.extra_cycles = 9;
  f.hart.run(1, true);
  CHECK(f.machine.calls.back() == BusCall{'c', add, 7});
  CHECK(f.hart.reg(kA2) == 5 + 7 + 5);
  CHECK(f.hart.cycle() == 10);
  f.hart.run(11, true);  // Writes nothing.
  CHECK(f.hart.reg(kA2) == 17);
  f.hart.run(21, true);  // rd = x0
  CHECK(f.hart.reg(0) == 0);
  CHECK(f.hart.retired() == 3);

  const uint32_t illegal = code::custom(0x0b, kA2, kA1, kA2, 2, 0);
  Fixture g({illegal});
  g.hart.run(1, true);
  REQUIRE(g.hart.last_trap().has_value());
  CHECK(g.hart.last_trap()->cause == 2);
  CHECK(g.hart.last_trap()->value == illegal);
  Fixture h({code::custom(0x0b, kA2, kA1, kA2, 1, 0)});
  h.hart.run(1, true);
  REQUIRE(h.hart.last_trap().has_value());
  CHECK(h.hart.last_trap()->cause == 7);
  CHECK(h.hart.last_trap()->value == 7);
}

TEST_CASE("CSRs of the bus: read, write, set, privilege, absence") {
  Fixture f({code::csrrw(kA0, 0x800, kA1), code::csrrs(kA0, 0x800, kA2), code::csrrs(kA0, 0xcc0, 0),
             code::csrrw(0, 0xcc0, kA1), code::csrrs(kA0, 0x8ff, 0), code::csrrw(0, 0x800, kA2)});
  f.machine.csrs = {{0x800, 0x100}, {0xcc0, 0x200}};
  f.hart.set_csr(csr::kMtvec, kBase + 0x80);
  const auto step = [&] { f.hart.run(f.hart.cycle() + 1, true); };
  step();
  CHECK(f.hart.reg(kA0) == 0x100);
  CHECK(f.machine.csrs[0x800] == 7);
  step();
  CHECK(f.hart.reg(kA0) == 7);
  CHECK(f.machine.csrs[0x800] == 7);  // 7 | 5
  step();
  CHECK(f.hart.reg(kA0) == 0x200);
  CHECK(f.machine.calls.size() == 5);  // r w r w r
  step();                              // Read-only number.
  CHECK(f.hart.exception_count(2) == 1);
  f.hart.set_pc(kBase + 16);
  step();  // No such CSR.
  CHECK(f.hart.exception_count(2) == 2);
  f.hart.set_pc(kBase + 20);
  step();  // csrrw to x0 does not read.
  CHECK(f.machine.calls.back() == BusCall{'w', 0x800, 5});
  CHECK(f.machine.calls.size() == 6);
}

TEST_CASE("time comes from the bus at the synchronised instant") {
  Fixture f({code::csrrs(kA0, 0xc01, 0)});
  f.machine.time_value = 123456;
  f.hart.run(1, true);
  CHECK(f.hart.reg(kA0) == 123456);
}

TEST_CASE("invalidated pages are asked for again, invalidated code is decoded again") {
  Fixture f({code::load(3, kA1, 2, 0), code::load(3, kA1, 2, 0), code::kLoop});
  f.hart.set_reg(2, kBase + 0x2000);
  CHECK(f.hart.run(1, false) == Stop::budget);
  f.machine.fast_pages = false;
  CHECK(f.hart.run(2, false) == Stop::budget);  // The old answer is still cached.
  f.hart.set_pc(kBase);
  f.hart.invalidate_pages();
  CHECK(f.hart.run(3, false) == Stop::sync);
  f.machine.fast_pages = true;
  CHECK(f.hart.run(3, false) == Stop::sync);
  f.hart.invalidate_pages();
  CHECK(f.hart.run(3, false) == Stop::budget);

  f.hart.set_pc(kBase + 8);
  f.hart.run(10, false);
  CHECK(f.hart.pc() == kBase + 8);
  f.machine.write_code({code::kNop}, kBase + 8);
  f.hart.run(20, false);
  CHECK(f.hart.pc() == kBase + 8);
  f.hart.invalidate_code();
  f.hart.run(30, false);
  CHECK(f.hart.pc() == kBase + 8 + 4 * 10);
}

TEST_CASE("an access that is private only in part goes to the bus as a whole") {
  constexpr int32_t offset = -3;
  Fixture f({code::store(3, kA1, 2, offset), code::load(3, kA2, 2, offset)});
  f.hart.set_reg(2, kBase + 0x2000);
  f.hart.set_reg(kA1, 0x0102030405060708);
  f.machine.external_from = kBase + 0x2000;
  CHECK(f.hart.run(100, false) == Stop::sync);
  CHECK(f.hart.cycle() == 0);
  CHECK(*f.machine.ram(kBase + 0x1ffd, 1) == 0);  // Not even its private bytes.
  CHECK(f.hart.run(100, true) == Stop::sync);
  CHECK(f.hart.cycle() == 1);
  CHECK(f.hart.run(100, true) == Stop::budget);
  CHECK(f.hart.reg(kA2) == 0x0102030405060708);
  CHECK(read_host<uint64_t>(f.machine.ram(kBase + 0x1ffd, 8)) == 0x0102030405060708);
}

TEST_CASE("fetching costs its cycles once, and may be refused") {
  Fixture f({code::kNop, code::kNop, code::kLoop});
  f.machine.fetch_cycles = 10;  // Each of the three instructions is fetched in two parts.
  CHECK(f.hart.run(100, false) == Stop::budget);
  CHECK(f.hart.cycle() == 100);
  CHECK(f.hart.retired() == 100 - 3 * 20);
  f.hart.set_pc(kBase + 32);
  f.machine.fetch_retries = 1;
  CHECK(f.hart.run(200, false) == Stop::blocked);
  CHECK(f.hart.cycle() == 100);
  CHECK(f.hart.pc() == kBase + 32);
  CHECK(f.hart.run(121, false) == Stop::budget);
  CHECK(f.hart.retired() == 41);
}

TEST_CASE("a hart held halted does nothing") {
  Fixture f({code::kNop});
  f.hart.set_halted(true);
  CHECK(f.hart.run(100, true) == Stop::halted);
  CHECK(f.hart.cycle() == 0);
  f.hart.set_halted(false);
  CHECK(f.hart.run(100, true) == Stop::budget);
}

}  // namespace

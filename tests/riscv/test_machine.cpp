// SPDX-License-Identifier: Apache-2.0
#include "tests/riscv/test_machine.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <tuple>

namespace cubist::riscv {

void TestMachine::write_code(const std::vector<uint32_t>& words, uint64_t address) {
  uint8_t* to = ram(address, 4 * words.size());
  REQUIRE(to != nullptr);
  std::memcpy(to, words.data(), 4 * words.size());
}

bool TestMachine::refuse() {
  if (retries == 0) return false;
  --retries;
  return true;
}

FastPage TestMachine::page(uint64_t address) {
  return fast_pages && address < external_from ? BareMachine::page(address) : FastPage{};
}

BusReply TestMachine::fetch(uint64_t address, unsigned size) {
  if (fetch_retries != 0) {
    --fetch_retries;
    return {BusStatus::retry, 0, 0};
  }
  BusReply reply = BareMachine::load(address, size);
  reply.extra_cycles = fetch_cycles;
  return reply;
}

BusReply TestMachine::load(uint64_t address, unsigned size) {
  if (refuse()) return {BusStatus::retry, 0, 0};
  if (address - kDevice >= kDeviceBytes) return BareMachine::load(address, size);
  if ((address & (size - 1)) != 0) return {BusStatus::misaligned, 0, 0};
  calls.push_back({'l', address, size});
  return {BusStatus::ok, address & 0xff, extra_cycles};
}

BusReply TestMachine::store(uint64_t address, unsigned size, uint64_t data) {
  if (refuse()) return {BusStatus::retry, 0, 0};
  if (address - kDevice >= kDeviceBytes) return BareMachine::store(address, size, data);
  if ((address & (size - 1)) != 0) return {BusStatus::misaligned, 0, 0};
  calls.push_back({'s', address, data});
  return {BusStatus::ok, 0, extra_cycles};
}

uint64_t TestMachine::time() {
  calls.push_back({'t', 0, time_value});
  return time_value;
}

/// funct3 0 adds the three values, 1 faults at rs1, 2 is illegal, others write nothing.
BusReply TestMachine::custom(uint32_t instruction, uint64_t rd, uint64_t rs1, uint64_t rs2,
                             bool& writes_rd, bool& illegal) {
  if (refuse()) return {BusStatus::retry, 0, 0};
  const unsigned funct3 = instruction >> 12 & 7;
  calls.push_back({'c', instruction, rs1});
  if (funct3 == 1) return {BusStatus::fault, rs1, 0};
  illegal = funct3 == 2;
  writes_rd = funct3 == 0;
  return {BusStatus::ok, rd + rs1 + rs2, extra_cycles};
}

bool TestMachine::read_csr(uint16_t number, uint64_t& value) {
  const auto it = csrs.find(number);
  if (it == csrs.end()) return false;
  calls.push_back({'r', number, it->second});
  value = it->second;
  return true;
}

bool TestMachine::write_csr(uint16_t number, uint64_t value) {
  const auto it = csrs.find(number);
  if (it == csrs.end()) return false;
  calls.push_back({'w', number, value});
  it->second = value;
  return true;
}

bool operator==(const Outcome& a, const Outcome& b) {
  const auto key = [](const Trap& t) { return std::tie(t.cause, t.pc, t.value, t.cycle, t.from); };
  return a.tohost == b.tohost && a.cycles == b.cycles && a.retired == b.retired &&
         a.registers == b.registers && a.calls == b.calls &&
         std::equal(a.traps.begin(), a.traps.end(), b.traps.begin(), b.traps.end(),
                    [&](const Trap& x, const Trap& y) { return key(x) == key(y); });
}

Outcome run_to_end(TestMachine& machine, Hart& hart, uint64_t quantum,
                   const std::vector<LineChange>& changes, uint64_t limit) {
  Outcome outcome;
  machine.set_tohost_hook([&] { hart.set_halted(true); });
  hart.set_trap_hook([&](const Trap& t) { outcome.traps.push_back(t); });
  for (const LineChange& c : changes) hart.set_interrupt(c.cause, c.level, c.cycle);
  uint64_t now = hart.cycle();
  bool synchronised = false;
  while (now < limit) {
    const Stop stop = hart.run(now + quantum, synchronised);
    synchronised = false;
    if (stop == Stop::halted) break;
    if (stop == Stop::wfi) {
      if (hart.next_input_cycle() == kNever) break;  // Nobody will wake it.
      now = std::max(now, hart.next_input_cycle());
      continue;
    }
    if (stop == Stop::blocked) hart.advance_to(hart.cycle() + 1);
    if (stop != Stop::budget) synchronised = true;
    now = hart.cycle();
  }
  outcome.tohost = machine.tohost().value_or(0);
  outcome.cycles = hart.cycle();
  outcome.retired = hart.retired();
  for (unsigned i = 0; i < 32; ++i) outcome.registers.push_back(hart.reg(i));
  outcome.calls = machine.calls;
  hart.set_trap_hook(nullptr);
  return outcome;
}

ElfImage load_program(TestMachine& machine, const std::string& name) {
  const ElfResult elf = load_elf(std::string(CUBIST_RISCV_PROGRAMS) + "/" + name + ".elf");
  INFO(elf.error);
  REQUIRE(elf.image.has_value());
  const std::string error = machine.load_image(*elf.image);
  INFO(error);
  REQUIRE(error.empty());
  return *elf.image;
}

}  // namespace cubist::riscv

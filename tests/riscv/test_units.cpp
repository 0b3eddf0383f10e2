// SPDX-License-Identifier: Apache-2.0
// The parts of the hart on their own: arithmetic, decoder, protection, interrupt inputs.
#include <catch2/catch.hpp>
#include <random>

#include "systemc/riscv/compressed.h"
#include "systemc/riscv/interrupt_inputs.h"
#include "systemc/riscv/isa.h"
#include "systemc/riscv/muldiv.h"
#include "systemc/riscv/pmp.h"

namespace {

using namespace cubist::riscv;
using muldiv::Wide;

std::vector<uint64_t> corner_values() {
  std::vector<uint64_t> values;
  for (unsigned bit = 0; bit < 64; ++bit) {
    const uint64_t power = uint64_t{1} << bit;
    for (const uint64_t v : {power - 1, power, power + 1}) {
      values.push_back(v);
      values.push_back(~v);
    }
  }
  return values;
}

TEST_CASE("products and quotients agree with 128-bit arithmetic on all pairs of corners") {
  const std::vector<uint64_t> values = corner_values();
  for (const uint64_t a : values) {
    for (const uint64_t b : values) {
      const Wide sa = static_cast<int64_t>(a), sb = static_cast<int64_t>(b);
      const Wide ua = static_cast<Wide>(a), ub = static_cast<Wide>(b);
      bool ok = muldiv::mulh(a, b) == static_cast<uint64_t>((sa * sb) >> 64);
      ok = ok && muldiv::mulhsu(a, b) == static_cast<uint64_t>((sa * ub) >> 64);
      ok = ok && muldiv::mul(a, b) == static_cast<uint64_t>(sa * sb);
      // The high unsigned product from halves, since ua * ub does not fit into a signed Wide.
      const uint64_t al = a & 0xffffffff, ah = a >> 32, bl = b & 0xffffffff, bh = b >> 32;
      const uint64_t middle = ah * bl + (al * bl >> 32);
      const uint64_t high = ah * bh + (middle >> 32) + (((middle & 0xffffffff) + al * bh) >> 32);
      ok = ok && muldiv::mulhu(a, b) == high;
      if (b != 0) {
        ok = ok && muldiv::div(a, b) == static_cast<uint64_t>(sa / sb);
        ok = ok && muldiv::rem(a, b) == static_cast<uint64_t>(sa % sb);
        ok = ok && muldiv::divu(a, b) == static_cast<uint64_t>(ua / ub);
        ok = ok && muldiv::remu(a, b) == static_cast<uint64_t>(ua % ub);
      }
      const Wide wa = static_cast<int32_t>(a), wb = static_cast<int32_t>(b);
      if (wb != 0) {
        ok = ok && muldiv::divw(a, b) == alu::word(static_cast<uint64_t>(wa / wb));
        ok = ok && muldiv::remw(a, b) == alu::word(static_cast<uint64_t>(wa % wb));
        ok = ok && muldiv::divuw(a, b) == alu::word(uint32_t(a) / uint32_t(b));
        ok = ok && muldiv::remuw(a, b) == alu::word(uint32_t(a) % uint32_t(b));
      }
      if (!ok) FAIL("operands " << std::hex << a << " and " << b);
    }
  }
}

TEST_CASE("shifts use six bits of the amount, word shifts five") {
  CHECK(alu::sll(1, 64 + 5) == 32);
  CHECK(alu::srl(0x8000000000000000, 127) == 1);
  CHECK(alu::sra(0x8000000000000000, 63) == ~uint64_t{0});
  CHECK(alu::sllw(1, 63) == 0xffffffff80000000);
  CHECK(alu::srlw(0xffffffff80000000, 32 + 31) == 1);
  CHECK(alu::sraw(0x180000000, 4) == 0xfffffffff8000000);
  CHECK(alu::sraw(0x7fffffff, 30) == 1);
}

TEST_CASE("no two rows of the instruction table claim the same word") {
  for (unsigned i = 0; i < kInstructionCount; ++i) {
    const InstructionInfo& a = info(static_cast<Op>(i));
    CHECK((a.match & ~a.mask) == 0);
    CHECK(decode(a.match).op == static_cast<Op>(i));
    for (unsigned j = i + 1; j < kInstructionCount; ++j) {
      const InstructionInfo& b = info(static_cast<Op>(j));
      INFO(a.mnemonic << " and " << b.mnemonic);
      CHECK(((a.match ^ b.match) & a.mask & b.mask) != 0);
    }
  }
}

TEST_CASE("disassembly names registers, CSRs and targets") {
  CHECK(disassemble(0x00a58533, 0) == "add a0, a1, a0");
  CHECK(disassemble(0xfe0008e3, 0x80000010) == "beq zero, zero, 0x80000000");
  CHECK(disassemble(0x0040006f, 0x80000000) == "jal zero, 0x80000004");
  CHECK(disassemble(0x30529073, 0) == "csrrw zero, mtvec, t0");
  CHECK(disassemble(0x7c005073, 0) == "csrrwi zero, 0x7c0, 0");
  CHECK(disassemble(0x1605302f, 0) == "lr.d.aqrl zero, (a0)");
  CHECK(disassemble(0x00b5b02f, 0) == "amoadd.d zero, a1, (a1)");
  CHECK(disassemble(0x4501, 0) == "addi a0, zero, 0");
  CHECK(disassemble(0x0000, 0) == ".half 0x0");
  CHECK(disassemble(0xffffffff, 0) == ".word 0xffffffff");
  CHECK(disassemble(0x02c5d50b, 0) == "custom0 5, a0, a1, a2, 0x1");
}

// --- Protection: against a model that asks for each byte, entry by entry -------------------------

struct Reference {
  std::vector<uint8_t> config;
  std::vector<uint64_t> address;

  bool covers(unsigned i, uint64_t byte) const {
    const uint64_t word = byte >> 2;
    switch (config[i] >> 3 & 3) {
      case 1:
        return word >= (i == 0 ? 0 : address[i - 1]) && word < address[i];
      case 2:
        return word == address[i];
      case 3: {
        unsigned ones = 0;
        while (address[i] >> ones & 1) ++ones;
        return word >> (ones + 1) == address[i] >> (ones + 1);
      }
      default:
        return false;
    }
  }
  bool allows(uint64_t at, unsigned size, Access access, Mode mode) const {
    for (unsigned i = 0; i < config.size(); ++i) {
      unsigned covered = 0;
      for (unsigned b = 0; b < size; ++b) covered += covers(i, at + b) ? 1 : 0;
      if (covered == 0) continue;
      if (covered != size) return false;
      if (mode == Mode::machine && (config[i] & 0x80) == 0) return true;
      const unsigned bit = access == Access::load ? 1 : access == Access::store ? 2 : 4;
      return (config[i] & bit) != 0;
    }
    return mode == Mode::machine;
  }
};

TEST_CASE("protection agrees with a byte-by-byte model on random settings") {
  std::mt19937_64 random(1);
  unsigned allowed = 0, refused = 0;
  for (unsigned round = 0; round < 3000; ++round) {
    Reference reference;
    Pmp pmp(8);
    uint64_t config = 0;
    for (unsigned i = 0; i < 8; ++i) {
      // Small addresses, so that entries meet; trailing ones are likely.
      uint64_t address = random() % 64;
      if (random() % 2) address |= (1u << random() % 5) - 1;
      auto byte = static_cast<uint8_t>(random() & 0x9f);
      if ((byte & 1) == 0) byte &= 0xfd;
      pmp.set_address(i, address);
      reference.address.push_back(address);
      reference.config.push_back(byte);
      config |= uint64_t{byte} << (8 * i);
    }
    pmp.set_config(0, config);
    REQUIRE(pmp.config(0) == config);
    for (unsigned n = 0; n < 64; ++n) {
      const uint64_t at = random() % 280;
      const unsigned size = 1u << random() % 4;
      const auto access = static_cast<Access>(random() % 3);
      const Mode mode = random() % 2 ? Mode::machine : Mode::user;
      const bool expected = reference.allows(at, size, access, mode);
      INFO("at " << at << " size " << size);
      REQUIRE(pmp.allows(at, size, access, mode) == expected);
      ++(expected ? allowed : refused);
    }
  }
  CHECK(allowed > 10000);
  CHECK(refused > 10000);
}

TEST_CASE("protection: whole address space, no entries, wrap-around") {
  Pmp none(0);
  CHECK(none.allows(0, 8, Access::store, Mode::user));
  Pmp pmp(8);
  CHECK(!pmp.allows(0, 8, Access::load, Mode::user));
  CHECK(pmp.allows(0, 8, Access::load, Mode::machine));
  pmp.set_address(0, ~uint64_t{0});
  pmp.set_config(0, 0x1f);
  CHECK(pmp.allows(0x80000000, 4096, Access::fetch, Mode::user));
  CHECK(!pmp.allows(~uint64_t{3}, 8, Access::load, Mode::user));
  pmp.set_address(8, 5);  // No such entry.
  CHECK(pmp.address(8) == 0);
}

TEST_CASE("interrupt inputs: order, repeated levels, late news") {
  InterruptInputs inputs;
  inputs.set(7, true, 100);
  inputs.set(11, true, 50);
  inputs.set(11, false, 100);
  CHECK(inputs.next_cycle() == 50);
  inputs.advance(49);
  CHECK(inputs.levels() == 0);
  inputs.advance(50);
  CHECK(inputs.levels() == 1u << 11);
  CHECK(inputs.next_cycle() == 100);
  inputs.advance(1000);
  CHECK(inputs.levels() == 1u << 7);
  CHECK(inputs.next_cycle() == kNever);
  // A level that repeats the one before matters when earlier news comes in between.
  inputs.set(7, true, 3000);
  inputs.set(7, false, 2000);
  inputs.advance(2500);
  CHECK(inputs.levels() == 0);
  inputs.advance(3500);
  CHECK(inputs.levels() == 1u << 7);
  // A change in the past takes effect at the next look.
  inputs.set(7, false, 5);
  inputs.advance(3500);
  CHECK(inputs.levels() == 0);
}

}  // namespace

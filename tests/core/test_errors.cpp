// SPDX-License-Identifier: Apache-2.0
// Every way a block can end in an error; and that the core is fit for the next block afterwards.
#include <catch2/catch.hpp>

#include "abi/core_isa.h"
#include "abi/cubist_abi.h"
#include "systemc/base/simulation.h"
#include "tests/core/core_bench.h"

using namespace cubist::core;
namespace error_code = cubist::abi::error_code;

namespace {

constexpr unsigned kS = 0, kV = 1, kM = 2, kMte1 = 3, kMte2 = 4, kMte3 = 5, kFix = 6;

/// Runs one mistake and then something sound.
CoreResult fails_with(CoreBench& bench, const char* kernel, uint64_t which, uint16_t code,
                      unsigned pipe, uint64_t number = 0) {
  const CoreResult r = bench.run(kernel, {{kInput0, 0, 0}, kOutput, {which, number}});
  INFO(kernel << " " << which << ": " << r.text);
  CHECK(r.status == 3);
  CHECK(r.error == code);
  CHECK((r.info & 0xff) == pipe);
  CHECK(r.text != "");
  if (r.address != 0x1234 || code == error_code::TRAP) {
    CHECK(r.pc >= 0x10'0010'0000);
    CHECK(r.pc < 0x10'0011'0000);
  }
  REQUIRE(bench.core().describe_state() == "");
  // Exactly one error bit, in the group of the unit at fault.
  uint64_t word = 0, start = 0;
  std::vector<unsigned> bits;
  for (unsigned i = 0; i < 384; ++i) {
    REQUIRE(bench.core().read_register(CUBIST_CORE_ERROR_BITS0 + i / 64 * 8, word));
    if ((word >> i % 64 & 1) != 0) bits.push_back(i);
  }
  REQUIRE(bits.size() == 1);
  const auto* bit = cubist::abi::find_error_bit(uint64_t{bits[0]});
  REQUIRE(bit != nullptr);
  const bool flag = code == error_code::FLAG_OVERFLOW || code == error_code::DEADLOCK;
  const std::string group(bit->group);
  CHECK(group == (flag            ? "SU"
                  : pipe == kS    ? "SC"
                  : pipe == kV    ? "VEC"
                  : pipe == kM    ? "CUBE"
                  : group == "L1" ? "L1"
                                  : "MTE"));
  REQUIRE(bench.core().read_register(CUBIST_CORE_ERROR_PC_START, start));
  CHECK(start == bench.symbol(kernel));
  return r;
}

}  // namespace

TEST_CASE("each error of a vector core is reported with its code, place and pipe") {
  CoreBench bench({{.kind = CoreKind::aiv}});
  CHECK(fails_with(bench, "mistake", 0, error_code::TRAP, kS).address == 0x1234);
  CHECK((fails_with(bench, "mistake", 1, error_code::BREAKPOINT, kS).info >> 16) == 3);
  fails_with(bench, "mistake", 2, error_code::ILLEGAL_INSTRUCTION, kS);
  const CoreResult bus = fails_with(bench, "mistake", 3, error_code::BUS, kS, 0x500);
  CHECK(bus.address == 0x500);
  CHECK(bus.info >> 16 == 7);
  fails_with(bench, "mistake", 3, error_code::BUS, kS, CUBIST_REGION_L1_BASE);
  fails_with(bench, "mistake", 3, error_code::BUS, kS, 0x10'0000'0000 + (64 << 20));
  fails_with(bench, "mistake", 3, error_code::BUS, kS, CUBIST_REGION_UB_BASE + 192 * 1024 - 4);
  const CoreResult beyond = fails_with(bench, "mistake", 4, error_code::BUFFER_OVERRUN, kMte2);
  CHECK(beyond.address == CUBIST_REGION_UB_BASE + 192 * 1024 - 32);
  fails_with(bench, "mistake", 5, error_code::MISALIGNED, kMte2);
  CHECK(fails_with(bench, "mistake", 6, error_code::BUS, kMte2).address == 0x3fffffff00);
  fails_with(bench, "mistake", 7, error_code::BAD_CONFIG, kMte2);
  const CoreResult twice = fails_with(bench, "mistake", 8, error_code::FLAG_OVERFLOW, kMte2);
  CHECK(twice.address == (4 | 3 << 8 | 1 << 16));
  fails_with(bench, "mistake", 11, error_code::ILLEGAL_INSTRUCTION, kS);
  fails_with(bench, "mistake", 12, error_code::STACK_OVERFLOW, kS, 1000);
  fails_with(bench, "mistake", 13, error_code::ILLEGAL_INSTRUCTION, kS);
  fails_with(bench, "mistake", 14, error_code::ILLEGAL_INSTRUCTION, kS);
  fails_with(bench, "mistake", 15, error_code::BUS, kMte2);
  CHECK(fails_with(bench, "mistake", 16, error_code::BUS, kS).address == 0x1234);
  fails_with(bench, "mistake", 17, error_code::BAD_CONFIG, kV);
  fails_with(bench, "mistake", 19, error_code::BUS, kMte3);
  fails_with(bench, "mistake", 20, error_code::MISALIGNED, kV);
  CHECK(fails_with(bench, "mistake", 21, error_code::BUS, kV).address == kInput0);
  // Reports carry the same to whoever reads the simulation's log.
  CHECK(bench.simulation().reports().back().text.find("BUS") != std::string::npos);
  // Nothing of all this stays behind.
  CHECK(bench.run("vector_add", {{kInput0, kInput1, 0}, kOutput, {3000}}).status == 2);
}

TEST_CASE("a deadlock is found at once and names the flag") {
  CoreBench bench({{.kind = CoreKind::aiv}});
  const CoreResult r = fails_with(bench, "mistake", 9, error_code::DEADLOCK, kV);
  CHECK(r.address == (kMte2 | 1 << 8 | kV << 16));
  CHECK(r.cycles < 5000);
  CHECK(r.text.find("flag 1 (MTE2 to V)") != std::string::npos);
  CHECK(fails_with(bench, "mistake", 10, error_code::DEADLOCK, kS).address == (kV | 4 << 8));
  fails_with(bench, "mistake", 18, error_code::DEADLOCK, kV);
}

TEST_CASE("errors of a cube core") {
  CoreBench bench({{.kind = CoreKind::aic}});
  fails_with(bench, "cube_mistake", 0, error_code::BUFFER_OVERRUN, kM);
  fails_with(bench, "cube_mistake", 1, error_code::MISALIGNED, kM);
  fails_with(bench, "cube_mistake", 2, error_code::BAD_CONFIG, kM);
  fails_with(bench, "cube_mistake", 3, error_code::BUFFER_OVERRUN, kMte1);
  fails_with(bench, "cube_mistake", 4, error_code::BAD_CONFIG, kMte1);
  fails_with(bench, "cube_mistake", 5, error_code::BUFFER_OVERRUN, kMte1);
  fails_with(bench, "cube_mistake", 7, error_code::BAD_CONFIG, kMte2);
  fails_with(bench, "cube_mistake", 8, error_code::BUFFER_OVERRUN, kFix);
  fails_with(bench, "cube_mistake", 9, error_code::BAD_CONFIG, kFix);
  fails_with(bench, "cube_mistake", 10, error_code::BAD_CONFIG, kMte1);
  fails_with(bench, "cube_mistake", 6, error_code::FLAG_OVERFLOW, kM);
}

TEST_CASE("an injected memory error stops the reader, once") {
  CoreBench bench({CoreSetup{}});
  const TestArgs args{{kInput0, 0, 0}, kOutput, {64}};
  REQUIRE(bench.core().inject_ecc(CUBIST_REGION_L1_BASE + 777));
  const CoreResult r = bench.run("copy_l1", args);
  CHECK(r.status == 3);
  CHECK(r.error == error_code::ECC);
  CHECK((r.info & 0xff) == kMte3);
  CHECK(r.address == CUBIST_REGION_L1_BASE + 777);
  uint64_t word = 0;
  REQUIRE(bench.core().read_register(CUBIST_CORE_ERROR_BITS2, word));
  CHECK(word == 2);  // L1_ECC
  CHECK(bench.run("copy_l1", args).status == 2);
  // Beyond what is read it harms nobody.
  REQUIRE(bench.core().inject_ecc(CUBIST_REGION_L1_BASE + 64 * 32));
  CHECK(bench.run("copy_l1", args).status == 2);
  CHECK_FALSE(bench.core().inject_ecc(CUBIST_REGION_UB_BASE));
  CHECK_FALSE(bench.core().inject_ecc(0x1234));
}

TEST_CASE("the registers of an error say where each unit was") {
  CoreBench bench({{.kind = CoreKind::aiv}});
  const CoreResult r = fails_with(bench, "mistake", 9, error_code::DEADLOCK, kV);
  uint64_t vec = 0, ccu = 0, current = 0;
  REQUIRE(bench.core().read_register(CUBIST_CORE_INFO_VEC, vec));
  REQUIRE(bench.core().read_register(CUBIST_CORE_INFO_CCU, ccu));
  REQUIRE(bench.core().read_register(CUBIST_CORE_ERROR_PC_CURRENT, current));
  CHECK((vec & 0xffffffffffff) == r.pc);
  CHECK((vec >> 48 & 0x3ff) == 1);  // The wait itself.
  CHECK(vec >> 58 == 3);            // Waiting.
  CHECK(ccu == 4);                  // The scalar unit had reached the end,
  CHECK(current != r.pc);           // which is elsewhere.
}

TEST_CASE("a request that the memory refuses is a bus error") {
  CoreBench bench({{.answering = Answering::refusing}});
  const CoreResult r = bench.run("copy_l1", {{kInput0, 0, 0}, kOutput, {1}});
  CHECK(r.status == 3);
  CHECK(r.error == error_code::BUS);
  CHECK(r.address == kInput0);
}

TEST_CASE("a kernel that is not in device memory does not start") {
  CoreBench bench({CoreSetup{}});
  for (const uint64_t entry : {uint64_t{0x1000}, uint64_t{0x3f'ffff'0000}, kInput0 + 1}) {
    bench.start(entry, {});
    bench.advance(1000);
    const CoreResult r = bench.result();
    CHECK(r.status == 3);
    CHECK(r.error == error_code::BAD_KERNEL);
    CHECK(r.notified == 1);
  }
}

TEST_CASE("a killed core stops at once, silently, and takes the next block") {
  for (const Answering answering : {Answering::phases}) {
    CoreBench bench({{.kind = CoreKind::aiv, .quantum = 1'000'000, .answering = answering}});
    for (const unsigned after : {0u, 1u, 261u, 400u, 1000u, 100000u}) {
      bench.start(bench.symbol("spin"), {{kInput0, 0, 0}, kOutput, {}});
      bench.advance(after);
      CHECK(bench.core().running());
      REQUIRE(bench.core().write_register(CUBIST_CORE_START, 2));
      CHECK_FALSE(bench.core().running());
      CHECK(bench.core().describe_state() == "");
      bench.advance(200);  // Answers to the dead block's requests still come in.
      const CoreResult r = bench.result();
      CHECK(r.status == 0);
      CHECK(r.notified == 0);
      const CoreResult next = bench.run("vector_add", {{kInput0, kInput1, 0}, kOutput, {5000}});
      CHECK(next.status == 2);
    }
  }
}

TEST_CASE("registers: what exists, what can be read and written") {
  CoreBench bench({CoreSetup{}});
  AiCore& core = bench.core();
  uint64_t value = 0;
  CHECK(core.write_register(CUBIST_CORE_ENTRY, 0x1122));
  CHECK(core.read_register(CUBIST_CORE_ENTRY, value));
  CHECK(value == 0x1122);
  CHECK_FALSE(core.read_register(CUBIST_CORE_START, value));
  CHECK_FALSE(core.write_register(CUBIST_CORE_STATUS, 1));
  CHECK_FALSE(core.write_register(CUBIST_CORE_START, 3));
  CHECK_FALSE(core.read_register(0xff8, value));
  CHECK_FALSE(core.write_register(4, 1));
}

// SPDX-License-Identifier: Apache-2.0
// Accumulators handed over fractal by fractal: neither side ever overtakes the other, and neither
// waits longer than it must.
#include <catch2/catch.hpp>
#include <map>

#include "abi/core_isa.h"
#include "abi/cubist_abi.h"
#include "systemc/core/unit_flags.h"
#include "tests/core/core_bench.h"

using namespace cubist;
using namespace cubist::core;

namespace {

unsigned up16(unsigned x) {
  return (x + 15) / 16;
}

}  // namespace

TEST_CASE("FIXPIPE begins as early as no fractal is read too early, and M likewise") {
  const CubeConfig config;
  constexpr unsigned kLatency = 4 + 2;  // depth + 2: docs/cube.md, "Cycles".
  Random random{17};
  unsigned delayed = 0, held = 0;
  for (int round = 0; round < 500; ++round) {
    UnitFlags flags(config.l0c_bytes);
    CubeInstruction mmad;
    mmad.m = static_cast<uint16_t>(random.between(1, 90));
    mmad.n = static_cast<uint16_t>(random.between(1, 90));
    mmad.k = static_cast<uint16_t>(16 * random.between(1, 5));
    mmad.c = static_cast<uint32_t>(random.below(4) * 1024);
    const unsigned rows = up16(mmad.m), columns = up16(mmad.n), slots = rows * columns;
    const uint64_t accepted = 1000, steps = mmad.k / 16;
    // FP16 on a 16 x 16 x 16 array: one slot a cycle, the last step last.
    const CubeTiming timing{accepted, accepted + slots * steps + kLatency};
    REQUIRE(flags.writable(mmad));
    flags.finish(mmad, config, timing);
    REQUIRE_FALSE(flags.writable(mmad));
    const auto there = [&](uint32_t fractal) {  // Column by column, one a cycle, up to the end.
      return timing.done - (slots - 1 - (fractal - mmad.c / 1024));
    };
    std::vector<UnitFlags::Piece> pieces;
    for (unsigned i = 0; i < slots; ++i) pieces.push_back({mmad.c / 1024 + i, 1024});
    if (random.below(2) == 0) {  // Rows first.
      pieces.clear();
      for (unsigned r = 0; r < rows; ++r) {
        for (unsigned c = 0; c < columns; ++c)
          pieces.push_back({mmad.c / 1024 + c * rows + r, 512});
      }
    }
    REQUIRE(flags.readable(pieces));
    REQUIRE_FALSE(flags.readable({{127, 1024}}));
    const double width = random.below(2) == 0 ? 113 : 2048;
    const uint64_t earliest = accepted + random.below(slots * steps + 20);
    const uint64_t begin = flags.drain(pieces, earliest, width, true);
    const auto legal = [&](uint64_t from) {
      uint64_t bytes = 0;
      for (const UnitFlags::Piece& p : pieces) {
        if (from + static_cast<uint64_t>(static_cast<double>(bytes) / width) < there(p.fractal)) {
          return false;
        }
        bytes += p.bytes;
      }
      return true;
    };
    REQUIRE(begin >= earliest);
    REQUIRE(legal(begin));
    if (begin > earliest) {
      REQUIRE_FALSE(legal(begin - 1));
      ++delayed;
    }
    // The next mmad on the same fractals.
    REQUIRE(flags.writable(mmad));
    std::map<uint32_t, uint64_t> drained;
    uint64_t bytes = 0;
    for (const UnitFlags::Piece& p : pieces) {
      bytes += p.bytes;
      const double end = static_cast<double>(begin) + static_cast<double>(bytes) / width;
      drained[p.fractal] = static_cast<uint64_t>(end) + (end > static_cast<uint64_t>(end) ? 1 : 0);
    }
    const auto writes_after = [&](uint64_t from) {
      for (unsigned i = 0; i < slots; ++i) {
        if (from + i + 1 + kLatency < drained[mmad.c / 1024 + i]) return false;
      }
      return true;
    };
    const uint64_t next = flags.earliest(mmad, config);
    REQUIRE(writes_after(next));
    if (next > 0) {
      REQUIRE_FALSE(writes_after(next - 1));
      ++held;
    }
  }
  CHECK(delayed > 50);
  CHECK(held > 50);
}

TEST_CASE("tiles by unit flags: the same values in fewer cycles, at every level") {
  CoreBench bench({CoreSetup{}, {.timing = Timing::none}, {.quantum = 1}});
  Random random{5};
  std::vector<uint16_t> a(64 * 64), b(64 * 64);
  for (auto* v : {&a, &b}) {
    for (uint16_t& x : *v) x = half_of(static_cast<int>(random.below(9)) - 4);
  }
  bench.put(kInput0, a);
  bench.put(kInput1, b);
  constexpr unsigned kTiles = 8;
  for (const uint64_t layout : {0, 1}) {
    const auto run = [&](uint64_t unit, unsigned core) {
      bench.put(kOutput, std::vector<uint32_t>(kTiles * 4096, 0x55555555));
      const CoreResult r =
          bench.run("tiles", {{kInput0, kInput1, 0}, kOutput, {kTiles, unit, layout}}, core);
      REQUIRE(r.status == 2);
      return r;
    };
    run(0, 0);  // The first run also fetches the code.
    const CoreResult by_flags = run(0, 0);
    const auto expected = bench.get<uint32_t>(kOutput, kTiles * 4096);
    run(1, 0);
    const CoreResult by_unit = run(1, 0);
    CHECK(bench.get<uint32_t>(kOutput, kTiles * 4096) == expected);
    // A tile takes 256 cycles in the cube and 16 KiB / 113 = 145 in FIXPIPE. With flags, M also
    // waits until memory has acknowledged the tile; with unit flags its first step runs into the
    // fractals that FIXPIPE still reads, and FIXPIPE begins before the cube's last step is over.
    CHECK(by_flags.cycles > kTiles * (256 + 145 + 300));
    CHECK(by_unit.cycles > kTiles * (256 + 145 - 2 * 16 - 20));
    CHECK(by_unit.cycles < kTiles * (256 + 145) + 1600);
    run(1, 1);
    CHECK(bench.get<uint32_t>(kOutput, kTiles * 4096) == expected);
    run(1, 2);
    const CoreResult other = run(1, 2);
    CHECK(other.cycles == by_unit.cycles);
    CHECK(other.trace_hash == by_unit.trace_hash);
  }
}

TEST_CASE("a unit flag that nobody sets or clears is a deadlock") {
  CoreBench bench({CoreSetup{}});
  const CoreResult fix = bench.run("lonely_unit_flag", {{kInput0, 0, 0}, kOutput, {0}});
  CHECK(fix.error == abi::error_code::DEADLOCK);
  CHECK((fix.info & 0xff) == static_cast<unsigned>(abi::Pipe::FIX));
  CHECK(fix.address == CUBIST_REGION_L0C_BASE);
  CHECK(fix.text.find("unit flags") != std::string::npos);
  const CoreResult m = bench.run("lonely_unit_flag", {{kInput0, 0, 0}, kOutput, {1}});
  CHECK(m.error == abi::error_code::DEADLOCK);
  CHECK((m.info & 0xff) == static_cast<unsigned>(abi::Pipe::M));
}

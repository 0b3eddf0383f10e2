// SPDX-License-Identifier: Apache-2.0
// Durations of vector instructions: published throughput, heads, and the banks of the unified
// buffer.
#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <vector>

#include "systemc/core/vector/vector_fields.h"
#include "systemc/core/vector/vector_timing.h"

using namespace cubist::core;

namespace {

struct Strides {
  uint64_t block = 1, repeat = 8;
};

VectorInstruction instruction(uint8_t op, unsigned type, uint64_t repeats, uint32_t dst,
                              uint32_t src0, uint32_t src1, Strides d = {}, Strides s0 = {},
                              Strides s1 = {}) {
  VectorInstruction in;
  in.op = op;
  in.dst = dst;
  in.src0 = src0;
  in.src1 = src1;
  in.config = repeats | d.block << 8 | s0.block << 16 | s1.block << 24 | d.repeat << 32 |
              s0.repeat << 40 | s1.repeat << 48 | uint64_t{type} << 56;
  in.mask0 = in.mask1 = ~0ull;
  return in;
}

uint64_t cycles(const VectorInstruction& in) {
  VectorTiming timing{VectorConfig{}};
  return timing.cost(in).cycles;
}

constexpr uint32_t kBank16 = 0x10000, kBank32 = 0x20000;

}  // namespace

TEST_CASE("the published bank benchmark comes out within 2 percent") {
  // FP32 additions of 4096 elements, 64 repeats; ticks of 50 MHz for 1000 of them.
  struct Row {
    const char* name;
    double ticks;
    uint32_t src0, src1, dst;
    Strides s0 = {};
  };
  const Row rows[] = {
      {"1 no conflict", 2390, 0, 0x4100, kBank16},
      {"2 sources in the same banks", 4167, 0, 0x4000, kBank16},
      {"3 sources in the same bank groups", 4167, 0, kBank16, kBank32},
      {"4 src0 and dst in the same banks, in step", 2389, 0, kBank16 + 0x100, 0x4000},
      {"5 src0 and dst in the same banks, half a repeat apart", 3751, 0, kBank16 + 0x100, 0x4080},
      {"6 dst is src1", 2390, 0, kBank16 + 0x100, kBank16 + 0x100},
      {"7 src0 with repeat stride 1", 3584, 0, 0x4100, kBank16, {1, 1}},
  };
  for (const Row& row : rows) {
    const double ours = static_cast<double>(cycles(
                            instruction(kVadd, 1, 64, row.dst, row.src0, row.src1, {}, row.s0))) *
                        1000 * 50e6 / 1.85e9;
    INFO(row.name << ": " << ours << " ticks, published " << row.ticks);
    CHECK(ours == Approx(row.ticks).epsilon(0.02));
  }
}

TEST_CASE("conflicts cost what their definition says") {
  // Without held-back reads the cost is plain counting: the most blocks that one group must pass.
  VectorConfig config;
  config.banks.held_back_reads = 0;
  config.banks.write_delay = 0;
  VectorTiming timing(config);
  std::mt19937 random(3);
  for (int trial = 0; trial < 300; ++trial) {
    const Strides s0{random() % 20, random() % 20}, s1{random() % 20, random() % 20},
        d{random() % 20, random() % 20};
    const uint32_t src0 = random() % 512 * 32, src1 = 0x8000 + random() % 512 * 32,
                   dst = kBank16 + random() % 512 * 32;
    const uint64_t repeats = 1 + random() % 40;
    const VectorInstruction in = instruction(kVadd, 0, repeats, dst, src0, src1, d, s0, s1);
    // An independent count, address by address.
    uint64_t reads = 0, writes = 0;
    for (uint64_t r = 0; r < repeats; ++r) {
      std::vector<uint64_t> read(16), write(16);
      const auto add = [&](std::vector<uint64_t>& load, uint64_t base, const Strides& s,
                           bool once) {
        std::set<uint64_t> seen;
        for (uint64_t b = 0; b < 8; ++b) {
          const uint64_t at = base / 32 + r * s.repeat + b * s.block;
          if (once && !seen.insert(at).second) continue;
          ++load[at % 16];
        }
      };
      add(read, src0, s0, true);
      add(read, src1, s1, true);
      add(write, dst, d, false);
      reads += *std::max_element(read.begin(), read.end());
      writes += *std::max_element(write.begin(), write.end());
    }
    const uint64_t got = timing.cost(in).cycles - 24;
    // Reads and writes are two stages: no faster than the slower one, no slower than both in turn.
    CHECK(got >= std::max(reads, writes));
    CHECK(got <= reads + writes);
    if (d.block == 1 && d.repeat == 8) CHECK(got == std::max(reads, repeats));
  }
}

TEST_CASE(
    "with all operands in one bank the sources cost two cycles, the destination nothing more") {
  // As in the published vector additions, whose vector time is 2 cycles a repeat and a head.
  VectorTiming timing{VectorConfig{}};
  for (const uint64_t repeats : {32u, 128u, 255u}) {
    const VectorCost cost = timing.cost(instruction(kVadd, 0, repeats, 0x4000, 0, 0x2000));
    CHECK(cost.cycles == 24 + 2 * repeats);
    CHECK(cost.read_read == repeats);
    CHECK(cost.read_write == 0);
  }
}

TEST_CASE("a destination with stride 144 in a column of fractals takes eight cycles a repeat") {
  // The published case of a row-major to NZ change of layout: 47.79 us with stride 144, 7.133 us
  // with 145.
  VectorTiming timing{VectorConfig{}};
  const VectorCost bad = timing.cost(instruction(kVcopy, 0, 64, kBank16, 0, 0, {144, 1}));
  const VectorCost good = timing.cost(instruction(kVcopy, 0, 64, kBank16, 0, 0, {145, 1}));
  CHECK(bad.cycles == 23 + 8 * 64);
  CHECK(bad.write_write == 7 * 64);
  CHECK(good.cycles == 23 + 64);
  CHECK(good.conflicts() == 0);
  CHECK(static_cast<double>(bad.cycles) / static_cast<double>(good.cycles) ==
        Approx(47.79 / 7.133).epsilon(0.1));
  // Stride 8: two groups take four blocks each.
  CHECK(timing.cost(instruction(kVcopy, 0, 64, kBank16, 0, 0, {8, 1})).cycles == 23 + 4 * 64);
}

TEST_CASE("a source of one block costs one read, masked-off blocks none") {
  CHECK(cycles(instruction(kVadd, 1, 64, kBank16, 0, 0x4020, {}, {0, 0}, {0, 0})) == 24 + 64);
  VectorInstruction in = instruction(kVadd, 1, 64, kBank16, 0, 0x4000);
  CHECK(cycles(in) == 24 + 128);
  in.mask0 = 0;  // nothing to do, but the repeats go by
  CHECK(cycles(in) == 24 + 64);
  // The same operand twice is read once.
  CHECK(cycles(instruction(kVmul, 1, 64, kBank16, 0, 0)) == 25 + 64);
}

TEST_CASE("cycles are the published head and rate") {
  const auto run = [](uint8_t op, unsigned type, uint64_t repeats) {
    return cycles(instruction(op, type, repeats, kBank16, 0, 0x4100));
  };
  CHECK(run(kVadd, 0, 64) == 24 + 64);
  CHECK(run(kVadd, 0, 0) == 24);
  CHECK(run(kVmul, 1, 64) == 25 + 64);
  CHECK(run(kVexp, 0, 64) == 31 + 64 * 4);
  CHECK(run(kVexp, 1, 64) == 31 + 64 * 2);
  CHECK(run(kVdiv, 0, 255) == 31 + 255 * 4);
  CHECK(run(kVcadd, 0, 10) == 46 + 70);
  CHECK(run(kVcgadd, 1, 10) == 38 + 10);
}

TEST_CASE("counter mode runs the repeats that the count needs, at least 16 cycles") {
  VectorInstruction in = instruction(kVadd, 0, 0, kBank16, 0, 0x4100);
  in.config |= 1ull << 60;
  in.mask0 = 128 * 40 + 1;
  CHECK(cycles(in) == 24 + 41);
  in.mask0 = 5;
  CHECK(cycles(in) == 24 + 16);
}

TEST_CASE("an answer that was kept is the answer") {
  VectorTiming kept{VectorConfig{}};
  std::mt19937 random(5);
  std::vector<VectorInstruction> list;
  for (int i = 0; i < 3000; ++i) {
    list.push_back(instruction(kVadd, random() % 2, random() % 64, random() % 4096 * 32,
                               random() % 2048 * 32, random() % 2048 * 32,
                               {random() % 3, random() % 9}));
  }
  for (int pass = 0; pass < 2; ++pass) {
    for (const VectorInstruction& in : list) {
      REQUIRE(kept.cost(in).cycles == VectorTiming{VectorConfig{}}.cost(in).cycles);
    }
  }
}

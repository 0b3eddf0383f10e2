// SPDX-License-Identifier: Apache-2.0
// The published bank benchmark on a core: queue, pipe and unified buffer together.
#include <catch2/catch.hpp>

#include "systemc/base/simulation.h"
#include "tests/core/core_bench.h"

using namespace cubist::core;

TEST_CASE("the bank benchmark on a vector core: ticks of 50 MHz for 1000 additions") {
  struct Row {
    const char* name;
    double ticks, rate;  // as published, and cycles a repeat behind a head of 24
    uint64_t dst, src0, src1, src0_repeat;
  };
  const Row rows[] = {
      {"1 no conflict", 2390, 1.01, 0x10000, 0, 0x4100, 8},
      {"2 read-read, same banks", 4167, 2.03, 0x10000, 0, 0x4000, 8},
      {"3 read-read, same bank groups", 4167, 2.03, 0x20000, 0, 0x10000, 8},
      {"4 read and write of one bank, in step", 2389, 1.01, 0x4000, 0, 0x10100, 8},
      {"5 read-write", 3751, 1.79, 0x4080, 0, 0x10100, 8},
      {"6 dst is src1", 2390, 1.01, 0x10100, 0, 0x10100, 8},
      {"7 src0 with repeat stride 1", 3584, 1.70, 0x10000, 0, 0x4100, 1},
  };
  CoreBench bench({{.kind = CoreKind::aiv}});
  uint64_t busy = 0, conflicts = 0;
  for (const Row& row : rows) {
    bench.run("bank_bench",
              {{0, 0, 0}, kOutput, {1000, row.dst, row.src0, row.src1, row.src0_repeat}});
    const auto cycles = static_cast<double>(bench.get<uint64_t>(kOutput, 1)[0]);
    const double ticks = cycles / 37;  // 1.85 GHz over 50 MHz
    INFO(row.name << ": " << ticks << " ticks, published " << row.ticks);
    CHECK(ticks == Approx(row.ticks).epsilon(0.03));
    const uint64_t now = bench.statistic("v.busy_cycles");
    const double rate = (static_cast<double>(now - busy) / 1000 - 24) / 64;
    CHECK(rate == Approx(row.rate).epsilon(0.03));
    busy = now;
    // What is not the head and a cycle a repeat is what the counters of conflicts say.
    const uint64_t lost = bench.statistic("v.read_read_cycles") +
                          bench.statistic("v.write_write_cycles") +
                          bench.statistic("v.read_write_cycles");
    CHECK(rate * 64 - 64 == Approx(static_cast<double>(lost - conflicts) / 1000).margin(0.01));
    conflicts = lost;
  }
}

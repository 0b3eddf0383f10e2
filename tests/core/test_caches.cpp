// SPDX-License-Identifier: Apache-2.0
// The scalar unit's caches: what a miss brings in and costs, and when lines leave.
#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <map>

#include "systemc/base/simulation.h"
#include "systemc/core/data_cache.h"
#include "systemc/core/instruction_cache.h"
#include "systemc/memory/memory_map.h"
#include "tests/core/core_bench.h"

using namespace cubist;
using namespace cubist::core;

namespace {

constexpr uint64_t kBase = 0x10'0000'0000;

/// From the first of four requests of 512 bytes, one a cycle, to the last byte through a port of 64
/// bytes a cycle, behind a memory that answers after 300 cycles.
constexpr uint64_t kGranuleCycles = 300 + 2048 / 64;

}  // namespace

TEST_CASE("the instruction cache against a list for each set") {
  constexpr unsigned kWays = 3, kSets = 8, kGranule = 256;
  memory::MemoryMap memory(kBase, 1 << 20);
  InstructionCache cache(64 * kWays * kSets, kWays, kGranule);
  std::map<uint64_t, std::deque<uint64_t>> sets;  // Oldest line in front.
  const auto present = [&sets](uint64_t line) {
    const auto& set = sets[line / 64 % kSets];
    return std::find(set.begin(), set.end(), line) != set.end();
  };
  Random random{11};
  for (int round = 0; round < 3000; ++round) {
    const uint64_t address = kBase + random.below(40) * 128 + random.below(64) * 2;
    const uint64_t line = address / 64 * 64;
    REQUIRE(cache.contains(address) == present(line));
    if (present(line)) continue;
    std::vector<uint64_t> evicted;
    const GmSegments runs = cache.missing(address, memory);
    uint64_t bytes = 0;
    for (uint64_t l = address / kGranule * kGranule, i = 0; i < kGranule / 64; l += 64, ++i) {
      if (present(l)) continue;
      auto& set = sets[l / 64 % kSets];
      if (set.size() == kWays) {
        evicted.push_back(set.front());
        set.pop_front();
      }
      set.push_back(l);
      bytes += 64;
    }
    REQUIRE(total_bytes(runs) == bytes);
    REQUIRE(cache.fill(runs, memory) == evicted);
  }
}

TEST_CASE("only lines whose bytes have changed leave the instruction cache") {
  memory::MemoryMap memory(kBase, 1 << 20);
  InstructionCache cache(4096, 4, 2048);
  cache.fill(cache.missing(kBase, memory), memory);
  const uint8_t same = 0, other = 7;
  REQUIRE(memory.write(kBase + 100, {&same, 1}));
  REQUIRE(memory.write(kBase + 1000, {&other, 1}));
  cache.drop_changed(memory);
  const GmSegments missing = cache.missing(kBase, memory);
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].address == kBase + 960);
  CHECK(missing[0].bytes == 64);
}

TEST_CASE("no granule is asked for beyond the end of memory") {
  memory::MemoryMap memory(kBase, 4096 + 512);
  InstructionCache cache(4096, 4, 2048);
  const GmSegments missing = cache.missing(kBase + 4096 + 500, memory);
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].address == kBase + 4096);
  CHECK(missing[0].bytes == 512);
}

TEST_CASE("code is fetched once, at the price of its granules, and stays for the next block") {
  CoreBench bench({{.kind = CoreKind::aiv}, {.kind = CoreKind::aiv, .icache_bytes = 0}});
  const TestArgs args{{kInput0, 0, 0}, kOutput, {3}};
  const CoreResult cold = bench.run("long_code", args);
  const uint64_t misses = bench.statistic("s.icache_misses");
  // 6000 bytes and a few are touched in granules of 2048, and what calls them in one more at most.
  CHECK(misses >= 6000 / 2048 + 1);
  CHECK(misses <= 6400 / 2048 + 1 + 2);
  CHECK(bench.statistic("s.icache_bytes") == misses * 2048);
  CHECK(bench.statistic("s.wait_fetch_cycles") == misses * kGranuleCycles);
  const auto s = bench.names(0, "s");
  CHECK(std::count(s.begin(), s.end(), "wait_fetch") == static_cast<long>(misses));
  const CoreResult warm = bench.run("long_code", args);
  CHECK(bench.statistic("s.icache_misses") == misses);
  CHECK(cold.cycles - warm.cycles == misses * kGranuleCycles);
  // Without a cache that is modelled, code costs nothing.
  CHECK(bench.run("long_code", args, 1).cycles == warm.cycles);
  CHECK(bench.get<uint64_t>(kOutput, 1)[0] == 4500);
}

TEST_CASE("code that was written again is fetched again, the same bytes are not") {
  CoreBench bench({{.kind = CoreKind::aiv}});
  const TestArgs args{{kInput0, 0, 0}, kOutput, {1}};
  // A line of the 1500 instructions; they need not be aligned to it.
  const uint64_t label = bench.symbol("long_code_middle"), middle = (label + 64) / 64 * 64;
  bench.run("long_code", args);
  const uint64_t bytes = bench.statistic("s.icache_bytes");
  std::vector<uint8_t> line = bench.get<uint8_t>(middle, 64);
  bench.put(middle, line);
  bench.run("long_code", args);
  CHECK(bench.statistic("s.icache_bytes") == bytes);
  unsigned changed = 0;
  for (uint64_t at = (label - middle) % 4; at + 4 <= 64; at += 4, ++changed) {
    line[at + 2] = static_cast<uint8_t>(line[at + 2] + 0x10);  // addi x, x, 1 becomes addi x, x, 2.
  }
  bench.put(middle, line);
  bench.run("long_code", args);
  CHECK(bench.statistic("s.icache_bytes") == bytes + 64);
  CHECK(bench.get<uint64_t>(kOutput, 1)[0] == 1500 + changed);
}

TEST_CASE("code larger than the cache is fetched in every round") {
  CoreBench bench({{.kind = CoreKind::aiv, .icache_bytes = 4096},
                   {.kind = CoreKind::aiv, .quantum = 1, .icache_bytes = 4096}});
  const TestArgs args{{kInput0, 0, 0}, kOutput, {10}};
  const CoreResult a = bench.run("long_code", args, 0);
  CHECK(bench.get<uint64_t>(kOutput, 1)[0] == 15000);
  // 6000 bytes lie in three or four granules, of which two fit.
  CHECK(bench.statistic("s.icache_misses") >= 10 * 3);
  const CoreResult b = bench.run("long_code", args, 1);
  CHECK(a.cycles == b.cycles);
  CHECK(a.trace_hash == b.trace_hash);
}

TEST_CASE("the launch block is read once, a line at a time") {
  CoreBench bench({{.kind = CoreKind::aiv}});
  const TestArgs args{{kInput0, 0, 0}, kOutput, {1}};
  bench.run("long_code", args);
  // The kernel's arguments lie within 64 bytes; its result lies in another line, which comes when
  // it is stored to and leaves at the end.
  CHECK(bench.statistic("s.dcache_misses") == 2);
  CHECK(bench.statistic("s.dcache_hits") > 0);
  CHECK(bench.statistic("s.dcache_write_backs") == 1);
  CHECK(bench.statistic("s.wait_memory_cycles") == 2 * (300 + 1) + 300);
  bench.run("long_code", args);
  CHECK(bench.statistic("s.dcache_misses") == 4);  // Each block starts with an empty data cache.
}

namespace {

/// A reader (core 0) and a writer (core 1) of one word; what the reader saw.
struct SharedWord {
  std::vector<uint64_t> seen;
  uint64_t stale = 0;
  SharedWord(bool stale_values, bool writer_cleans) {
    const CoreSetup setup{.kind = CoreKind::aiv, .stale_values = stale_values};
    CoreBench bench({setup, setup});
    bench.put(kInput0, std::vector<uint64_t>(8, 11));
    // The writer writes before the reader reads again, and holds on to its line until after that.
    bench.start(bench.symbol("write_late"),
                {{kInput0, 0, 0}, kOutput + 4096, {10000, 22, writer_cleans ? 1u : 0u, 40000}}, 1);
    bench.run("read_thrice", {{kInput0, 0, 0}, kOutput, {20000}}, 0, 30000);
    seen = bench.get<uint64_t>(kOutput, 3);
    stale = bench.statistic("s.stale_reads", 0);
    bench.advance(50000);
    CHECK(bench.get<uint64_t>(kInput0, 1)[0] == 22);  // At the writer's end at the latest.
    if (stale != 0) {
      const auto& reports = bench.simulation().reports();
      CHECK(std::any_of(reports.begin(), reports.end(), [](const base::Report& r) {
        return r.text.find("would read a stale value at 0x1001000000") != std::string::npos;
      }));
    }
  }
};

}  // namespace

TEST_CASE("reads that a cache without coherence would spoil are counted, values stay right") {
  const SharedWord w(false, true);
  CHECK(w.seen == std::vector<uint64_t>{11, 22, 22});
  CHECK(w.stale == 1);  // The second: its own cache holds the old line.
}

TEST_CASE("a line that its writer has not cleaned is stale for everybody else") {
  const SharedWord w(false, false);
  CHECK(w.seen == std::vector<uint64_t>{11, 22, 22});
  CHECK(w.stale == 2);  // The third, too.
}

TEST_CASE("on request, stale reads get stale values") {
  const SharedWord cleaned(true, true);
  CHECK(cleaned.seen == std::vector<uint64_t>{11, 11, 22});
}

TEST_CASE("on request, what is not written back is not there") {
  const SharedWord kept(true, false);
  CHECK(kept.seen == std::vector<uint64_t>{11, 11, 11});
}

TEST_CASE("movers do not look into the data cache") {
  CoreBench bench({{.kind = CoreKind::aiv}, {.kind = CoreKind::aiv, .stale_values = true}});
  bench.put(kInput0, std::vector<uint64_t>(8, 11));
  bench.run("store_and_move", {{kInput0, 0, 0}, kOutput, {33, 1}});
  CHECK(bench.statistic("mte2.stale_reads") == 0);
  CHECK(bench.statistic("s.dcache_write_backs") >= 1);
  bench.run("store_and_move", {{kInput0, 0, 0}, kOutput, {44, 0}});
  CHECK(bench.statistic("mte2.stale_reads") == 1);
  CHECK(bench.get<uint64_t>(kOutput, 1)[0] == 44);
  bench.run("store_and_move", {{kInput0, 0, 0}, kOutput, {55, 0}}, 1);
  CHECK(bench.get<uint64_t>(kOutput, 1)[0] == 44);  // Old, as asked for.
  CHECK(bench.get<uint64_t>(kInput0, 1)[0] == 55);  // Written back at the end.
  bench.run("store_and_move", {{kInput0, 0, 0}, kOutput, {66, 1}}, 1);
  CHECK(bench.get<uint64_t>(kOutput, 1)[0] == 66);
}

TEST_CASE("the data cache against memory, with stores, evictions and cleaning at random") {
  memory::MemoryMap memory(kBase, 1 << 16);
  DataCache cache(8 * 64);
  std::map<uint64_t, uint8_t> stored;  // What the program has stored.
  std::map<uint64_t, uint64_t> held;   // Set of the cache -> line.
  Random random{7};
  const auto write_back = [&](DataCache::Line& line) {
    for (unsigned i = 0; i < 64; ++i) {
      if (line.dirty >> i & 1) memory.write(line.address + i, std::span(&line.bytes[i], 1));
    }
    line.dirty = 0;
  };
  for (int round = 0; round < 20000; ++round) {
    const uint64_t address = kBase + random.below(4096);
    const uint64_t line = address / 64 * 64;
    REQUIRE(cache.contains(address) == (held[line / 64 % 8] == line));
    if (!cache.contains(address)) {
      if (DataCache::Line* victim = cache.dirty_victim(address)) write_back(*victim);
      cache.fill(address, memory);
      held[line / 64 % 8] = line;
    }
    if (random.below(2) == 0) {
      const auto byte = static_cast<uint8_t>(random.next());
      cache.store(address, std::span(&byte, 1));
      stored[address] = byte;
    }
    uint8_t got = 0;
    cache.load(address, std::span(&got, 1));
    REQUIRE(got == (stored.count(address) ? stored[address] : 0));
    if (random.below(100) == 0) {
      for (DataCache::Line* dirty : cache.dirty_lines(std::nullopt)) write_back(*dirty);
    }
  }
  for (DataCache::Line* dirty : cache.dirty_lines(std::nullopt)) write_back(*dirty);
  for (const auto& [address, byte] : stored) {
    uint8_t got = 0;
    memory.read(address, std::span(&got, 1));
    REQUIRE(got == byte);
  }
}

TEST_CASE("dirty bytes of other cores are found wherever a read begins or ends") {
  DirtyLines dirty;
  dirty.set(kBase + 128, 3, "core3", uint64_t{0xff} << 8);  // Bytes 136 to 143.
  for (uint64_t from = 100; from < 200; ++from) {
    for (uint64_t bytes = 1; bytes < 90; ++bytes) {
      const bool touches = from < 144 && from + bytes > 136;
      const auto found = dirty.find(kBase + from, bytes, std::nullopt);
      REQUIRE(found.has_value() == touches);
      if (touches) REQUIRE(found->address == kBase + std::max<uint64_t>(from, 136));
      REQUIRE_FALSE(dirty.find(kBase + from, bytes, 3).has_value());
    }
  }
  dirty.set(kBase + 128, 3, "core3", 0);
  CHECK(dirty.empty());
}

// SPDX-License-Identifier: Apache-2.0
// Queues, and what must not depend on how the simulation is cut into pieces.
#include <catch2/catch.hpp>

#include "systemc/base/simulation.h"
#include "tests/core/core_bench.h"

using namespace cubist::core;

TEST_CASE("a full queue blocks the scalar unit until a slot frees") {
  CoreBench bench({{.kind = CoreKind::aiv}});
  // The hart needs a few cycles for each push, the mover 25 for each copy: its setup and the one
  // request; the answers come some 300 cycles later, while further copies start.
  bench.run("flood", {{kInput0, 0, 0}, kOutput, {32}});
  const uint64_t few = bench.get<uint64_t>(kOutput, 1)[0];
  CHECK(few < 32 * 10);
  CHECK(bench.statistic("s.wait_queue_cycles") == 0);
  bench.run("flood", {{kInput0, 0, 0}, kOutput, {133}});
  const uint64_t many = bench.get<uint64_t>(kOutput, 1)[0];
  // One is starting and 32 are queued when the last is pushed: 100 copies have left.
  CHECK(many > 99 * 25);
  CHECK(many < 101 * 26);
  CHECK(bench.statistic("s.wait_queue_cycles") > 99 * 15);
  const auto s = bench.names(0, "s");
  CHECK(std::count(s.begin(), s.end(), "wait_queue") > 90);
  CHECK(bench.statistic("mte2.instructions") == 32 + 133);
}

TEST_CASE("cycles, values and traces do not depend on the quantum") {
  std::vector<CoreSetup> cores;
  for (const uint64_t quantum : {1, 10, 100, 1'000'000'000}) {
    cores.push_back({.kind = CoreKind::aiv, .quantum = quantum, .answering = Answering::stingy});
  }
  CoreBench bench(cores);
  bench.put(kInput0, std::vector<uint16_t>(30000, half_of(3)));
  bench.put(kInput1, std::vector<uint16_t>(30000, half_of(4)));
  struct Case {
    const char* kernel;
    TestArgs args;
    uint64_t status;
  };
  const std::vector<Case> cases = {
      {"vector_add", {{kInput0, kInput1, 0}, kOutput, {20011}}, 2},
      {"scalar", {{kInput0, 0, 0}, kOutput, {40}}, 2},
      {"flood", {{kInput0, 0, 0}, kOutput, {80}}, 2},
      {"mistake", {{kInput0, 0, 0}, kOutput, {2}}, 3},
      {"mistake", {{kInput0, 0, 0}, kOutput, {9}}, 3},
      {"mistake", {{kInput0, 0, 0}, kOutput, {12, 1000}}, 3},
      {"mistake", {{kInput0, 0, 0}, kOutput, {4}}, 3},
  };
  for (const Case& c : cases) {
    const CoreResult first = bench.run(c.kernel, c.args, 0);
    CHECK(first.status == c.status);
    CHECK(first.events > 2);
    for (unsigned i = 1; i < cores.size(); ++i) {
      const CoreResult other = bench.run(c.kernel, c.args, i);
      INFO(c.kernel << " with quantum " << cores[i].quantum);
      CHECK(other.cycles == first.cycles);
      CHECK(other.trace_hash == first.trace_hash);
      CHECK(other.events == first.events);
      CHECK(other.pc == first.pc);
      CHECK(other.error == first.error);
    }
  }
}

TEST_CASE("the same for a cube core") {
  std::vector<CoreSetup> cores;
  for (const uint64_t quantum : {1, 10, 1'000'000'000}) cores.push_back({.quantum = quantum});
  CoreBench bench(cores);
  bench.put(kInput0, std::vector<uint16_t>(30000, half_of(3)));
  bench.put(kInput1, std::vector<uint16_t>(30000, half_of(4)));
  const TestArgs args{{kInput0, kInput1, 0}, kOutput, {100, 200, 70, 3}};
  const CoreResult first = bench.run("matmul", args, 0);
  CHECK(first.status == 2);
  for (unsigned i = 1; i < cores.size(); ++i) {
    const CoreResult other = bench.run("matmul", args, i);
    CHECK(other.cycles == first.cycles);
    CHECK(other.trace_hash == first.trace_hash);
  }
}

TEST_CASE("without timing the values are the same, in fewer cycles") {
  CoreBench bench({{.timing = Timing::full}, {.timing = Timing::fast}, {.timing = Timing::none}});
  Random random{5};
  std::vector<uint16_t> a(60 * 90), b(90 * 50);
  for (auto* v : {&a, &b}) {
    for (uint16_t& x : *v) x = static_cast<uint16_t>(random.next() & 0xbfff);  // any finite below 2
  }
  bench.put(kInput0, a);
  bench.put(kInput1, b);
  const TestArgs args{{kInput0, kInput1, 0}, kOutput, {60, 90, 50, 2}};
  const CoreResult full = bench.run("matmul", args, 0);
  const auto c = bench.get<uint16_t>(kOutput, 60 * 50);
  for (unsigned i = 1; i < 3; ++i) {
    bench.put(kOutput, std::vector<uint16_t>(60 * 50, 0));
    const CoreResult other = bench.run("matmul", args, i);
    REQUIRE(other.status == 2);
    CHECK(bench.get<uint16_t>(kOutput, 60 * 50) == c);
    if (i == 2) CHECK(other.cycles < full.cycles / 2);
  }
}

TEST_CASE("a block shows on the trace with its index and command number") {
  CoreBench bench({{.kind = CoreKind::aiv}});
  bench.run("vector_add", {{kInput0, kInput1, 0}, kOutput, {3000}});
  CHECK(bench.names(0, "") == std::vector<std::string>{"block"});
  const std::vector<std::string> v = bench.names(0, "v");
  CHECK(std::count(v.begin(), v.end(), "vadd") == 2);
  const std::vector<std::string> mte2 = bench.names(0, "mte2");
  CHECK(std::count(mte2.begin(), mte2.end(), "copy_pad") == 4);
}

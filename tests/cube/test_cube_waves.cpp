// SPDX-License-Identifier: Apache-2.0
// The engine's signals in a wave sink: two-dimensional arrays are there, times are the cycles', and
// the picture does not depend on whether instructions follow each other closely.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <string>

#include "systemc/core/cube/vcd_to_wave.h"
#include "systemc/core/cube/verilated_cube.h"
#include "testbench/cube/cube_stimulus.h"
#include "testbench/cube/vcd_file_sink.h"

using namespace cubist;
using core::CubeInstruction;
using core::CubeTiming;
using testbench::VcdFileSink;

namespace {

constexpr base::Time kPeriod = 540541;

CubeInstruction one_tile() {
  CubeInstruction i;
  i.m = i.k = i.n = 16;
  return i;
}

/// The signal's value at a time, from its changes.
std::string value_at(const VcdFileSink& sink, const std::string& name, base::Time time) {
  std::string value = "none";
  for (const auto& c : sink.change_list()) {
    if (c.time <= time && sink.signal_list()[c.handle].name == name) value = c.value;
  }
  return value;
}

}  // namespace

TEST_CASE("VCD text becomes changes, wherever it is cut") {
  const std::string text =
      "$timescale 1ps $end\n $scope module TOP $end\n  $scope module u $end\n"
      "   $var wire 1 ! clk $end\n   $var wire  8 \" bus [7:0] $end\n  $upscope $end\n"
      " $upscope $end\n$enddefinitions $end\n#0\n0!\nb00000001 \"\n#1\n1!\n#6\n0!\nb101 \"\n";
  for (size_t piece : {size_t{1}, size_t{3}, text.size()}) {
    VcdFileSink sink;
    core::VcdToWave parser(sink, "chip.core0", 1000);
    for (size_t at = 0; at < text.size(); at += piece)
      parser.feed(text.data() + at, std::min(piece, text.size() - at));
    REQUIRE(sink.signals() == 2);
    CHECK(sink.signal_list()[1].scope == "chip.core0.TOP.u");
    CHECK(sink.signal_list()[1].bits == 8);
    REQUIRE(sink.changes() == 5);
    CHECK(sink.change_list()[2].time == 500);
    CHECK(sink.change_list()[4].time == 3000);
    CHECK(sink.change_list()[4].value == "00000101");
  }
}

TEST_CASE("a flat vector is shown by its elements, and only those that change") {
  const std::string text =
      "$scope module u $end\n $var wire 24 ! w [23:0] $end\n $var wire 12 % w[3] $end\n"
      "$enddefinitions $end\n#0\nb111100001010010100000001 !\nb1 %\n#1\n"
      "b111100011010010100000001 !\n";
  VcdFileSink sink;
  core::VcdToWave parser(sink, "c", 1000, {{"w", 4, 3}});
  parser.feed(text.data(), text.size());
  REQUIRE(sink.signals() == 6 + 3);
  CHECK(sink.signal_list()[0].name == "w[0][0]");
  CHECK(sink.signal_list()[5].name == "w[1][2]");
  CHECK(sink.signal_list()[8].name == "w[3][0][2]");
  CHECK(sink.signal_list()[5].bits == 4);
  REQUIRE(sink.changes() == 6 + 3 + 1);
  const std::string expected[] = {"0001", "0000", "0101", "1010", "0000",
                                  "1111", "0001", "0000", "0000", "0001"};
  for (size_t j = 0; j < 10; ++j) CHECK(sink.change_list()[j].value == expected[j]);
  CHECK(sink.change_list()[9].handle == 4);
  CHECK(sink.change_list()[9].time == 500);
}

TEST_CASE("an instruction's signals, arrays included") {
  auto rtl = core::make_verilated_cube({});
  VcdFileSink sink;
  rtl->trace_to(sink, "chip.cube", kPeriod, 0, 1000);
  testbench::BufferSet buffers{core::CubeConfig{}};
  testbench::Random random(9);
  const CubeInstruction i = one_tile();
  fill_operands(random, i, testbench::Data::normal, buffers);
  const CubeTiming t = rtl->execute(i, buffers.view(), 20);
  rtl->finish_trace();
  REQUIRE(t.accepted == 20);
  REQUIRE(t.done == 27);
  CHECK(value_at(sink, "instr_valid_i", 20 * kPeriod) == "1");
  CHECK(value_at(sink, "instr_valid_i", 19 * kPeriod + kPeriod - 1) == "0");
  CHECK(value_at(sink, "done_o", 26 * kPeriod) == "1");
  CHECK(value_at(sink, "done_o", 27 * kPeriod) == "0");
  CHECK(value_at(sink, "clk_i", 22 * kPeriod) == "1");
  CHECK(value_at(sink, "clk_i", 22 * kPeriod + kPeriod / 2) == "0");
  // Operand registers hold A transposed; row 3, words 0 and 7, in the cycle when the array
  // computes.
  for (unsigned w : {0u, 7u}) {
    uint32_t word;
    std::memcpy(&word, &buffers.l0a[3 * 32 + 4 * w], 4);
    std::string expected;
    for (int b = 31; b >= 0; --b) expected += word >> b & 1 ? '1' : '0';
    const std::string name = "a_q[" + std::to_string(w) + "][3]";
    CHECK(value_at(sink, name, 23 * kPeriod) == expected);
  }
  // The whole array of results is declared.
  size_t results = 0;
  for (const auto& s : sink.signal_list())
    if (s.name.rfind("result_q[", 0) == 0 && s.bits == 32) ++results;
  CHECK(results >= 3 * 256);
}

TEST_CASE("closely following instructions show each cycle once, in order") {
  // The same stream with and without tracing: cycles and values agree, and the clock toggles twice
  // a cycle without a gap from the first to the last.
  auto plain = core::make_verilated_cube({});
  auto traced = core::make_verilated_cube({});
  VcdFileSink sink;
  traced->trace_to(sink, "cube", 1000, 0, 100000);
  testbench::Random random(31);
  testbench::BufferSet a{core::CubeConfig{}};
  testbench::StreamOptions options;
  options.largest = 32;
  uint64_t offered = 5, first = 5, last = 0;
  for (unsigned j = 0; j < 12; ++j) {
    CubeInstruction i;
    do i = random_instruction(random, {}, options, a);
    while (i.m > 48 || i.n > 48 || i.k > 48);
    testbench::BufferSet b = a;
    const CubeTiming x = plain->execute(i, a.view(), offered);
    const CubeTiming y = traced->execute(i, b.view(), offered);
    REQUIRE(x.accepted == y.accepted);
    REQUIRE(x.done == y.done);
    REQUIRE(a.l0c == b.l0c);
    offered = x.accepted + 1 + (j % 3 == 2 ? 2 : 0);
    last = x.done;
  }
  traced->finish_trace();
  std::vector<base::Time> edges;
  size_t dones = 0;  // Cycles with done_o high; it may stay high from one to the next.
  base::Time done_since = base::kNever;
  for (const auto& c : sink.change_list()) {
    const auto& s = sink.signal_list()[c.handle];
    if (s.scope != "cube.cube.cube_engine") continue;
    if (s.name == "clk_i" && c.time >= first * 1000) edges.push_back(c.time);
    if (s.name != "done_o") continue;
    if (done_since != base::kNever && c.value == "0") dones += (c.time - done_since) / 1000;
    done_since = c.value == "1" ? c.time : base::kNever;
  }
  CHECK(dones == 12);
  REQUIRE(edges.size() >= 2 * (last - first));
  for (size_t e = 1; e < edges.size(); ++e) {
    REQUIRE(edges[e] - edges[e - 1] == 500);
  }
}

TEST_CASE("outside of the window nothing is written") {
  auto rtl = core::make_verilated_cube({});
  VcdFileSink sink;
  rtl->trace_to(sink, "cube", 1000, 100, 120);
  testbench::BufferSet buffers{core::CubeConfig{}};
  const CubeInstruction i = one_tile();
  for (uint64_t offered : {0, 50, 104, 150, 200}) rtl->execute(i, buffers.view(), offered);
  rtl->finish_trace();
  REQUIRE(sink.changes() > 0);
  for (const auto& c : sink.change_list()) {
    REQUIRE(c.time >= 100 * 1000);
    REQUIRE(c.time < 121 * 1000);
  }
}

TEST_CASE("each finished tile of C is released with its last write, in the order of the walk") {
  auto rtl = core::make_verilated_cube({});
  VcdFileSink sink;
  rtl->trace_to(sink, "cube", 1000, 0, 1000);
  testbench::BufferSet buffers{core::CubeConfig{}};
  CubeInstruction i;  // 3 x 2 tiles of C, two steps along k: the second step finishes them.
  i.m = 48;
  i.n = 32;
  i.k = 32;
  i.c = 8192;
  const CubeTiming t = rtl->execute(i, buffers.view(), 0);
  rtl->finish_trace();
  REQUIRE(t.done == 1 + 11 + 6);
  for (uint64_t cycle = 0; cycle < t.done + 1; ++cycle) {
    const bool released = cycle >= t.done - 6 && cycle < t.done;
    INFO("cycle " << cycle);
    REQUIRE(value_at(sink, "release_o", cycle * 1000) == (released ? "1" : "0"));
    if (!released) continue;
    const uint32_t tile = 8192 + 1024 * static_cast<uint32_t>(cycle - (t.done - 6));
    std::string address;
    for (int b = 19; b >= 0; --b) address += tile >> b & 1 ? '1' : '0';
    CHECK(value_at(sink, "release_addr_o", cycle * 1000) == address);
  }
}

TEST_CASE("settling between instructions changes no cycle") {
  auto plain = core::make_verilated_cube({});
  auto settled = core::make_verilated_cube({});
  VcdFileSink sink;
  settled->trace_to(sink, "cube", 1000, 0, 100000);
  testbench::BufferSet buffers{core::CubeConfig{}};
  const CubeInstruction i = one_tile();
  uint64_t offered = 3;
  for (unsigned gap = 0; gap < 4; ++gap) {  // Offered when the last one is done, or a little later.
    const CubeTiming x = plain->execute(i, buffers.view(), offered);
    const CubeTiming y = settled->execute(i, buffers.view(), offered);
    settled->settle();
    CHECK(x.accepted == offered);
    CHECK(y.accepted == offered);
    CHECK(y.done == x.done);
    CHECK(value_at(sink, "done_o", (y.done - 1) * 1000) == "1");
    CHECK(value_at(sink, "done_o", y.done * 1000) == "0");
    offered = x.done + gap;
  }
}

// SPDX-License-Identifier: Apache-2.0
// Waveforms are read back with GTKWave's converter and compared change by change.
#include <algorithm>
#include <catch2/catch.hpp>

#include "systemc/base/error.h"
#include "systemc/base/simulation.h"
#include "systemc/observe/fst_writer.h"
#include "tests/observe/support.h"
#include "tests/observe/vcd.h"

namespace {

using namespace cubist;
using base::WaveKind;
using observe::FstWaveWriter;
using test::TemporaryFile;
using test::Vcd;
using Changes = std::vector<std::pair<uint64_t, std::string>>;

TEST_CASE("changes handed in unordered come out in order of time") {
  TemporaryFile file(".fst");
  FstWaveWriter writer(file.path());
  const auto bus = writer.declare("chip.cube", "data", 4, WaveKind::bits);
  const auto bit = writer.declare("chip.cube", "valid", 1, WaveKind::bits);
  const auto lane = writer.declare("chip", "mte2", 0, WaveKind::text);
  writer.change(bus, 30, "1100");
  writer.change(bus, 10, "01xz");
  writer.change(bit, 20, "1");
  writer.change(lane, 5, "copy bytes=4096");
  writer.change(bit, 10, "0");
  writer.change(lane, 25, "");
  writer.change(bus, 540'541'000'000'001, "0000");
  writer.finish();
  CHECK(writer.dropped() == 0);
  CHECK(writer.pending() == 0);
  const Vcd vcd = test::read_fst(file.path());
  CHECK(vcd.timescale.find("1fs") != std::string::npos);
  CHECK(vcd.order ==
        std::vector<std::string>{"chip.mte2", "chip.cube.data[3:0]", "chip.cube.valid"});
  CHECK(vcd.transitions("chip.cube.data[3:0]", "xxxx") ==
        Changes{{10, "01xz"}, {30, "1100"}, {540'541'000'000'001, "0000"}});
  CHECK(vcd.transitions("chip.cube.valid", "x") == Changes{{10, "0"}, {20, "1"}});
  CHECK(vcd.transitions("chip.mte2", "") == Changes{{5, "copy bytes=4096"}, {25, ""}});
}

TEST_CASE("of several changes at one time the last one handed in counts") {
  TemporaryFile file(".fst");
  FstWaveWriter writer(file.path());
  const auto bit = writer.declare("a", "b", 1, WaveKind::bits);
  const auto lane = writer.declare("a", "t", 0, WaveKind::text);
  for (const char* value : {"0", "x", "1"}) writer.change(bit, 7, value);
  writer.change(lane, 0, "first");
  writer.change(lane, 7, "");
  writer.change(lane, 7, "next");
  writer.finish();
  const Vcd vcd = test::read_fst(file.path());
  CHECK(vcd.signals.at("a.b").changes == Changes{{7, "1"}});
  CHECK(vcd.signals.at("a.t").changes == Changes{{0, "first"}, {7, "next"}});
}

TEST_CASE("a change before the flushed time is counted and reported, not written") {
  TemporaryFile file(".fst");
  FstWaveWriter writer(file.path());
  const auto bit = writer.declare("a", "b", 1, WaveKind::bits);
  writer.change(bit, 10, "0");
  writer.flush(20);
  writer.change(bit, 19, "1");
  writer.change(bit, 20, "1");
  CHECK(writer.dropped() == 1);
  SECTION("values that do not fit the signal are dropped as well") {
    writer.change(bit, 30, "10");
    writer.change(bit, 30, "2");
    writer.change(99, 30, "1");
    CHECK(writer.dropped() == 4);
  }
  SECTION("so are changes after the end") {
    writer.finish();
    writer.change(bit, 40, "0");
    CHECK(writer.dropped() == 2);
  }
  writer.finish();
  CHECK(test::read_fst(file.path()).transitions("a.b", "x") == Changes{{10, "0"}, {20, "1"}});
}

TEST_CASE("a dropped change is a defect of the run") {
  TemporaryFile file(".fst");
  FstWaveWriter writer(file.path());
  const auto bit = writer.declare("a", "b", 1, WaveKind::bits);
  base::Simulation simulation{base::ParameterTable{}};
  writer.report_to(simulation);
  CHECK(simulation.reports().empty());
  writer.flush(20);
  writer.change(bit, 19, "1");
  writer.report_to(simulation);
  REQUIRE(simulation.reports().size() == 1);
  CHECK(simulation.reports()[0].is_defect);
  CHECK_THAT(simulation.reports()[0].text,
             Catch::Contains("a.b at 19 fs: it came after its time had been written"));
}

TEST_CASE("names with array indices and blanks can be declared, and twice means once") {
  TemporaryFile file(".fst");
  FstWaveWriter writer(file.path());
  const auto a = writer.declare("chip.core[3].l0", "bank[2]", 8, WaveKind::bits);
  CHECK(writer.declare("chip.core[3].l0", "bank[2]", 8, WaveKind::bits) == a);
  CHECK(writer.declare("chip.core[3].l0", "bank[1]", 8, WaveKind::bits) != a);
  writer.declare("", "top level", 1, WaveKind::bits);
  writer.change(a, 3, "10101010");
  CHECK_THROWS_AS(writer.declare("a", "b", 0, WaveKind::bits), base::InternalError);
  writer.finish();
  const Vcd vcd = test::read_fst(file.path());
  CHECK(vcd.order == std::vector<std::string>{"top_level", "chip.core[3].l0.bank[2][7:0]",
                                              "chip.core[3].l0.bank[1][7:0]"});
  CHECK(vcd.transitions("chip.core[3].l0.bank[2][7:0]", "xxxxxxxx") == Changes{{3, "10101010"}});
}

TEST_CASE("random changes of many signals, declared early and late, all arrive") {
  TemporaryFile file(".fst");
  test::Random random(11);
  std::map<std::string, Changes> expected;  // sorted and thinned out below
  std::map<std::string, std::string> initial;
  uint64_t handed_in = 0;
  {
    FstWaveWriter writer(file.path());
    struct Signal {
      base::WaveHandle handle;
      unsigned bits;
      std::string path;
      base::Time born;
    };
    std::vector<Signal> signals;
    base::Time now = 0;
    const auto add = [&] {
      const auto n = signals.size();
      const unsigned bits = n % 4 == 3 ? 0 : static_cast<unsigned>(1 + random.below(70));
      const std::string scope = "top.u" + std::to_string(n % 5) + ".v" + std::to_string(n % 3);
      const std::string name = "s" + std::to_string(n);
      const auto kind = bits ? WaveKind::bits : WaveKind::text;
      std::string path = scope + "." + name;
      if (bits > 1) path += "[" + std::to_string(bits - 1) + ":0]";
      signals.push_back({writer.declare(scope, name, bits, kind), bits, path, now});
      initial[path] = std::string(bits, 'x');
      expected[path];
    };
    for (unsigned i = 0; i < 20; ++i) add();
    for (unsigned step = 0; step < 300'000; ++step) {
      if (step % 30'000 == 29'999) add();
      now += random.below(1000);
      if (step % 100 == 0) writer.flush(now);
      const Signal& signal = signals[random.below(signals.size())];
      const base::Time time = now + random.below(2'000'000);
      std::string value;
      if (signal.bits == 0) {
        value = random.below(4) ? "text " + std::to_string(random.below(1000)) : "";
      } else {
        for (unsigned b = 0; b < signal.bits; ++b) value += "01xz"[random.below(4)];
      }
      writer.change(signal.handle, time, value);
      ++handed_in;
      expected[signal.path].emplace_back(time, value);
    }
    CHECK(writer.dropped() == 0);
    CHECK(writer.pending() < handed_in);  // Part of it has been written on the way.
  }
  const Vcd vcd = test::read_fst(file.path());
  REQUIRE(vcd.signals.size() == expected.size());
  uint64_t compared = 0;
  for (auto& [path, changes] : expected) {
    std::stable_sort(changes.begin(), changes.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    Changes thinned;
    std::string value = initial[path];
    for (size_t i = 0; i < changes.size(); ++i) {
      if (i + 1 < changes.size() && changes[i + 1].first == changes[i].first) continue;
      if (changes[i].second == value) continue;
      value = changes[i].second;
      thinned.push_back(changes[i]);
    }
    INFO(path);
    const Changes found = vcd.transitions(path, initial[path]);
    for (size_t i = 0; i < std::min(found.size(), thinned.size()); ++i) {
      REQUIRE(found[i] == thinned[i]);
    }
    REQUIRE(found.size() == thinned.size());
    compared += thinned.size();
  }
  CHECK(compared > handed_in / 2);
}

TEST_CASE("the time axis reaches the end of the run, and an empty waveform can be read") {
  TemporaryFile file(".fst");
  FstWaveWriter writer(file.path());
  writer.declare("a", "b", 3, WaveKind::bits);
  SECTION("nothing happened") {
    writer.finish();
    CHECK(test::read_fst(file.path()).transitions("note", "") ==
          Changes{{0, "nothing was recorded"}});
  }
  SECTION("nothing happened for long") {
    writer.flush(1'000'000);
    writer.finish();
    CHECK(test::read_fst(file.path()).end == 1'000'000);
  }
  SECTION("something happened, then nothing") {
    writer.change(writer.declare("a", "c", 1, WaveKind::bits), 5, "1");
    writer.flush(1'000'000);
    writer.finish();
    CHECK(test::read_fst(file.path()).end == 1'000'000);
  }
}

TEST_CASE("equal runs write equal waveforms") {
  std::string first;
  for (int run = 0; run < 2; ++run) {
    TemporaryFile file(".fst");
    {
      FstWaveWriter writer(file.path());
      const auto bit = writer.declare("a", "b", 1, WaveKind::bits);
      for (unsigned t = 1; t < 100; ++t) writer.change(bit, t, t % 2 ? "1" : "0");
    }
    const std::string bytes = test::read_file(file.path());
    if (run == 0) first = bytes;
    CHECK(bytes == first);
  }
}

TEST_CASE("a waveform that cannot be written is named") {
  CHECK_THROWS_WITH(FstWaveWriter("/nonexistent/x.fst"), Catch::Contains("/nonexistent/x.fst"));
}

}  // namespace

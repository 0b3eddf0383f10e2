// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "systemc/observe/event_to_wave.h"
#include "systemc/observe/fst_writer.h"
#include "tests/observe/support.h"
#include "tests/observe/vcd.h"

namespace {

using namespace cubist;
using observe::EventToWave;
using observe::EventWaveOptions;
using observe::FstWaveWriter;
using Changes = std::vector<std::pair<uint64_t, std::string>>;

/// Runs `body` on a bus that a waveform shows, and reads the waveform.
template <typename Body>
test::Vcd shown(EventWaveOptions options, Body body) {
  test::TemporaryFile file(".fst");
  base::EventBus bus;
  FstWaveWriter writer(file.path());
  EventToWave wave(bus, writer, options);
  wave.flush_with_events(writer, 0);
  bus.attach(wave);
  test::Emitter emit(bus);
  body(emit);
  writer.finish();
  CHECK(writer.dropped() == 0);
  return test::read_fst(file.path());
}

std::string binary(unsigned value) {
  std::string text;
  for (int bit = 63; bit >= 0; --bit) text += bit < 32 && (value >> bit & 1) ? '1' : '0';
  // VCD leaves out leading zeros of long values.
  return text;
}

TEST_CASE("spans nest on their text lane, with arguments and command number") {
  const auto vcd = shown({}, [](test::Emitter& emit) {
    emit.begin("chip.core0.mte2", "copy", 100, 17, {{"bytes", 64}, {"source_address", 0x1000}});
    emit.begin("chip.core0.mte2", "wait_memory", 200);
    emit.end("chip.core0.mte2", 300);
    emit.end("chip.core0.mte2", 400);
  });
  const std::string copy = "copy bytes=64 source_address=0x1000 #17";
  CHECK(vcd.transitions("chip.core0.mte2", "") ==
        Changes{{100, copy}, {200, "wait_memory"}, {300, copy}, {400, ""}});
}

TEST_CASE("equal spans without a gap show their boundary") {
  const auto vcd = shown({}, [](test::Emitter& emit) {
    for (unsigned i = 1; i <= 3; ++i) {
      emit.begin("m", "mmad", i * 100);
      emit.end("m", i * 100 + 100);
    }
    emit.begin("m", "mmad", 500);
    emit.end("m", 600);
  });
  CHECK(vcd.transitions("m", "") ==
        Changes{{100, "mmad"}, {200, "mmad "}, {300, "mmad"}, {400, ""}, {500, "mmad"}, {600, ""}});
}

TEST_CASE("instants are blips, together when simultaneous, shorter when crowded") {
  EventWaveOptions options;
  options.instant_length = 50;
  const auto vcd = shown(options, [](test::Emitter& emit) {
    emit.instant("a.uart", "H", 100);
    emit.instant("a.uart", "i", 100);
    emit.instant("a.uart", "x", 130);
    emit.instant("a.uart", "y", 300);
    emit.instant("a.uart", "z", 350);
  });
  CHECK(vcd.transitions("a.uart_event", "") ==
        Changes{{100, "H, i"}, {130, "x"}, {150, ""}, {300, "y"}, {350, "z"}, {400, ""}});
}

TEST_CASE("counters are vectors of 64 bits") {
  const auto vcd = shown({}, [](test::Emitter& emit) {
    emit.counter("a.queue", "depth", 100, 5);
    emit.counter("a.queue", "depth", 200, 0x80000001);
    emit.counter("a.plain", "", 200, 1);
  });
  const auto depth = vcd.transitions("a.queue.depth[63:0]", std::string(64, 'x'));
  CHECK(depth == Changes{{100, binary(5)}, {200, binary(0x80000001)}});
  CHECK(vcd.transitions("a.plain[63:0]", std::string(64, 'x')) == Changes{{200, binary(1)}});
}

TEST_CASE("a window shows what is open at its start and nothing after its end") {
  EventWaveOptions options;
  options.from = 1000;
  options.to = 2000;
  const auto vcd = shown(options, [](test::Emitter& emit) {
    emit.counter("a.n", "", 50, 3);
    emit.begin("a.b", "outer", 100);
    emit.begin("a.c", "gone", 100);
    emit.end("a.c", 200);
    emit.instant("a.b", "early", 300);
    emit.begin("a.b", "inner", 1500);
    emit.end("a.b", 2000);
    emit.end("a.b", 2500);
  });
  CHECK(vcd.transitions("a.b", "") == Changes{{1000, "outer"}, {1500, "inner"}});
  CHECK(vcd.transitions("a.n[63:0]", std::string(64, 'x')) == Changes{{1000, binary(3)}});
  CHECK(vcd.signals.size() == 2);
}

TEST_CASE("tracks can be left out, and ends without beginnings are counted") {
  test::TemporaryFile file(".fst");
  base::EventBus bus;
  FstWaveWriter writer(file.path());
  EventWaveOptions options;
  options.accepts = [](std::string_view path) { return path.substr(0, 5) == "chip."; };
  EventToWave wave(bus, writer, options);
  bus.attach(wave);
  test::Emitter emit(bus);
  emit.begin("host.stream", "launch", 1);
  emit.begin("chip.m", "mmad", 1);
  emit.end("chip.m", 2);
  emit.end("chip.m", 3);
  CHECK(wave.unmatched_ends() == 1);
  writer.finish();
  CHECK(test::read_fst(file.path()).order == std::vector<std::string>{"chip.m"});
}

}  // namespace

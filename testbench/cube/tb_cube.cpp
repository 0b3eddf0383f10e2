// SPDX-License-Identifier: Apache-2.0
// What an architect runs after changing a line of RTL: random instruction streams with stalls,
// every one compared with the model in bits and cycles, its ports watched and its assertions on.
// Exit code 0: no difference; 1: at least one; 2: bad arguments.
#include <cstdio>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "systemc/base/error.h"
#include "systemc/core/cube/checked_cube.h"
#include "systemc/core/cube/cube_layout.h"
#include "systemc/core/cube/verilated_cube.h"
#include "systemc/observe/fst_writer.h"
#include "testbench/cube/cube_coverage.h"
#include "testbench/cube/cube_stimulus.h"
#include "testbench/cube/monitored_cube.h"
#include "testbench/cube/wave_scope.h"

using namespace cubist;

namespace {

constexpr base::Time kPeriod = 1000000;  // 1 ns a cycle: cycle numbers are easy to read.

struct Arguments {
  uint64_t seed = 1, count = 2000, first = 0, last = 2000, mismatches = 1;
  unsigned stalls = 20, largest = 48;
  std::string type, wave, wave_scope = "all", coverage;
  testbench::WaveScope scope;
  testbench::StreamOptions stream;
};

/// The exit code, or -1 to go on.
int parse(int argc, char** argv, Arguments& a) {
  CLI::App app{
      "Random test of the matrix engine's RTL against the model: values, cycles, early release,\n"
      "done, busy, and the RTL's assertions. The first mismatch is named by cycle, row, column "
      "and\n"
      "operands. Exit code 0: no mismatch; 1: a mismatch; 2: bad arguments."};
  app.add_option("--seed", a.seed, "Seed of the stream; a seed always gives the same stream")
      ->capture_default_str();
  app.add_option("--n", a.count, "Instructions to run")->capture_default_str();
  app.add_option("--type", a.type,
                 "fp16, bf16, hf32, fp32, s8, u8, s8u8, u8s8; default: all mixed");
  app.add_option("--stalls", a.stalls, "Percentage of stalled cycles in every second hundred")
      ->capture_default_str()
      ->check(CLI::Range(0, 95));
  app.add_option("--largest", a.largest, "Largest m, k, n of most instructions")
      ->capture_default_str()
      ->check(CLI::Range(1, 400));
  app.add_option("--limits", a.stream.limit_percent,
                 "Percentage of instructions with one side as long as the buffers allow")
      ->capture_default_str()
      ->check(CLI::Range(0, 100));
  app.add_option("--mismatches", a.mismatches, "Stop after so many mismatches")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option(
      "--wave", a.wave,
      "Write the engine's signals to this FST file (gtkwave, surfer); cycle c is at c ns");
  app.add_option("--wave-scope", a.wave_scope,
                 "all, ports (the interface), or rows:0-3 (arrays cut down to these rows)")
      ->capture_default_str();
  app.add_option("--wave-from", a.first, "First cycle shown")->capture_default_str();
  app.add_option("--wave-to", a.last, "Last cycle shown")->capture_default_str();
  app.add_option("--coverage", a.coverage,
                 "Write line and toggle counters here (only a build with coverage)");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  a.stream.largest = a.largest;
  a.stream.fixed_type = !a.type.empty();
  if (a.stream.fixed_type && !testbench::parse_type(a.type, a.stream.type)) {
    std::fprintf(
        stderr,
        "tb_cube: unknown type '%s', expected fp16, bf16, hf32, fp32, s8, u8, s8u8 or u8s8\n",
        a.type.c_str());
    return 2;
  }
  if (!testbench::parse_wave_scope(a.wave_scope, a.scope)) {
    std::fprintf(stderr, "tb_cube: unknown scope '%s', expected all, ports or rows:FIRST-LAST\n",
                 a.wave_scope.c_str());
    return 2;
  }
  return -1;
}

/// The unit under test: with its ports watched, or, for a waveform, in the build that can trace.
struct Device {
  explicit Device(const Arguments& a) : config(testbench::monitored_config()) {
    std::unique_ptr<core::CubeUnit> rtl;
    if (a.wave.empty()) {
      auto unit = testbench::make_monitored_cube();
      monitored = unit.get();
      rtl = std::move(unit);
    } else {
      auto unit = core::make_verilated_cube(config);
      file = std::make_unique<observe::FstWaveWriter>(a.wave);
      filter = std::make_unique<testbench::RowFilterSink>(*file, a.scope);
      base::WaveSink& sink = a.scope.rows ? static_cast<base::WaveSink&>(*filter) : *file;
      unit->trace_to(sink, "tb", kPeriod, a.first, a.last, a.scope.detail);
      traced = unit.get();
      rtl = std::move(unit);
    }
    checked = core::make_checked_cube(core::make_cube_model(config), std::move(rtl), config, 1,
                                      [this](const core::CubeMismatch& m) { mismatch = m; });
  }
  uint64_t rtl_cycles() const { return monitored ? monitored->rtl_cycles() : traced->rtl_cycles(); }

  core::CubeConfig config;
  // The engine outlives neither: it hands over its last cycles when it goes.
  std::unique_ptr<observe::FstWaveWriter> file;
  std::unique_ptr<testbench::RowFilterSink> filter;
  std::unique_ptr<core::CubeUnit> checked;
  testbench::MonitoredCube* monitored = nullptr;
  core::VerilatedCube* traced = nullptr;
  core::CubeMismatch mismatch;
};

void print(const core::CubeMismatch& m, const Device& device) {
  const core::CubeInstruction& i = m.instruction;
  static constexpr const char* kInits[] = {"zero", "accumulate", "bias"};
  std::printf("MISMATCH in instruction %llu (%s m=%u k=%u n=%u init=%s a=%u b=%u c=%u bias=%u)\n",
              static_cast<unsigned long long>(m.index), testbench::name_of(i.type), i.m, i.k, i.n,
              kInits[static_cast<unsigned>(i.init)], i.a, i.b, i.c, i.bias);
  std::printf(
      "  model: accepted in cycle %llu, done in %llu; RTL: accepted in %llu, done in %llu\n",
      static_cast<unsigned long long>(m.model_timing.accepted),
      static_cast<unsigned long long>(m.model_timing.done),
      static_cast<unsigned long long>(m.rtl_timing.accepted),
      static_cast<unsigned long long>(m.rtl_timing.done));
  if (!m.value) return;
  if (m.row == ~0u) {
    std::printf("  the RTL wrote outside of C\n");
    return;
  }
  std::printf("  row %u, column %u: 0x%08x in the model, 0x%08x in RTL", m.row, m.column,
              m.model_bits, m.rtl_bits);
  if (device.monitored) {
    const core::CubeConfig& c = device.config;
    const auto cycle = device.monitored->log().released_at(
        i.c + core::c_offset(m.row / c.m * c.m, m.column / c.n * c.n,
                             core::ceil_div(i.m, core::kFractal)));
    if (cycle)
      std::printf(", its tile finished in cycle %llu", static_cast<unsigned long long>(*cycle));
  }
  std::printf("\n  start 0x%08x, operands by k:", m.start);
  for (size_t k = 0; k < m.a.size(); ++k) std::printf(" 0x%x*0x%x", m.a[k], m.b[k]);
  std::printf("\n");
}

/// The number of mismatches.
uint64_t run(const Arguments& a, Device& device, testbench::CubeCoverage& coverage,
             uint64_t& executed) {
  testbench::Random random(a.seed);
  testbench::BufferSet buffers(device.config);
  const testbench::RandomArbiter arbiter(a.seed, a.stalls);
  testbench::PortLog* const log = device.monitored ? &device.monitored->log() : nullptr;
  uint64_t mismatches = 0, offered = 0;
  const auto port_error = [&] {
    if (!log || log->error().empty()) return false;
    std::printf("MISMATCH on the ports at or before instruction %llu: %s\n",
                static_cast<unsigned long long>(executed), log->error().c_str());
    ++mismatches;
    return true;
  };
  for (executed = 0; executed < a.count && mismatches < a.mismatches; ++executed) {
    if (a.stalls && executed % 100 == 0)
      device.checked->set_arbiter(executed / 100 % 2 ? &arbiter : nullptr);
    const core::CubeInstruction i =
        testbench::random_instruction(random, device.config, a.stream, buffers);
    if (log) log->start(i);
    device.mismatch.instruction.m = 0;
    const core::CubeTiming timing = device.checked->execute(i, buffers.view(), offered);
    if (log) log->finish(timing);
    if (device.file) device.file->flush(timing.accepted * kPeriod);
    bool wrong = device.mismatch.instruction.m != 0;
    if (wrong) {
      ++mismatches;
      device.checked->settle();
      print(device.mismatch, device);
    } else {
      wrong = port_error();
    }
    if (wrong) {  // Model and RTL start anew, so that the next mismatch is one of its own.
      device.checked->reset();
      offered = 0;
      continue;
    }
    // Mostly the next one is offered at once; else around the end of this one, or later.
    const unsigned gap = random.below(10);
    offered = timing.accepted + 1;
    if (gap == 0) offered = timing.done + random.below(20);
    if (gap == 1)
      offered = timing.done - std::min<uint64_t>(random.below(9), timing.done - offered);
    coverage.sample(i, offered, timing);
  }
  device.checked->settle();
  if (log && mismatches == 0) {
    log->close();
    port_error();
  }
  return mismatches;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments a;
  if (const int code = parse(argc, argv, a); code >= 0) return code;
  uint64_t mismatches = 0, executed = 0;
  try {
    Device device(a);
    testbench::CubeCoverage coverage(device.config);
    try {
      mismatches = run(a, device, coverage, executed);
    } catch (const base::InternalError& e) {
      std::printf("MISMATCH in instruction %llu: %s\n", static_cast<unsigned long long>(executed),
                  e.what());
      mismatches = 1;
    }
    if (device.file) {
      device.file->finish();
      std::printf("wave: %s, %zu signals, %llu changes\n", a.wave.c_str(),
                  device.file->declared().size(),
                  static_cast<unsigned long long>(device.file->changes_written()));
      if (device.file->dropped() > 0) {
        std::printf("MISMATCH: %llu changes came too late for the waveform\n",
                    static_cast<unsigned long long>(device.file->dropped()));
        ++mismatches;
      }
    }
    if (!a.coverage.empty() &&
        !(device.monitored && device.monitored->write_coverage(a.coverage))) {
      std::fprintf(stderr, "tb_cube: this build counts no coverage; see make coverage-cube\n");
      return 2;
    }
    // A stream cut short says nothing about what it would have met.
    if (mismatches == 0) coverage.print(a.stream.fixed_type ? &a.stream.type : nullptr);
    std::printf(
        "%s: seed %llu, %llu instructions, %llu multiply-accumulates, %llu RTL cycles, %llu "
        "mismatches\n",
        mismatches ? "FAIL" : "PASS", static_cast<unsigned long long>(a.seed),
        static_cast<unsigned long long>(executed),
        static_cast<unsigned long long>(device.checked->macs()),
        static_cast<unsigned long long>(device.rtl_cycles()),
        static_cast<unsigned long long>(mismatches));
  } catch (const base::UserError& e) {
    std::fprintf(stderr, "tb_cube: %s\n", e.what());
    return 2;
  }
  return mismatches ? 1 : 0;
}

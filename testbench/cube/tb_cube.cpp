// SPDX-License-Identifier: Apache-2.0
// What an architect runs after changing a line of RTL: random instruction streams with stalls,
// every one compared with the model in bits and cycles. Exit code 0: no difference; 1: at least
// one; 2: bad arguments.
#include <cstdio>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "systemc/core/cube/checked_cube.h"
#include "systemc/core/cube/verilated_cube.h"
#include "testbench/cube/cube_coverage.h"
#include "testbench/cube/cube_stimulus.h"
#include "testbench/cube/vcd_file_sink.h"

using namespace cubist;

int main(int argc, char** argv) {
  CLI::App app{"Random test of the matrix engine's RTL against the model"};
  uint64_t seed = 1, count = 2000, first = 0, last = 2000;
  unsigned stalls = 20, largest = 48;
  std::string type, wave;
  app.add_option("--seed", seed, "Seed of the stream")->capture_default_str();
  app.add_option("--n", count, "Instructions to run")->capture_default_str();
  app.add_option("--type", type, "fp16, bf16, hf32, fp32, s8, u8, s8u8, u8s8; default: all mixed");
  app.add_option("--stalls", stalls, "Percentage of stalled cycles in every second hundred")
      ->capture_default_str()
      ->check(CLI::Range(0, 95));
  app.add_option("--largest", largest, "Largest m, k, n of most instructions")
      ->capture_default_str()
      ->check(CLI::Range(1, 400));
  app.add_option("--wave", wave, "Write the engine's signals to this VCD file");
  app.add_option("--wave-from", first, "First cycle shown")->capture_default_str();
  app.add_option("--wave-to", last, "Last cycle shown")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  testbench::StreamOptions options;
  options.largest = largest;
  if (!type.empty() && !testbench::parse_type(type, options.type)) {
    std::fprintf(
        stderr,
        "tb_cube: unknown type '%s', expected fp16, bf16, hf32, fp32, s8, u8, s8u8 or u8s8\n",
        type.c_str());
    return 2;
  }
  options.fixed_type = !type.empty();

  const core::CubeConfig config;
  std::unique_ptr<core::VerilatedCube> rtl = core::make_verilated_cube(config);
  core::VerilatedCube* const traced = rtl.get();
  std::unique_ptr<testbench::VcdFileSink> sink;
  if (!wave.empty()) {
    sink = std::make_unique<testbench::VcdFileSink>();
    traced->trace_to(*sink, "tb", 540541, first, last);
  }
  uint64_t mismatches = 0;
  auto unit = core::make_checked_cube(core::make_cube_model(config), std::move(rtl), config, 1,
                                      [&](const core::CubeMismatch& m) {
                                        if (++mismatches <= 5)
                                          std::printf("%s\n", m.text().c_str());
                                      });
  testbench::Random random(seed);
  testbench::BufferSet buffers(config);
  testbench::CubeCoverage coverage(config);
  const testbench::RandomArbiter arbiter(seed, stalls);
  uint64_t offered = 0;
  for (uint64_t j = 0; j < count; ++j) {
    if (stalls && j % 100 == 0) unit->set_arbiter(j / 100 % 2 ? &arbiter : nullptr);
    const core::CubeInstruction i = testbench::random_instruction(random, config, options, buffers);
    const core::CubeTiming timing = unit->execute(i, buffers.view(), offered);
    // Mostly the next one is offered at once; else around the end of this one, or later.
    const unsigned gap = random.below(10);
    offered = timing.accepted + 1;
    if (gap == 0) offered = timing.done + random.below(20);
    if (gap == 1)
      offered = timing.done - std::min<uint64_t>(random.below(9), timing.done - offered);
    coverage.sample(i, offered, timing);
  }
  if (sink) {
    traced->finish_trace();
    if (!sink->write(wave)) {
      std::fprintf(stderr, "tb_cube: cannot write '%s'\n", wave.c_str());
      return 2;
    }
    std::printf("wave: %s, %zu signals, %zu changes\n", wave.c_str(), sink->signals(),
                sink->changes());
  }
  coverage.print();
  std::printf(
      "%s: seed %llu, %llu instructions, %llu multiply-accumulates, %llu RTL cycles, %llu "
      "mismatches\n",
      mismatches ? "FAIL" : "PASS", static_cast<unsigned long long>(seed),
      static_cast<unsigned long long>(count), static_cast<unsigned long long>(unit->macs()),
      static_cast<unsigned long long>(traced->rtl_cycles()),
      static_cast<unsigned long long>(mismatches));
  return mismatches ? 1 : 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/row_run.h"

#include <ctime>

#include "runtime/cubist.h"
#include "systemc/base/error.h"
#include "systemc/chip/chip.h"
#include "systemc/chip/in_process.h"
#include "tools/simulator/simulator.h"
#include "tools/validate/launch.h"
#include "tools/validate/probe.h"
#include "tools/validate/workload.h"

namespace cubist::validate {
namespace {

constexpr double kMega = 1e6;

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

void prepare(const Precondition& precondition, const Workload& workload, Simulator& simulator,
             Device& device, Launch& launch) {
  for (const Precondition::Step& step : precondition.steps) {
    if (step.what == Preparation::warm) {
      for (unsigned i = 0; i < step.count; ++i) launch.run();
      continue;
    }
    for (size_t i = 0; i < workload.inputs; ++i) {
      const Buffer& buffer = workload.buffers[i];
      if (step.what == Preparation::filled) {
        device.fill(buffer.address(), 0, buffer.size());
      } else {
        simulator.chip().chip().preload_l2(buffer.address(), buffer.size(),
                                           step.what == Preparation::host_copied);
      }
    }
  }
}

void read_out(const KernelProbe& probe, const Workload& workload, bool cube, double hertz,
              RowResult& result) {
  const auto busy = [&](const char* pipe) {
    const uint64_t cycles = probe.since("chip.core", std::string(".") + pipe + ".busy_cycles");
    const unsigned cores = probe.cores();
    return cores == 0 ? 0.0 : static_cast<double>(cycles) / cores / hertz * 1e6;
  };
  auto& c = result.columns;
  c["task_us"] = probe.task_us();
  c["aicore_us"] = probe.block_us();
  c["scalar_us"] = probe.scalar_us();
  c["mte2_us"] = busy("mte2");
  c["mte3_us"] = busy("mte3");
  if (cube) {
    c["mac_us"] = busy("m");
    c["mte1_us"] = busy("mte1");
    c["fixp_us"] = busy("fix");
  } else {
    c["vec_us"] = busy("v");
    c["ticks"] = c["vec_us"] * workload.ticks_per_us;
  }
  const uint64_t hits = probe.since("chip.l2", ".hits");
  const uint64_t others = probe.since("chip.l2", ".misses") + probe.since("chip.l2", ".bypasses");
  result.l2_hit_percent = c["l2_hit_percent"] = percent(hits, hits + others);
  const auto megabytes = [&](const char* suffix) {
    return static_cast<double>(probe.since("chip.hbm", suffix)) / kMega;
  };
  result.hbm_read_mb = megabytes(".read_bytes");
  result.hbm_write_mb = megabytes(".write_bytes");
  const uint64_t row_hits = probe.since("chip.hbm", ".row_hits");
  result.row_hit_percent = percent(row_hits, row_hits + probe.since("chip.hbm", ".row_misses"));
  result.requests = probe.since("chip.core", ".requests");
  result.gm_mb = static_cast<double>(workload.gm_bytes) / kMega;
}

}  // namespace

RowResult run_row(const Row& row, const RunOptions& options) {
  SimulatorOptions simulator_options;
  simulator_options.chip = options.chip;
  simulator_options.settings = options.settings;
  simulator_options.trace = options.trace;
  Simulator simulator(std::move(simulator_options));
  Device device = simulator.open();
  const bool cube = kind_of(row) == CoreKind::cube;
  const unsigned cores = cube ? device.cube_cores() : device.vector_cores();
  const unsigned blocks = row.blocks != 0 ? row.blocks : cores;
  if (blocks > cores) {
    throw base::UserError("row " + row.name + " needs " + std::to_string(blocks) + " cores, " +
                          options.chip + " has " + std::to_string(cores));
  }
  Workload workload = make_workload(row, blocks, options.scale, device);
  Launch launch(simulator, device, workload, blocks);
  prepare(options.precondition, workload, simulator, device, launch);
  KernelProbe probe(simulator.chip().simulation());
  RowResult result;
  const double cpu = cpu_seconds(), ns = device.now_ns();
  probe.begin();
  launch.run();
  result.cpu_s = cpu_seconds() - cpu;
  result.simulated_us = (device.now_ns() - ns) / 1e3;
  read_out(probe, workload, cube, simulator.transport().core_hertz(), result);
  simulator.finish();
  return result;
}

}  // namespace cubist::validate

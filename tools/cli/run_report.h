// SPDX-License-Identifier: Apache-2.0
// What a run of a network found out, printed and as report and JSON.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/cli/layer_check.h"
#include "tools/cli/summary.h"

namespace cubist::tool {

struct RunResult {
  std::string model, chip;
  int64_t images = 0, batch = 0, wanted = 0;
  bool has_labels = false, checked = false;
  double accuracy = 0;  ///< 0 to 1.
  std::vector<LayerInfo> layers;
  std::map<std::string, double> layer_ns;  ///< Simulated time of a layer's kernels, by node.
  const Checker* checker = nullptr;
  double cycles = 0;       ///< Core cycles for all batches, copies included.
  double cpu_seconds = 0;  ///< CPU time of the simulation alone.
  uint64_t macs = 0;       ///< Multiply-accumulates of the model for what ran.
  uint64_t weight_bytes = 0, activation_bytes = 0;
  double core_hertz = 0;
  std::vector<PipeShare> pipes;
  Traffic traffic;
  uint64_t cube_instructions = 0, rtl_instructions = 0, mismatches = 0;
  std::string trace_hash;
};

void print(const RunResult& result);
/// Writes what --report and --json ask for.
void write_reports(const RunResult& result, const Simulator& simulator,
                   const ChipArguments& arguments);
/// One line of ideas.
void print_next_steps(const RunResult& result, const RunArguments& arguments);

}  // namespace cubist::tool

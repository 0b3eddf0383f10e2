// SPDX-License-Identifier: Apache-2.0
// What run and launch report alike: speed, pipes, traffic, checks by RTL, hash, files written.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

#include "systemc/observe/report_document.h"
#include "tools/cli/commands.h"
#include "tools/simulator/simulator.h"

namespace cubist::tool {

/// CPU time of this process since construction.
class CpuTimer {
 public:
  CpuTimer() : begin_(now()) {}
  double seconds() const { return now() - begin_; }

 private:
  static double now() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }
  double begin_;
};

SimulatorOptions simulator_options(const ChipArguments& arguments);

/// "1.23 G", "45.6 k": three digits and a metric prefix.
std::string metric(double value);

/// A line per kind of pipe of the AI cores: busy and stalls by reason, in percent.
void print_pipes(const std::vector<PipeShare>& pipes);
observe::ReportSection pipe_section(const std::vector<PipeShare>& pipes);

struct Traffic {
  uint64_t hbm_read = 0, hbm_write = 0, host_read = 0, host_write = 0;  ///< Bytes.
  uint64_t l2_read = 0, l2_write = 0;                                   ///< Bytes.
  uint64_t l2_hits = 0, l2_misses = 0;                                  ///< Requests.
  double l2_hit_percent() const;
};
Traffic traffic_of(const Simulator& simulator);
observe::ReportSection traffic_section(const Traffic& traffic);
/// All effective parameters.
observe::ReportSection parameter_section(const Simulator& simulator);

/// Prints the hash if asked for, and defects; returns the exit code: 1 when there are defects.
int finish_run(Simulator& simulator, const ChipArguments& arguments);

}  // namespace cubist::tool

// SPDX-License-Identifier: Apache-2.0
// Speed of the interconnect's models in CPU time: medians of several runs, one line
// "BENCH <name> <value> <unit>" each. Traffic generation and statistics are included.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "systemc/noc/study.h"

namespace {

using namespace cubist::noc;

constexpr unsigned kRuns = 5;

double cpu_seconds() {
  rusage u;
  getrusage(RUSAGE_SELF, &u);
  return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

struct Speed {
  double cycles = 0, packets = 0;  // A CPU second.
};

Speed measure(StudyConfig config, double load, unsigned flits, Cycle cycles) {
  config.traffic.load = load;
  config.traffic.flits = flits;
  config.cycles = cycles;
  std::vector<Speed> speeds;
  for (unsigned i = 0; i < kRuns; ++i) {
    const double start = cpu_seconds();
    const StudyResult r = run_study(config);
    const double used = cpu_seconds() - start;
    speeds.push_back({static_cast<double>(cycles + config.warmup) / used,
                      static_cast<double>(r.packets) / used});
  }
  std::sort(speeds.begin(), speeds.end(),
            [](const Speed& a, const Speed& b) { return a.cycles < b.cycles; });
  return speeds[kRuns / 2];
}

void report(const std::string& name, double value, const char* unit) {
  std::printf("BENCH %s %.6g %s\n", name.c_str(), value, unit);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Speed of the interconnect models; lines BENCH <name> <value> <unit>"};
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  StudyConfig mesh;  // 8x8, two virtual channels of 8 flits, 4 flits a packet.
  const Speed base = measure(mesh, 0.1, 4, 100000);
  report("noc.mesh8x8.load10.cycles_per_cpu_s", base.cycles, "cycles/s");
  report("noc.mesh8x8.load10.packets_per_cpu_s", base.packets, "packets/s");
  report("noc.mesh8x8.load10.flits1.cycles_per_cpu_s", measure(mesh, 0.1, 1, 30000).cycles,
         "cycles/s");
  report("noc.mesh8x8.load40.cycles_per_cpu_s", measure(mesh, 0.4, 4, 30000).cycles, "cycles/s");
  StudyConfig crossbar = mesh;
  crossbar.crossbar = true;
  crossbar.traffic.columns = 64;
  crossbar.traffic.rows = 1;
  report("noc.crossbar64.load10.cycles_per_cpu_s", measure(crossbar, 0.1, 4, 100000).cycles,
         "cycles/s");
  mesh.model = Model::reservation;
  report("noc.mesh8x8.load10.reservation.cycles_per_cpu_s", measure(mesh, 0.1, 4, 100000).cycles,
         "cycles/s");
  mesh.model = Model::flit;
  report("noc.mesh8x8.load10.flit.cycles_per_cpu_s", measure(mesh, 0.1, 4, 10000).cycles,
         "cycles/s");
  return 0;
}

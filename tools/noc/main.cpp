// SPDX-License-Identifier: Apache-2.0
// cubist-noc: the interconnect alone under synthetic traffic, packet by packet or flit by flit.
#include <unistd.h>

#include <atomic>
#include <cinttypes>
#include <csignal>
#include <cstdio>

#include "tools/noc/options.h"

namespace {

using namespace cubist;
using noc::StudyResult;
using tool::NocOptions;

constexpr int kBadInput = 2, kInterrupted = 130;

std::atomic<bool> stop{false};

extern "C" void on_signal(int) {
  stop = true;
}

void print_setting(const NocOptions& o) {
  const noc::StudyConfig& s = o.study;
  const noc::TrafficConfig& t = s.traffic;
  if (s.crossbar) {
    std::printf("crossbar of %u nodes", t.columns);
  } else {
    std::printf("mesh %ux%u, %s routing", t.columns, t.rows,
                s.routing == noc::Routing::xy ? "xy" : "yx");
  }
  std::printf(", %s traffic, %u flits a packet, %u virtual channels of %u flits, %u cycles a hop\n",
              tool::name_of(t.pattern), t.flits, s.network.vcs, s.network.buffer_flits,
              s.hop_cycles);
  std::printf("model %s, seed %" PRIu64 ", %" PRIu64 " cycles after a warm-up of %" PRIu64 "\n",
              tool::name_of(s.model), t.seed, s.cycles, s.warmup);
}

void print_result(const NocOptions& o, const StudyResult& r) {
  std::printf("offered    %.4f flits/cycle/node\n", r.offered);
  std::printf("accepted   %.4f flits/cycle/node\n", r.accepted);
  std::printf("latency    mean %.2f  min %" PRIu64 "  p50 %" PRIu64 "  p95 %" PRIu64
              "  p99 %" PRIu64 "  max %" PRIu64 " cycles\n",
              r.mean, r.minimum, r.p50, r.p95, r.p99, r.maximum);
  std::printf("zero load  mean %.2f cycles\n", r.zero_load);
  std::printf("links      busiest %.4f (%s)  mean %.4f flits/cycle\n", r.busiest,
              noc::make_topology(o.study).describe(r.busiest_link).c_str(), r.mean_use);
  std::printf("packets    %" PRIu64 " measured, %" PRIu64 " of them never arrived%s\n", r.packets,
              r.unfinished, r.unfinished != 0 ? ": overload, latencies are too low" : "");
}

void print_row(double load, const StudyResult& r) {
  std::printf("%6.3f  %8.4f  %8.4f  %9.2f  %6" PRIu64 "  %6" PRIu64 "  %6" PRIu64
              "  %6.4f  %10" PRIu64 "\n",
              load, r.offered, r.accepted, r.mean, r.p50, r.p95, r.p99, r.busiest, r.unfinished);
  std::fflush(stdout);
}

void write_csv(std::FILE* file, const NocOptions& o, double load, const StudyResult& r) {
  std::fprintf(file,
               "%s,%.4f,%.6f,%.6f,%.4f,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
               ",%.4f,%.6f,%.6f,%" PRIu64 ",%" PRIu64 "\n",
               tool::name_of(o.study.model), load, r.offered, r.accepted, r.mean, r.minimum, r.p50,
               r.p95, r.p99, r.maximum, r.zero_load, r.busiest, r.mean_use, r.packets,
               r.unfinished);
}

int measure(NocOptions& o, std::FILE* csv) {
  const bool quiet = csv == stdout;
  if (csv != nullptr) {
    std::fprintf(csv,
                 "model,load,offered,accepted,mean,min,p50,p95,p99,max,zero_load,busiest_link,"
                 "mean_link,packets,unfinished\n");
  }
  if (!quiet) print_setting(o);
  if (!quiet && o.sweep) {
    std::printf(
        "  load   offered  accepted       mean     p50     p95     p99    link  unfinished\n");
  }
  for (const double load : o.loads) {
    if (o.sweep && isatty(STDERR_FILENO) != 0) std::fprintf(stderr, "load %.3f ...\r", load);
    o.study.traffic.load = load;
    const StudyResult r = noc::run_study(o.study, &stop);
    if (r.interrupted) {
      std::fprintf(stderr, "cubist-noc: interrupted at load %.3f\n", load);
      return kInterrupted;
    }
    if (csv != nullptr) write_csv(csv, o, load, r);
    if (quiet) continue;
    if (o.sweep) {
      print_row(load, r);
    } else {
      print_result(o, r);
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  int exit_code = 0;
  auto options = tool::parse_noc_options(argc, argv, exit_code);
  if (!options) return exit_code;
  std::FILE* csv = nullptr;
  if (!options->csv.empty()) {
    csv = options->csv == "-" ? stdout : std::fopen(options->csv.c_str(), "w");
    if (csv == nullptr) {
      std::fprintf(stderr, "cubist-noc: --csv: cannot write '%s': ", options->csv.c_str());
      std::perror(nullptr);
      return kBadInput;
    }
  }
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  exit_code = measure(*options, csv);
  if (csv != nullptr && csv != stdout && std::fclose(csv) != 0) {
    std::fprintf(stderr, "cubist-noc: --csv: cannot write '%s'\n", options->csv.c_str());
    return kBadInput;
  }
  return exit_code;
}

// SPDX-License-Identifier: Apache-2.0
// How many 32-byte atoms of one channel are simulated per second of CPU time, and at which share of
// the peak they ran: lines BENCH <name> <value> <unit>, medians of several runs.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "CLI/CLI.hpp"
#include "systemc/base/error.h"
#include "systemc/base/parameters.h"
#include "systemc/hbm/traffic.h"

namespace {

using namespace cubist;

constexpr unsigned kRuns = 5;

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

struct Case {
  const char* name;
  const char* timing;
  hbm::Pattern pattern;
  double read_share;
  unsigned stripe;  // 1: an atom a request; else lines of 16 atoms, as a chip's L2 sends them.
  uint64_t atoms;
};

struct Result {
  double atoms_per_second;
  double percent_of_peak;
};

hbm::DramTiming timing_of(const char* name) {
  base::ParameterTable table;
  hbm::declare_timing_parameters(table);
  table.set("hbm.timing", name, "bench");
  hbm::apply_timing_file(table, std::string(CUBIST_CONFIGS) + "/hbm");
  return hbm::dram_timing(table);
}

Result run(const Case& c) {
  const hbm::DramTiming t = timing_of(c.timing);
  hbm::ChannelOptions options;
  options.stripe = c.stripe;
  hbm::ChannelModel channel(t, options);
  const double begin = cpu_seconds();
  hbm::Tick end = 0;
  uint64_t left = c.atoms;
  hbm::TrafficPlayer player(channel);
  if (c.stripe == 1) {
    hbm::TrafficStream stream(t, c.pattern, c.read_share, 1);
    end = player.play(
        [&](hbm::ChannelRequest& r) {
          if (left == 0) return false;
          --left;
          r = stream.next();
          return true;
        },
        {});
  } else {
    constexpr unsigned kLine = 16;
    const unsigned sets = t.banks() / c.stripe;
    const unsigned per_row = t.atoms_per_row() * c.stripe / kLine;
    uint64_t line = 0;
    end = player.play(
        [&](hbm::ChannelRequest& r) {
          if (left < kLine) return false;
          left -= kLine;
          const uint64_t i = line++;
          r.pseudo_channel = i % 2;
          r.column = static_cast<uint16_t>(i / 2 % per_row * kLine);
          r.set = static_cast<uint8_t>(i / 2 / per_row % sets);
          r.row = static_cast<uint32_t>(i / 2 / per_row / sets);
          r.atoms = kLine;
          return true;
        },
        {});
  }
  const double seconds = cpu_seconds() - begin;
  return {static_cast<double>(c.atoms) / seconds,
          200.0 * static_cast<double>(c.atoms) / static_cast<double>(end)};
}

void measure(const Case& c) {
  std::vector<double> rates;
  Result r{};
  for (unsigned i = 0; i < kRuns; ++i) {
    r = run(c);
    rates.push_back(r.atoms_per_second);
  }
  std::sort(rates.begin(), rates.end());
  std::printf("BENCH hbm.%s.atoms_per_cpu_s %.0f atoms/s\n", c.name, rates[kRuns / 2]);
  std::printf("BENCH hbm.%s.bandwidth %.2f %%\n", c.name, r.percent_of_peak);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Speed of the HBM channel model; lines BENCH <name> <value> <unit>"};
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  using hbm::Pattern;
  const Case cases[] = {
      {"seq_read", "hbm2_2000", Pattern::seq, 1, 1, 4'000'000},
      {"random32", "hbm2_2000", Pattern::rand32, 1, 1, 1'000'000},
      {"random64", "hbm2_2000", Pattern::rand64, 1, 1, 1'000'000},
      {"mixed_2to1", "hbm2_2000", Pattern::seq, 2 / 3.0, 1, 2'000'000},
      {"seq_read_hbm3", "hbm3_6400", Pattern::seq, 1, 1, 4'000'000},
      {"random32_hbm3", "hbm3_6400", Pattern::rand32, 1, 1, 1'000'000},
      {"seq_lines512", "hbm2e_3600", Pattern::seq, 1, 2, 16'000'000},
  };
  try {
    for (const Case& c : cases) measure(c);
  } catch (const base::UserError& error) {
    std::fprintf(stderr, "bench_hbm: %s\n", error.what());
    return 2;
  }
  return 0;
}

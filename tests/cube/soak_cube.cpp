// SPDX-License-Identifier: Apache-2.0
// The long test of values: random dot products of each type through model, RTL and the oracle on
// GNU MPFR, in pieces by seed, so that it can be stopped and taken up again.
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "tests/cube/oracle_stream.h"

using namespace cubist;

namespace {

volatile std::sig_atomic_t stop = 0;

double cpu_seconds() {
  rusage u;
  getrusage(RUSAGE_SELF, &u);
  return static_cast<double>(u.ru_utime.tv_sec) + 1e-6 * static_cast<double>(u.ru_utime.tv_usec);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Random dot products of the matrix engine against GNU MPFR, in pieces by seed"};
  uint64_t first = 1, pieces = 100, dots = 1'000'000;
  std::vector<std::string> names;
  app.add_option("--type", names, "fp16 bf16 hf32 fp32 s8 u8 s8u8 u8s8; default: all");
  app.add_option("--first", first, "Seed of the first piece")->capture_default_str();
  app.add_option("--pieces", pieces, "Pieces of each type")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000000));
  app.add_option("--dots", dots, "Dot products of a piece, at least")
      ->capture_default_str()
      ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 40));
  CLI11_PARSE(app, argc, argv);

  std::vector<core::CubeType> types;
  if (names.empty()) {
    for (unsigned t = 0; t < 8; ++t) types.push_back(static_cast<core::CubeType>(t));
  }
  for (const std::string& name : names) {
    core::CubeType type;
    if (!testbench::parse_type(name, type)) {
      std::fprintf(stderr,
                   "soak_cube: --type %s is unknown, expected fp16, bf16, hf32, fp32, s8, u8, s8u8 "
                   "or u8s8\n",
                   name.c_str());
      return 2;
    }
    types.push_back(type);
  }
  std::signal(SIGINT, [](int) { stop = 1; });
  std::signal(SIGTERM, [](int) { stop = 1; });

  const bool terminal = isatty(STDERR_FILENO);
  uint64_t total = 0;
  for (uint64_t piece = first; piece < first + pieces; ++piece) {
    for (const core::CubeType type : types) {
      const double start = cpu_seconds();
      // The type belongs to the seed: no two types see the same stream.
      test::OracleStream stream(type, piece * 8 + static_cast<unsigned>(type));
      uint64_t shown = 0;
      while (stream.dots() < dots && !stop) {
        const std::string difference = stream.next();
        if (!difference.empty()) {
          std::printf("FAIL: seed %llu: %s\n", static_cast<unsigned long long>(piece),
                      difference.c_str());
          return 1;
        }
        if (terminal && stream.dots() >= shown + dots / 100) {
          shown = stream.dots();
          std::fprintf(stderr, "\r%s, seed %llu: %3.0f %%", testbench::name_of(type),
                       static_cast<unsigned long long>(piece),
                       100.0 * static_cast<double>(shown) / static_cast<double>(dots));
        }
      }
      if (terminal) std::fprintf(stderr, "\r\033[K");
      total += stream.dots();
      if (stop) {
        std::printf("stopped within seed %llu; take it up with --first %llu\n",
                    static_cast<unsigned long long>(piece), static_cast<unsigned long long>(piece));
        return 130;
      }
      std::printf("%-5s seed %llu: %llu dot products, 0 differences, %.1f s\n",
                  testbench::name_of(type), static_cast<unsigned long long>(piece),
                  static_cast<unsigned long long>(stream.dots()), cpu_seconds() - start);
      std::fflush(stdout);
    }
  }
  std::printf("PASS: %llu dot products, 0 differences\n", static_cast<unsigned long long>(total));
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Speed of the matrix engine's RTL and model in CPU time: medians of several runs, one line
// "BENCH <name> <value> <unit>" each. RTL results are checked against the model before timing.
#ifdef CUBIST_HAVE_OPENBLAS
#include <cblas.h>
#endif
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "systemc/core/cube/checked_cube.h"
#include "systemc/core/cube/cube_kernels.h"
#include "systemc/core/cube/cube_layout.h"
#include "systemc/core/cube/verilated_cube.h"
#include "testbench/cube/cube_stimulus.h"

using namespace cubist;
using core::CubeInstruction;
using core::CubeType;
using testbench::Data;

namespace {

double cpu_seconds() {
  rusage u;
  getrusage(RUSAGE_SELF, &u);
  return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/// Median over `runs` of the work done per CPU second; one run repeats `once` for `seconds`.
double rate(unsigned runs, double seconds, const std::function<double()>& once) {
  once();
  std::vector<double> rates;
  for (unsigned r = 0; r < runs; ++r) {
    const double start = cpu_seconds();
    double work = 0, used = 0;
    while (used < seconds) {
      work += once();
      used = cpu_seconds() - start;
    }
    rates.push_back(work / used);
  }
  std::sort(rates.begin(), rates.end());
  return rates[rates.size() / 2];
}

void report(const std::string& name, double value, const char* unit) {
  std::printf("BENCH %s %.6g %s\n", name.c_str(), value, unit);
  std::fflush(stdout);
}

/// The largest tile of a type that fits the buffers with 16-element multiples: 128 x 64 x 256 of
/// 16-bit elements, half of k for 32-bit ones, twice for 8-bit ones.
CubeInstruction tile(CubeType type) {
  CubeInstruction i;
  i.type = type;
  i.m = 128;
  i.n = 256;
  i.k = core::is_int8(type) ? 128 : (type == CubeType::fp16 || type == CubeType::bf16) ? 64 : 32;
  i.init = core::CubeInit::zero;
  return i;
}

/// CPU time of a checked engine (every 8th instruction also in RTL) over that of the model alone
/// and an eighth of the RTL's: 1 when checking costs its share and no more.
void report_check(unsigned runs, double seconds, const core::CubeConfig& config,
                  testbench::BufferSet& buffers) {
  constexpr unsigned kEvery = 8;
  const CubeInstruction i = tile(CubeType::fp16);
  testbench::Random random(1);
  testbench::fill_operands(random, i, Data::normal, buffers);
  const auto time_of = [&](core::CubeUnit& unit) {
    uint64_t offered = 0;
    return 1 / rate(runs, seconds, [&] {
             for (unsigned n = 0; n < kEvery; ++n) {
               offered = unit.execute(i, buffers.view(), offered).accepted + 1;
             }
             return 1.0 * kEvery;
           });
  };
  const auto model = core::make_cube_model(config);
  const auto rtl = core::make_verilated_cube(config);
  const auto checked =
      core::make_checked_cube(core::make_cube_model(config), core::make_verilated_cube(config),
                              config, kEvery, [](const core::CubeMismatch&) { std::abort(); });
  const double share = time_of(*model) + time_of(*rtl) / kEvery;
  report("cube.check8.fp16.cpu_over_share", time_of(*checked) / share, "ratio");
}

#ifdef CUBIST_HAVE_OPENBLAS
/// Multiply-accumulates a CPU second of OpenBLAS in double precision, one thread, 2048^3.
double dgemm_rate(unsigned runs) {
  constexpr int kSize = 2048;
  openblas_set_num_threads(1);
  std::vector<double> a(kSize * kSize, 1.25), b(kSize * kSize, 0.75), c(kSize * kSize);
  return rate(runs, 0.1, [&] {
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, kSize, kSize, kSize, 1.0, a.data(),
                kSize, b.data(), kSize, 0.0, c.data(), kSize);
    return 1.0 * kSize * kSize * kSize;
  });
}
#endif

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Speed of the matrix engine"};
  unsigned runs = 3;
  double seconds = 0.5;
  bool model_only = false, rtl_only = false;
  app.add_option("--runs", runs, "Runs of which the median counts")->capture_default_str();
  app.add_option("--seconds", seconds, "CPU time of one run")->capture_default_str();
  app.add_flag("--model", model_only, "Only the model");
  app.add_flag("--rtl", rtl_only, "Only the RTL");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }

#ifdef CUBIST_HAVE_OPENBLAS
  // OpenBLAS does not know every processor; it reads its choice of kernels when it is loaded.
  if (!rtl_only && !std::getenv("OPENBLAS_CORETYPE")) {
    const std::string set = core::kernels().name;
    setenv("OPENBLAS_CORETYPE",
           set == "avx512" ? "SkylakeX"
           : set == "avx2" ? "Haswell"
                           : "Nehalem",
           1);
    execv("/proc/self/exe", argv);
  }
  if (!rtl_only) std::printf("kernels of OpenBLAS: %s\n", openblas_get_corename());
#endif
  const core::CubeConfig config;
  testbench::BufferSet buffers(config);
  std::printf("instruction set of the model: %s\n", core::kernels().name);

  for (const CubeType type :
       {CubeType::fp16, CubeType::bf16, CubeType::hf32, CubeType::fp32, CubeType::s8}) {
    if (model_only) break;
    const CubeInstruction i = tile(type);
    testbench::Random random(1);
    testbench::fill_operands(random, i, Data::normal, buffers);
    auto model = core::make_cube_model(config);
    auto rtl = core::make_verilated_cube(config);
    model->execute(i, buffers.view(), 0);
    const std::vector<uint8_t> expected = buffers.l0c;
    uint64_t offered = 0;
    bool same = true;
    const double cycles = rate(runs, seconds, [&] {
      std::fill(buffers.l0c.begin(), buffers.l0c.end(), 0xA5);
      const uint64_t before = rtl->rtl_cycles();
      offered = rtl->execute(i, buffers.view(), offered).accepted + 1;
      same = same && buffers.l0c == expected;
      return static_cast<double>(rtl->rtl_cycles() - before);
    });
    if (!same) {
      std::fprintf(stderr, "bench_cube: RTL and model differ for %s\n", testbench::name_of(type));
      return 1;
    }
    const char* name = core::is_int8(type) ? "int8" : testbench::name_of(type);
    report(std::string("cube.rtl.") + name + ".cycles_per_cpu_s", cycles, "cycles/s");
  }
  if (!model_only) report_check(runs, seconds, config, buffers);

  for (const CubeType type :
       {CubeType::fp16, CubeType::bf16, CubeType::hf32, CubeType::fp32, CubeType::s8}) {
    if (rtl_only) break;
    const char* name = core::is_int8(type) ? "int8" : testbench::name_of(type);
    for (const Data data : {Data::normal, Data::relu, Data::outliers, Data::cauchy, Data::gaps}) {
      if (core::is_int8(type) && data != Data::normal) continue;
      const CubeInstruction i = tile(type);
      testbench::Random random(1);
      testbench::fill_operands(random, i, data, buffers);
      auto model = core::make_cube_model(config);
      const double work = uint64_t{1} * i.m * i.k * i.n;
      uint64_t offered = 0;
      const double macs = rate(runs, seconds, [&] {
        offered = model->execute(i, buffers.view(), offered).accepted + 1;
        return work;
      });
      std::string base = std::string("cube.model.") + name;
      if (data != Data::normal) base += std::string(".") + testbench::name_of(data);
      report(base + ".macs_per_cpu_s", macs, "macs/s");
#ifdef CUBIST_HAVE_OPENBLAS
      if (type == CubeType::fp16 && data == Data::normal) {
        report(base + ".vs_dgemm", macs / dgemm_rate(runs), "ratio");
      }
#endif
      if (!core::is_int8(type) && type != CubeType::fp32) {
        const core::KernelCounters& c = core::counters_of(*model);
        report(base + ".fallback_percent",
               c.steps ? 100.0 * static_cast<double>(c.integer_steps) / static_cast<double>(c.steps)
                       : 0,
               "%");
      }
    }
  }
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// bench_chip: how fast the whole chip simulates a matmul on all cube cores, and where the time
// goes.
//
// Each run is a process of its own. With values on, some results are compared with float64 sums.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <random>

#include "runtime/graph/half.h"
#include "runtime/host_transport.h"
#include "systemc/base/error.h"
#include "systemc/chip/in_process.h"
#include "tools/simulator/simulator.h"
#include "tools/validate/child_process.h"
#include "tools/validate/launch.h"
#include "tools/validate/probe.h"
#include "tools/validate/workload.h"

namespace {

using namespace cubist;
using namespace cubist::validate;
using graph::double_to_half;
using graph::half_to_float;

constexpr size_t kSamples = 512;  // Results that are checked.

struct Options {
  std::string chip = "ascend-910b1";
  std::vector<std::string> settings;
  unsigned size = 4096;
  bool timing_only = false, no_attribution = false;
};

struct Measured {
  double cpu_s = 0, us = 0, rss_mb = 0;
  double largest_error = 0;  ///< Largest |ours - exact|, in units of what rounding explains.
  unsigned cores = 0;
  double hertz = 0;
  std::string failure;
};

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// N(0, 1) in FP16, drawn from a table: millions are wanted.
std::vector<uint16_t> normal_halves(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<uint16_t> table(1 << 16), values(count);
  for (uint16_t& entry : table) entry = double_to_half(normal(random));
  for (uint16_t& value : values) value = table[random() & 0xffff];
  return values;
}

/// The largest error of the samples over its bound: half a unit of FP16, and one of FP32 for each
/// of the sums of sixteen products that follow one another.
double check(Device& device, const Workload& w, const std::vector<uint16_t>& a,
             const std::vector<uint16_t>& b, size_t size) {
  std::mt19937 random(7);
  double largest = 0;
  for (size_t i = 0; i < kSamples; ++i) {
    const size_t row = random() % size, column = random() % size;
    double sum = 0, magnitude = 0;
    for (size_t k = 0; k < size; ++k) {
      const double product =
          double{half_to_float(a[row * size + k])} * double{half_to_float(b[k * size + column])};
      sum += product;
      magnitude += std::abs(product);
    }
    uint16_t bits = 0;
    device.debug_read(w.buffers[2].address() + (row * size + column) * 2, &bits, 2);
    const double error = std::abs(double{half_to_float(bits)} - sum);
    const double bound =
        std::abs(sum) * 0x1p-11 + magnitude * 0x1p-24 * double(size) / 16 + 0x1p-24;
    largest = std::max(largest, error / bound);
  }
  return largest;
}

Measured measure(const Options& options, const std::string& timing, bool values) {
  SimulatorOptions simulator_options;
  simulator_options.chip = options.chip;
  simulator_options.settings = options.settings;
  simulator_options.settings.push_back("sim.timing=" + timing);
  simulator_options.settings.push_back(std::string("sim.values=") + (values ? "on" : "off"));
  Simulator simulator(std::move(simulator_options));
  Device device = simulator.open();
  Row row;
  row.kernel = "matmul";
  row.arguments = {{"m", options.size}, {"n", options.size}, {"k", options.size}};
  Measured m;
  m.cores = device.cube_cores();
  m.hertz = simulator.transport().core_hertz();
  Workload w = make_workload(row, m.cores, 1, device);
  std::vector<uint16_t> a, b;
  if (values) {
    const size_t count = size_t{options.size} * options.size;
    a = normal_halves(count, 1);
    b = normal_halves(count, 2);
    device.debug_write(w.buffers[0].address(), a.data(), count * 2);
    device.debug_write(w.buffers[1].address(), b.data(), count * 2);
  }
  Launch launch(simulator, device, w, m.cores);
  KernelProbe probe(simulator.chip().simulation());
  const double cpu = cpu_seconds();
  probe.begin();
  launch.run();
  m.cpu_s = cpu_seconds() - cpu;
  m.us = probe.task_us();
  if (values) m.largest_error = check(device, w, a, b, options.size);
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  m.rss_mb = static_cast<double>(use.ru_maxrss) / 1e3;
  return m;
}

/// measure() in a child. Throws base::UserError with what went wrong there.
Measured run(const Options& options, const std::string& timing, bool values) {
  ChildProcess child([&]() -> std::string {
    Measured m;
    try {
      m = measure(options, timing, values);
    } catch (const std::exception& error) {
      m.failure = error.what();
    }
    return nlohmann::json{m.cpu_s, m.us, m.rss_mb, m.largest_error, m.cores, m.hertz, m.failure}
        .dump();
  });
  const auto json = nlohmann::json::parse(child.collect(), nullptr, false);
  if (StopSignals::stopped()) throw Error(ErrorCode::interrupted, "interrupted");
  if (json.is_discarded()) throw base::UserError("a run ended without a result");
  Measured m;
  m.cpu_s = json[0];
  m.us = json[1];
  m.rss_mb = json[2];
  m.largest_error = json[3];
  m.cores = json[4];
  m.hertz = json[5];
  m.failure = json[6];
  if (!m.failure.empty()) throw base::UserError(m.failure);
  return m;
}

void print(const std::string& name, double value, const char* unit) {
  std::printf("BENCH %s %.6g %s\n", name.c_str(), value, unit);
  std::fflush(stdout);
}

int bench(const Options& options) {
  const StopSignals signals;
  const std::string name =
      "chip.gemm" + std::to_string(options.size) + (options.timing_only ? "_timing_only" : "");
  const Measured whole = run(options, "full", !options.timing_only);
  print(name + ".cpu_s", whole.cpu_s, "s");
  print(name + ".cores", whole.cores, "");
  print(name + ".simulated_us", whole.us, "us");
  print(name + ".cycles", whole.us * whole.hertz / 1e6, "cycles");
  print(name + ".cpu_s_per_simulated_us", whole.cpu_s / whole.us, "s");
  print(name + ".rss_mb", whole.rss_mb, "MB");
  if (!options.timing_only) print(name + ".error_over_bound", whole.largest_error, "");
  if (!options.no_attribution) {
    // What a level adds is what it costs; negative differences are noise.
    const Measured bare = run(options, "none", false), ports = run(options, "fast", false);
    const Measured memory = options.timing_only ? whole : run(options, "full", false);
    print(name + ".cpu_s_harts_and_pipes", bare.cpu_s, "s");
    print(name + ".cpu_s_requests", ports.cpu_s - bare.cpu_s, "s");
    print(name + ".cpu_s_noc_l2_hbm", memory.cpu_s - ports.cpu_s, "s");
    if (!options.timing_only) print(name + ".cpu_s_values", whole.cpu_s - memory.cpu_s, "s");
  }
  if (whole.largest_error > 1) {
    std::fprintf(stderr, "bench_chip: a result is wrong: error %.3g of what rounding explains\n",
                 whole.largest_error);
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "A matmul of N x N x N in FP16 on all cube cores: CPU time, and what it is spent on.",
      "bench_chip"};
  Options o;
  app.add_option("--size", o.size, "N, a multiple of 512")
      ->check(CLI::Range(512, 16384))
      ->capture_default_str();
  app.add_flag("--timing-only", o.timing_only, "Without values");
  app.add_flag("--no-attribution", o.no_attribution, "Only the run itself, not the cheaper levels");
  app.add_option("--chip", o.chip, "Preset or preset file")->capture_default_str();
  app.add_option("--set", o.settings, "Parameter of the chip, path=value; may be repeated")
      ->allow_extra_args(false);
  try {
    app.parse(argc, argv);
    if (o.size % 512 != 0) throw CLI::ValidationError("--size", "must be a multiple of 512");
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "bench_chip: %s; see bench_chip --help\n", error.what());
    return 2;
  }
  try {
    return bench(o);
  } catch (const Error& error) {
    std::fprintf(stderr, "bench_chip: %s\n", error.what());
    return error.code() == ErrorCode::interrupted ? 130 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_chip: error: %s\n", error.what());
    return 2;
  }
}

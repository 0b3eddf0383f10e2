// SPDX-License-Identifier: Apache-2.0
// Speed of the vector unit's model in elements a CPU second: check, values and cycles of whole
// instructions of 255 repeats; medians of several runs, one line "BENCH <name> <value> <unit>"
// each.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "systemc/core/vector/half.h"
#include "systemc/core/vector/vector_fields.h"
#include "systemc/core/vector/vector_timing.h"

using namespace cubist;
using namespace cubist::core;

namespace {

constexpr uint32_t kUb = 192 * 1024, kSrc1 = 0x10100, kDst = 0x20000;
constexpr unsigned kRepeats = 255;

double cpu_seconds() {
  rusage u;
  getrusage(RUSAGE_SELF, &u);
  return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/// N(0,1) numbers of the type, or offsets for a gather; the same in every run.
void fill(std::vector<uint8_t>& ub, const abi::InstructionInfo& info, VectorType type) {
  std::mt19937_64 random(1);
  std::normal_distribution<float> normal;
  const auto put = [&ub](uint32_t at, auto value) { std::memcpy(&ub[at], &value, sizeof value); };
  if (info.form == VectorForm::gather) {
    for (uint32_t at = 0; at < kSrc1; at += 4) {
      put(at, static_cast<uint32_t>(random() % 512 * kBlockBytes));
    }
    return;
  }
  for (uint32_t at = 0; at < kUb; at += std::max(2u, size_of(type))) {
    const float x = normal(random);
    if (type == VectorType::f16) {
      put(at, half_from_float(x));
    } else if (type == VectorType::f32) {
      put(at, x);
    } else if (type == VectorType::bf16) {
      put(at, bfloat_from_float(x));
    } else {
      put(at, static_cast<uint16_t>(random()));
    }
  }
}

VectorInstruction instruction(const abi::InstructionInfo& info, VectorType type) {
  VectorInstruction in;
  in.op = info.op;
  in.src0 = 0;
  in.src1 = kSrc1;
  in.dst = kDst;
  in.select = kDst;
  in.mask0 = in.mask1 = ~uint64_t{0};
  in.scalar = 0x3f003800;  // 0.5 in both formats
  in.merge_src = uint64_t{0x400} << 16 | uint64_t{0x800} << 32 | uint64_t{0xc00} << 48;
  in.merge_len = 0x0400'0400'0400'0400;
  unsigned repeats = kRepeats;
  if (info.form == VectorForm::merge) repeats = 1;
  uint64_t dst_repeat = 8, src_repeat = 8;
  const uint32_t from = std::max(1u, size_of(type));
  const uint32_t to = info.to < 0 ? from : size_of(static_cast<VectorType>(info.to));
  if (info.form == VectorForm::convert) {
    const uint32_t lanes = kRepeatBytes / std::max({from, to, 2u});
    dst_repeat = lanes * to / kBlockBytes;
    src_repeat = lanes * from / kBlockBytes;
  }
  if (info.form == VectorForm::reduce) dst_repeat = 1;
  in.config = repeats | 1ull << 8 | 1ull << 16 | 1ull << 24 | dst_repeat << 32 | src_repeat << 40 |
              8ull << 48 | uint64_t{static_cast<uint8_t>(type)} << 56;
  return in;
}

/// Elements a CPU second, the median over `runs` of `seconds` each.
double speed(const VectorInstruction& in, std::vector<uint8_t>& ub, unsigned runs, double seconds) {
  VectorTiming timing{VectorConfig{}};
  const VectorPlan plan = plan_vector(in);
  const double elements = in.op == kVmrgsort ? static_cast<double>(merged_pairs(in))
                                             : static_cast<double>(plan.repeats * plan.lanes);
  std::vector<double> rates;
  uint64_t cycles = 0;
  for (unsigned r = 0; r < runs; ++r) {
    const double start = cpu_seconds();
    double work = 0, used = 0;
    while (used < seconds) {
      for (unsigned i = 0; i < 16; ++i) {
        if (const VectorError wrong = check_vector(in, ub); wrong.code != 0) {
          std::fprintf(stderr, "bench_vector: %s\n", wrong.text.c_str());
          std::exit(1);
        }
        execute_vector(in, ub);
        cycles += timing.cost(in).cycles;
      }
      work += 16 * elements;
      used = cpu_seconds() - start;
    }
    rates.push_back(work / used);
  }
  if (cycles == 0) std::exit(1);
  std::sort(rates.begin(), rates.end());
  return rates[rates.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Speed of the vector unit's model: lines BENCH vector.<op>.<type>."
      "elements_per_cpu_s <value> elements/s."};
  unsigned runs = 3;
  double seconds = 0.05;
  std::string only;
  app.add_option("--runs", runs, "Runs of which the median is printed")
      ->check(CLI::Range(1u, 1000u))
      ->capture_default_str();
  app.add_option("--seconds", seconds, "CPU seconds of a run")
      ->check(CLI::Range(0.001, 60.0))
      ->capture_default_str();
  app.add_option("--op", only, "Only this operation (vadd ...)");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  bool found = false;
  for (const abi::InstructionInfo& info : abi::kInstructions) {
    if (info.form == VectorForm::none || (!only.empty() && only != info.name)) continue;
    found = true;
    for (unsigned t = 0; t < abi::kElementBytes.size(); ++t) {
      if ((info.types >> t & 1) == 0) continue;
      const auto type = static_cast<VectorType>(t);
      std::vector<uint8_t> ub(kUb);
      fill(ub, info, type);
      const double rate = speed(instruction(info, type), ub, runs, seconds);
      std::printf("BENCH vector.%s.%s.elements_per_cpu_s %.4g elements/s\n",
                  std::string(info.name).c_str(), std::string(abi::kElementNames[t]).c_str(), rate);
      std::fflush(stdout);
    }
  }
  if (!found) {
    std::fprintf(
        stderr,
        "bench_vector: no vector operation '%s'; docs/reference/instructions.md lists them\n",
        only.c_str());
    return 2;
  }
  return 0;
}

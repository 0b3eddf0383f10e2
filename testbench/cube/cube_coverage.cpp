// SPDX-License-Identifier: Apache-2.0
#include "testbench/cube/cube_coverage.h"

#include <cstdio>

#include "systemc/core/cube/cube_layout.h"
#include "systemc/core/cube/cube_timing.h"
#include "testbench/cube/cube_stimulus.h"

namespace cubist::testbench {
namespace {

const char* const kInits[] = {"zero", "accumulate", "bias"};
const char* const kEdges[] = {"m edge", "k edge", "n edge", "m whole", "k whole", "n whole"};
const char* const kFollows[] = {"next at once", "next into the tail", "next when empty"};
const char* const kHazards[] = {"accumulator waits", "accumulator flows"};

std::string cross(core::CubeType type, const char* what) {
  return std::string(name_of(type)) + " x " + what;
}

}  // namespace

CubeCoverage::CubeCoverage(const core::CubeConfig& config) : config_(config) {
  for (unsigned t = 0; t < 8; ++t) {
    const auto type = static_cast<core::CubeType>(t);
    for (const char* bin : kInits) bins_[cross(type, bin)];
    for (const char* bin : kEdges) bins_[cross(type, bin)];
    for (const char* bin : kFollows) bins_[cross(type, bin)];
    for (const char* bin : kHazards) bins_[cross(type, bin)];
  }
}

void CubeCoverage::sample(const core::CubeInstruction& i, uint64_t next_offered,
                          const core::CubeTiming& timing) {
  const auto bin = [&](const char* what) { hit(cross(i.type, what)); };
  bin(kInits[static_cast<unsigned>(i.init)]);
  bin(kEdges[i.m % config_.m ? 0 : 3]);
  bin(kEdges[i.k % core::step_k(i.type) ? 1 : 4]);
  bin(kEdges[i.n % config_.n ? 2 : 5]);
  bin(next_offered == timing.accepted + 1 ? kFollows[0]
      : next_offered < timing.done        ? kFollows[1]
                                          : kFollows[2]);
  const core::CubeWalk w = core::walk_of(i, config_);
  if (w.steps > 1) bin(kHazards[w.rows * w.columns * w.beats < config_.depth + 2 ? 0 : 1]);
}

void CubeCoverage::print(const core::CubeType* only) const {
  size_t met = 0, all = 0;
  const std::string prefix = only ? cross(*only, "") : "";
  for (const auto& [name, hits] : bins_) {
    if (name.rfind(prefix, 0) != 0) continue;
    ++all;
    if (hits)
      ++met;
    else
      std::printf("coverage: not met: %s\n", name.c_str());
  }
  std::printf("coverage: %zu of %zu bins\n", met, all);
}

}  // namespace cubist::testbench

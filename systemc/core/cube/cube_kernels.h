// SPDX-License-Identifier: Apache-2.0
// The values of one instruction, fast. cube_kernels.cpp and cube_kernels_float.cpp are compiled
// once per instruction set; the best set that this host has runs. Every one gives the bits of
// cube_reference.h.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "systemc/core/cube/cube_unit.h"

namespace cubist::core {

/// How the steps of 8 x 16 accumulator blocks of FP16, BF16 and HF32 were computed.
struct KernelCounters {
  uint64_t steps = 0;
  uint64_t flagged_steps = 0;  ///< Double precision, its exactness seen from the inexact flag.
  uint64_t integer_steps = 0;  ///< The rule in integers ("fallback").
};

/// Memory that a kernel keeps between calls. Its functions are not inline, and the kernels use only
/// containers of types of their own: a std::vector<double> grown in a source that is built for
/// AVX-512 could be the code that the linker keeps for the whole program.
class KernelScratch {
 public:
  /// Room for `count` elements, at a multiple of 64 bytes; contents are those of the last call or
  /// 0.
  double* a(size_t count);
  double* b(size_t count);
  float* single(size_t count);
  int16_t* small(size_t count);

 private:
  std::vector<double> a_, b_;
  std::vector<float> single_;
  std::vector<int16_t> small_;
};

struct KernelJob {
  CubeInstruction instruction;
  CubeBuffers buffers;
  KernelScratch* scratch = nullptr;
  KernelCounters* counters = nullptr;
};

/// The kernels of one instruction set.
struct KernelSet {
  const char* name;
  void (*run)(const KernelJob& job);
};

/// The best set for this host.
const KernelSet& kernels();
/// All sets that this host can run, for tests.
std::vector<KernelSet> runnable_kernels();

/// Counters of a unit that make_cube_model made.
const KernelCounters& counters_of(const CubeUnit& model);
/// A model that uses a given set.
std::unique_ptr<CubeUnit> make_cube_model(const CubeConfig& config, const KernelSet& set);
/// A model that uses cube_reference.h only: slow, for tests.
std::unique_ptr<CubeUnit> make_reference_cube(const CubeConfig& config);

}  // namespace cubist::core

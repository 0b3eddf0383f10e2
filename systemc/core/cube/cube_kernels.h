// SPDX-License-Identifier: Apache-2.0
// The values of one instruction, fast. The sources cube_kernel*.cpp are compiled once per
// instruction set, except cube_kernels_select.cpp, which chooses the best set that this host runs.
// Every one gives the bits of cube_reference.h.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "systemc/core/cube/cube_unit.h"

namespace cubist::core {

/// How the steps of 16 x 8 accumulator blocks of FP16, BF16 and HF32 were computed.
struct KernelCounters {
  uint64_t steps = 0;
  uint64_t flagged_steps = 0;  ///< Double precision, its exactness seen from the inexact flag.
  uint64_t integer_steps = 0;  ///< The rule in integers ("fallback").
};

/// Memory that a kernel keeps between calls. Its functions are not inline, and the kernels use no
/// containers: a std::vector<double> grown in a source that is built for AVX-512 could be the code
/// that the linker keeps for the whole program.
class KernelScratch {
 public:
  enum class Room { a, b, a_info, b_info };
  /// At least `bytes`, at a multiple of 64 bytes; what lies there is left from earlier calls.
  void* room(Room which, size_t bytes);

 private:
  std::vector<uint8_t> rooms_[4];
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

// SPDX-License-Identifier: Apache-2.0
// The model answers; every n-th instruction is also run through RTL on copies of its inputs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "systemc/core/cube/cube_unit.h"

namespace cubist::core {

/// The first difference between model and RTL in one instruction.
struct CubeMismatch {
  CubeInstruction instruction;
  uint64_t index = 0;  ///< Instructions executed before this one.
  bool value = false;  ///< A value differs; else only the cycles do.
  unsigned row = 0, column = 0;
  uint32_t model_bits = 0, rtl_bits = 0;
  std::vector<uint32_t> a, b;  ///< Operands of that element as stored, k ascending.
  uint32_t start = 0;          ///< Its accumulator before the instruction.
  CubeTiming model_timing, rtl_timing;

  /// One line for a log.
  std::string text() const;
};

/// Called for every instruction that differs; the run goes on with the model's answer.
using CubeMismatchHandler = std::function<void(const CubeMismatch&)>;

/// `every_n` at least 1. With 1 the RTL sees the same stream as the model, close successors
/// included; otherwise it starts each checked instruction empty, and cycles are compared for that
/// case.
std::unique_ptr<CubeUnit> make_checked_cube(const CubeConfig& config, unsigned every_n,
                                            CubeMismatchHandler on_mismatch);

/// The same for any model and any unit under test, both just reset; for benches and tests.
std::unique_ptr<CubeUnit> make_checked_cube(std::unique_ptr<CubeUnit> model,
                                            std::unique_ptr<CubeUnit> rtl, const CubeConfig& config,
                                            unsigned every_n, CubeMismatchHandler on_mismatch);

}  // namespace cubist::core

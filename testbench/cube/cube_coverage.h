// SPDX-License-Identifier: Apache-2.0
// Functional coverage of an instruction stream: which cases the bench has met.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "systemc/core/cube/cube_unit.h"

namespace cubist::testbench {

class CubeCoverage {
 public:
  explicit CubeCoverage(const core::CubeConfig& config);

  /// `next_offered` is when the instruction after this one is offered.
  void sample(const core::CubeInstruction& instruction, uint64_t next_offered,
              const core::CubeTiming& timing);

  /// One line per bin that was not met, and a summary; of one type, or of all.
  void print(const core::CubeType* only = nullptr) const;

 private:
  void hit(const std::string& bin) { ++bins_.at(bin); }

  core::CubeConfig config_;
  std::map<std::string, uint64_t> bins_;
};

}  // namespace cubist::testbench

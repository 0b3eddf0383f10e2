// SPDX-License-Identifier: Apache-2.0
// Random dot products of every kind of data through model, RTL and oracle: a seed names a stream.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "systemc/core/cube/verilated_cube.h"
#include "tests/cube/cube_oracle.h"
#include "tests/cube/cube_tile.h"

namespace cubist::test {

/// The units under test; they keep their pipelines' state from tile to tile.
struct CubeUnits {
  std::unique_ptr<core::CubeUnit> model = core::make_cube_model({});
  std::unique_ptr<core::VerilatedCube> rtl = core::make_verilated_cube({});
  uint64_t now = 0;
};

/// Runs a tile on model and RTL and compares every element with the oracle. Empty when all agree,
/// else what differs. The model's results are in `tile` afterwards.
std::string compare_with_oracle(CubeUnits& units, CubeTile& tile, CubeOracle& oracle);

class OracleStream {
 public:
  OracleStream(core::CubeType type, uint64_t seed) : type_(type), random_(seed) {}

  /// One instruction of random size, start and kind of data; empty when all agree.
  std::string next();
  uint64_t dots() const { return dots_; }

 private:
  core::CubeType type_;
  testbench::Random random_;
  CubeUnits units_;
  CubeOracle oracle_;
  uint64_t dots_ = 0;
};

}  // namespace cubist::test

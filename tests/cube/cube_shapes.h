// SPDX-License-Identifier: Apache-2.0
// The engine's RTL built with other parameters than the default ones.
#pragma once

#include <memory>
#include <vector>

#include "systemc/core/cube/cube_unit.h"

namespace cubist::test {

struct CubeShape {
  const char* name;
  core::CubeConfig config;
  std::unique_ptr<core::CubeUnit> (*make)();
};

/// Each with RTL of its own.
std::vector<CubeShape> cube_shapes();

}  // namespace cubist::test

// SPDX-License-Identifier: Apache-2.0
#include "Vcube_fast.h"
#include "Vcube_fast___024root.h"
#include "systemc/core/cube/cube_rtl_harness.h"

namespace cubist::core {

std::unique_ptr<CubeRtl> make_fast_cube_rtl() {
  return std::make_unique<CubeRtlHarness<Vcube_fast, NoTracer, 16, 16, 16>>();
}

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
#include "Vcube_traced.h"
#include "Vcube_traced___024root.h"
#include "systemc/core/cube/cube_rtl_harness.h"
#include "systemc/core/cube/cube_vcd_tracer.h"

namespace cubist::core {

std::unique_ptr<CubeRtl> make_traced_cube_rtl() {
  return std::make_unique<CubeRtlHarness<Vcube_traced, CubeVcdTracer<16, 16>, 16, 16, 16>>();
}

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
// The RTL with its assertions on and a monitor on its ports; the unit under test of tb_cube.
#pragma once

#include <memory>
#include <string>

#include "systemc/core/cube/cube_unit.h"
#include "testbench/cube/port_log.h"

namespace cubist::testbench {

class MonitoredCube : public core::CubeUnit {
 public:
  virtual PortLog& log() = 0;
  virtual uint64_t rtl_cycles() const = 0;
  /// Writes Verilator's coverage counters; false when this build has none.
  virtual bool write_coverage(const std::string& path) const = 0;
};

/// The parameters this build of the RTL has.
core::CubeConfig monitored_config();
std::unique_ptr<MonitoredCube> make_monitored_cube();

}  // namespace cubist::testbench

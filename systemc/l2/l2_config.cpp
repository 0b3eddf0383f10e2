// SPDX-License-Identifier: Apache-2.0
#include "systemc/l2/l2_config.h"

#include "systemc/base/error.h"
#include "systemc/base/parameters.h"

namespace cubist::l2 {

void declare_parameters(base::ParameterTable& t) {
  t.declare_int("l2.bytes", "bytes", int64_t{192} << 20, 64 << 10, int64_t{1} << 30,
                "Shared L2 of the die in lines of 512 bytes (910B1: 192 MiB, configuration file)");
  t.declare_int("l2.ways", "", 16, 1, 64, "Lines of a set (assumed)");
  t.declare_real("l2.hertz", "Hz", 1.85e9, 1e6, 1e10, "Clock of slices (assumed the cores' clock)");
  t.declare_int("l2.hit_cycles", "cycles", 50, 1, 1000,
                "Request at the slice to first data (50 in the published performance simulators)");
  t.declare_real("l2.bytes_per_cycle", "bytes", 128, 16, 4096,
                 "Data port of a slice; 32 slices at 1.85 GHz make 7.6 TB/s (910B1: 7 to 8 TB/s "
                 "mixed, profiler table)");
}

L2Config l2_config(const base::ParameterTable& t, unsigned slices) {
  L2Config c;
  c.bytes = static_cast<uint64_t>(t.get_int("l2.bytes"));
  c.ways = static_cast<unsigned>(t.get_int("l2.ways"));
  c.hertz = t.get_real("l2.hertz");
  c.hit_cycles = static_cast<unsigned>(t.get_int("l2.hit_cycles"));
  c.bytes_per_cycle = t.get_real("l2.bytes_per_cycle");
  c.slices = slices;
  const uint64_t unit = uint64_t{512} * slices * c.ways;
  if (c.bytes % unit != 0) {
    throw base::UserError("l2.bytes is " + std::to_string(c.bytes) + ", which is no multiple of " +
                          std::to_string(slices) + " slices (one for each HBM channel) x " +
                          std::to_string(c.ways) + " ways x 512 bytes = " + std::to_string(unit));
  }
  return c;
}

}  // namespace cubist::l2

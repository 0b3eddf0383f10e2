// SPDX-License-Identifier: Apache-2.0
// What the shared L2 is built from.
#pragma once

#include <cstdint>

namespace cubist::base {
class ParameterTable;
}

namespace cubist::l2 {

struct L2Config {
  uint64_t bytes = 0;  ///< Of the whole chip.
  unsigned ways = 16;
  double hertz = 1.85e9;         ///< The slices' clock.
  unsigned hit_cycles = 50;      ///< Request at the slice to first data.
  double bytes_per_cycle = 128;  ///< A slice's data port.
  bool fetch_on_write = false;   ///< A write that misses brings its sectors in first.
  unsigned slices = 24;
  uint64_t turn_rounds = 8192;  ///< Rounds over the slices after which the start turns.
  unsigned memory_cycles = 10;  ///< From a slice to an HBM channel, and back.

  uint64_t sets() const { return bytes / 512 / slices / ways; }
};

/// Declares the parameters "l2.*".
void declare_parameters(base::ParameterTable& table);

/// The configuration that `table` describes. Throws base::UserError when the size does not divide
/// into slices, ways and lines.
L2Config l2_config(const base::ParameterTable& table);

}  // namespace cubist::l2

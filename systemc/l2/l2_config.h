// SPDX-License-Identifier: Apache-2.0
// What the shared L2 is built from.
#pragma once

#include <cstdint>

namespace cubist::base {
class ParameterTable;
}

namespace cubist::l2 {

/// One slice sits in front of each HBM channel.
struct L2Config {
  uint64_t bytes = 0;  ///< Of the whole chip.
  unsigned ways = 16;
  double hertz = 1.85e9;         ///< The slices' clock.
  unsigned hit_cycles = 50;      ///< Request at the slice to first data.
  double bytes_per_cycle = 128;  ///< A slice's data port.
  unsigned slices = 32;          ///< As many as HBM channels.

  uint64_t sets() const { return bytes / 512 / slices / ways; }
};

/// Declares the parameters "l2.*".
void declare_parameters(base::ParameterTable& table);

/// The configuration that `table` describes, for `slices` slices. Throws base::UserError when the
/// size does not divide into them.
L2Config l2_config(const base::ParameterTable& table, unsigned slices);

}  // namespace cubist::l2

// SPDX-License-Identifier: Apache-2.0
// What the shared L2 is built from.
#pragma once

#include <cstdint>

namespace cubist::base {
class ParameterTable;
}

namespace cubist::l2 {

/// Which line of a full set goes: the one used longest ago, the one brought in longest ago, or any.
enum class Replacement : uint8_t { lru, fifo, random };

struct L2Config {
  uint64_t bytes = 0;  ///< Of the whole chip.
  unsigned ways = 16;
  double hertz = 1.85e9;             ///< The slices' clock.
  unsigned hit_cycles = 50;          ///< Request at the slice to first data.
  unsigned miss_cycles = 0;          ///< From there to the request at the channel.
  double bytes_per_cycle = 128;      ///< A slice's data port.
  double write_bytes_per_cycle = 0;  ///< Of a port for writes alone; 0: they share the other.
  double same_line_cycles = 0;       ///< Of the port, for a line that another node is accessing.
  unsigned misses_in_flight = 128;   ///< Reads of the channel that a slice keeps track of.
  unsigned writes_in_flight = 128;   ///< Writes to the channel that wait for it to take them.
  Replacement replacement = Replacement::lru;
  bool write_through = false;   ///< Else written back when a line is driven out.
  bool write_allocate = true;   ///< A write to a line that is not there brings it in.
  bool fetch_on_write = false;  ///< A write that misses brings its sectors in first.
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

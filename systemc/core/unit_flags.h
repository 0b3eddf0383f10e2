// SPDX-License-Identifier: Apache-2.0
// Unit flags: the cube and FIXPIPE hand accumulators over fractal by fractal (16 x 16, 1024 bytes
// of L0C) instead of tile by tile.
//
//   mmad 3      sets the flag of each fractal when its last step has been written
//   mmad 2, 3   writes no fractal whose flag is set before FIXPIPE has read it
//   fixpipe 2, 3   reads no fractal before its flag is set and its result is there
//   fixpipe 3   clears the flag of what it has read
//
// Both know the cycles of their work when they start, so a fractal carries two of them: from when
// on its result is there, and from when on FIXPIPE is done with it.
#pragma once

#include <cstdint>
#include <vector>

#include "systemc/core/cube/cube_unit.h"

namespace cubist::core {

class UnitFlags {
 public:
  static constexpr uint32_t kFractalBytes = 1024;

  explicit UnitFlags(uint32_t l0c_bytes) : fractals_(l0c_bytes / kFractalBytes) {}
  void clear();

  /// One fractal that FIXPIPE reads, in the order in which it does, and what its port carries for
  /// it.
  struct Piece {
    uint32_t fractal;
    uint64_t bytes;
  };

  /// Whether FIXPIPE has taken up all that this mmad would overwrite.
  bool writable(const CubeInstruction& mmad) const;
  /// First cycle at which the mmad may be accepted so that it writes nothing too early.
  uint64_t earliest(const CubeInstruction& mmad, const CubeConfig& config) const;
  /// The mmad has been accepted: its fractals are there one after the other until `timing.done`.
  void finish(const CubeInstruction& mmad, const CubeConfig& config, const CubeTiming& timing);

  /// Whether all these results are there or on their way.
  bool readable(const std::vector<Piece>& pieces) const;
  /// FIXPIPE reads the pieces at its port's width from `earliest` on, or as much later as keeps it
  /// from overtaking the cube. Returns the cycle at which it begins.
  uint64_t drain(const std::vector<Piece>& pieces, uint64_t earliest, double bytes_per_cycle,
                 bool clear);

 private:
  struct Fractal {
    bool set = false;
    uint64_t there = 0;    ///< From this cycle on, while set.
    uint64_t drained = 0;  ///< FIXPIPE has read it by this cycle.
  };
  std::vector<Fractal> fractals_;
};

}  // namespace cubist::core

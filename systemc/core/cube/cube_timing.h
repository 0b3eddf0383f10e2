// SPDX-License-Identifier: Apache-2.0
// The cycles of the engine's sequencer, exactly as rtl/cube/cube_sequencer.sv spends them; the rule
// is written out in docs/cube.md, "Cycles".
#pragma once

#include <array>
#include <cstdint>

#include "systemc/core/cube/cube_unit.h"

namespace cubist::core {

/// How one instruction walks over the array.
struct CubeWalk {
  unsigned rows = 0, columns = 0, steps = 0;  ///< Slots along m and n, accumulation steps along k.
  unsigned beats = 0;                         ///< Cycles of one slot.
};
CubeWalk walk_of(const CubeInstruction& instruction, const CubeConfig& config);

class CubeTimer {
 public:
  explicit CubeTimer(const CubeConfig& config);

  CubeTiming execute(const CubeInstruction& instruction, uint64_t offered,
                     const CubeArbiter* arbiter);
  void reset();

  /// Cycles from the issue of a slot's last beat until its result can be read from L0C.
  unsigned latency() const { return config_.depth + 2; }

 private:
  /// The part of L0C one slot writes: one tile, or two neighbours along m when the array has 32
  /// rows.
  struct Tiles {
    uint32_t first = 0;
    bool two = false;
  };
  struct Slot {
    uint64_t issued = 0;  ///< Cycle of the last beat.
    Tiles tiles;
  };
  static constexpr unsigned kRing = 64;

  Tiles tiles_of(const CubeInstruction& instruction, uint64_t slot_in_step) const;
  uint64_t after_hazards(uint64_t cycle, const Tiles& tiles) const;
  void record(uint64_t issued, const Tiles& tiles);

  CubeConfig config_;
  uint64_t ready_ = 0;  ///< First cycle in which the engine can take an instruction.
  std::array<Slot, kRing> recent_{};
  unsigned count_ = 0;  ///< Valid entries of `recent_`, the latest before `next_`.
  unsigned next_ = 0;
};

}  // namespace cubist::core

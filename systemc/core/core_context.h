// SPDX-License-Identifier: Apache-2.0
// What the units of one core share, and what they ask of the core.
#pragma once

#include <cstdint>

#include "systemc/base/simulation.h"
#include "systemc/base/time.h"
#include "systemc/core/core_config.h"
#include "systemc/core/core_error.h"
#include "systemc/core/flags.h"
#include "systemc/core/local_buffers.h"
#include "systemc/core/observer.h"
#include "systemc/core/units.h"

namespace cubist::memory {
class MemoryPort;
}

namespace cubist::core {

class DirtyLines;
class MemoryClient;
class UnitFlags;

class CoreServices {
 public:
  /// Stops the core with this error. The caller has been cleared when it returns and must do
  /// nothing more.
  virtual void fail(const CoreError& error) = 0;
  /// Sets a flag and wakes who waits for it, or hands a cross-core flag on. False (and the core has
  /// failed) when it was set already, or cannot be; `pc` and `op` are those of the instruction.
  virtual bool set_flag(const Flag& flag, uint64_t pc, uint8_t op) = 0;
  /// Clears the flag, or counts a cross-core flag down; false when it is not set.
  virtual bool take_flag(const Flag& flag) = 0;
  /// M or FIX has set or cleared unit flags: the other may have been held back by them.
  virtual void unit_flags_changed() = 0;
  /// A pipe took an instruction out of its queue.
  virtual void slot_freed(unsigned pipe) = 0;
  /// A pipe has become idle or begun to wait, or the scalar unit has been blocked: see whether
  /// someone waits for the pipes to drain, and whether anything can still happen. May fail the
  /// core.
  virtual void settled() = 0;

 protected:
  ~CoreServices() = default;
};

struct CoreContext {
  base::Simulation& simulation;
  const CoreConfig& config;
  const base::Clock& clock;
  LocalBuffers& buffers;
  FlagTable& flags;
  UnitFlags& unit_flags;
  memory::MemoryPort& memory;
  MemoryClient& client;
  CoreServices& services;
  const EventNames& names;
  const uint64_t& flow;  ///< Register FLOW.
  uint32_t rank_core;
  std::string path;             ///< "chip.core0.aic"
  DirtyLines* dirty = nullptr;  ///< Of all data caches of the chip, where there is a chip.

  /// The cycle we are in. Units act on cycle edges.
  uint64_t cycle() const { return clock.cycle_at(simulation.now()); }
  bool timed() const { return config.timing != Timing::none; }
};

}  // namespace cubist::core

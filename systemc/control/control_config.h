// SPDX-License-Identifier: Apache-2.0
// What the control subsystem is built from.
#pragma once

#include <cstdint>

#include "systemc/base/agenda.h"
#include "systemc/base/time.h"

namespace cubist::base {
class ParameterTable;
}

namespace cubist::control {

struct ControlConfig {
  double hertz = 1e9;               ///< Clock of the control hart.
  uint64_t quantum_cycles = 64;     ///< How far the hart may run ahead in its SRAM.
  uint64_t interrupt_cycles = 100;  ///< From a line's change to the hart; at least the quantum.
  base::Time bus = 0;               ///< A register access over the control bus.
  base::Time core_read = 0;         ///< Reading a register of an AI core.
  base::Time core_done = 0;         ///< From a core's end of block to its bit in CORE_SHARED.
  base::Time bridge_latency = 0;    ///< Host bridge, request to response.
  double bridge_byte_time = 0;      ///< Femtoseconds a byte, each direction.
  unsigned bridge_depth = 128;      ///< Requests in flight over the bridge.
  unsigned sdma_outstanding = 64;   ///< Line requests a channel keeps in flight.
  bool sdma_bypasses_l2 = false;    ///< Its copies and fills bring no lines into L2.
  bool instant = false;             ///< sim.timing=none: memory answers at once.
};

/// Order among the control units' wake-ups of one instant: the hart sees what devices did before.
enum class Unit : uint32_t { clint, uart, watchdog, sdma, queues, cores, bridge, hart };
constexpr base::Rank rank_of(Unit unit) {
  return base::Rank::of(base::kRankControl, static_cast<uint32_t>(unit));
}

/// Declares the parameters "control.*" and "bridge.*".
void declare_parameters(base::ParameterTable& table);

/// The configuration that `table` describes; reads also sim.quantum_cycles and sim.timing, which
/// the chip declares. Throws base::UserError when the quantum exceeds the interrupts' path.
ControlConfig control_config(const base::ParameterTable& table);

}  // namespace cubist::control

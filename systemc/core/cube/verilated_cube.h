// SPDX-License-Identifier: Apache-2.0
// The RTL of rtl/cube behind the CubeUnit interface.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "systemc/base/wave.h"
#include "systemc/core/cube/cube_rtl.h"
#include "systemc/core/cube/cube_unit.h"

namespace cubist::core {

/// Runs every instruction on Verilated RTL. The clock turns only while an instruction is in work; a
/// call simulates its whole instruction at once. The following instruction may enter while the tail
/// of this one is still in the pipeline: the engine then goes back to the cycle of this one's last
/// beat, which it has saved, so that every cycle is the one the hardware would have.
class VerilatedCube : public CubeUnit {
 public:
  /// Shows the engine's signals under `scope` for the cycles first..last (absolute; a cycle lasts
  /// `period`, its rising edge is at cycle * period). Uses a second, slower build from the next
  /// instruction that finds the engine empty until the window is over. The sink must outlive the
  /// engine or the end of the window, whichever is first.
  virtual void trace_to(base::WaveSink& sink, std::string scope, base::Time period,
                        uint64_t first_cycle, uint64_t last_cycle,
                        CubeWaveDetail detail = CubeWaveDetail::all) = 0;

  /// Hands the last cycles to the sink: the tail of an instruction is shown when it is known
  /// whether another one follows it closely. Call at the end of a run; the destructor does it too.
  virtual void finish_trace() = 0;

  /// Clock cycles that the RTL has simulated.
  virtual uint64_t rtl_cycles() const = 0;
};

/// Throws base::UserError when the configuration is not the array that was built (the message
/// names the parameters); rtl/cube can be built with others.
std::unique_ptr<VerilatedCube> make_verilated_cube(const CubeConfig& config);

}  // namespace cubist::core

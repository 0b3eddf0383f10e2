// SPDX-License-Identifier: Apache-2.0
// One Verilated build of the engine; cube_rtl_harness.h implements it for each build. Internal to
// this folder and its tests.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "systemc/base/wave.h"
#include "systemc/core/cube/cube_unit.h"

namespace cubist::core {

/// How much of the engine a waveform shows.
enum class CubeWaveDetail : uint8_t {
  ports,  ///< The signals of the interface.
  all,    ///< Every signal, operand, result and inner arrays included.
};

class CubeRtl {
 public:
  virtual ~CubeRtl() = default;
  virtual CubeTiming execute(const CubeInstruction& instruction, const CubeBuffers& buffers,
                             uint64_t offered, const CubeArbiter* arbiter) = 0;
  virtual void reset() = 0;
  /// First cycle in which nothing of the past is left in the pipeline.
  virtual uint64_t empty_from() const = 0;
  virtual uint64_t cycles() const = 0;

  /// Only for a build that can trace.
  virtual void trace_to(base::WaveSink& sink, std::string scope, base::Time period,
                        uint64_t first_cycle, uint64_t last_cycle, CubeWaveDetail detail) = 0;
  virtual void finish_trace() = 0;
};

/// The builds of the default shape.
std::unique_ptr<CubeRtl> make_fast_cube_rtl();
std::unique_ptr<CubeRtl> make_traced_cube_rtl();

}  // namespace cubist::core

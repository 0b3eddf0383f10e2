// SPDX-License-Identifier: Apache-2.0
// Which of the engine's signals a waveform shows: all, those of the interface, or chosen rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "systemc/base/wave.h"
#include "systemc/core/cube/cube_rtl.h"

namespace cubist::testbench {

struct WaveScope {
  core::CubeWaveDetail detail = core::CubeWaveDetail::all;
  bool rows = false;  ///< Only rows first..last of arrays that have rows.
  unsigned first = 0, last = 0;
};

/// Parses "all", "ports" or "rows:0-3" ("rows:5" for one); false when it is none of them.
bool parse_wave_scope(const std::string& text, WaveScope& scope);

/// Passes on what belongs to the chosen rows: arrays that have a row of A or C in one dimension are
/// cut down to these, every other signal stays.
class RowFilterSink final : public base::WaveSink {
 public:
  RowFilterSink(base::WaveSink& to, const WaveScope& scope) : to_(to), scope_(scope) {}

  base::WaveHandle declare(std::string_view scope, std::string_view name, unsigned bits,
                           base::WaveKind kind) override;
  void change(base::WaveHandle handle, base::Time time, std::string_view value) override;

 private:
  bool shown(std::string_view name) const;

  static constexpr base::WaveHandle kHidden = ~base::WaveHandle{0};
  base::WaveSink& to_;
  WaveScope scope_;
  std::vector<base::WaveHandle> handles_;
};

}  // namespace cubist::testbench

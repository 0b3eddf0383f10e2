// SPDX-License-Identifier: Apache-2.0
// The waveform's front door: everyone who has signals or transactions to show writes through this.
#pragma once

#include <cstdint>
#include <string_view>

#include "systemc/base/time.h"

namespace cubist::base {

using WaveHandle = uint32_t;

enum class WaveKind : uint8_t {
  bits,  ///< A vector of 0, 1, x and z, most significant bit first.
  text,  ///< A string lane: an empty string means nothing is going on.
};

/// A waveform being written. Declarations may come at any time before the first change of the same
/// name. Changes may be handed in ahead of simulated time and in any order between handles, but not
/// before the time up to which the writer has been told to flush: such a change is counted as
/// dropped, and a dropped change fails a run.
class WaveSink {
 public:
  virtual ~WaveSink() = default;

  /// `scope` is a dotted path ("chip.core0.aic.cube"), `bits` the width (ignored for text).
  virtual WaveHandle declare(std::string_view scope, std::string_view name, unsigned bits,
                             WaveKind kind) = 0;
  /// `value`: exactly `bits` characters of 01xz, or the text.
  virtual void change(WaveHandle handle, Time time, std::string_view value) = 0;
};

}  // namespace cubist::base

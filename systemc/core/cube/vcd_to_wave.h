// SPDX-License-Identifier: Apache-2.0
// Reads the VCD text that a Verilated model's tracer writes, as it is written, and hands it to a
// wave sink: the only way from Verilator's tracing interface to one writer for the whole chip.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "systemc/base/wave.h"

namespace cubist::core {

/// A flat vector of the RTL that is shown element by element, the first one at bit 0.
struct FlatArray {
  std::string_view name;  ///< Without the indices that the text may put behind it.
  unsigned bits;          ///< Of an element.
  unsigned columns;       ///< name[e / columns][e % columns]; 0: name[e].
};

class VcdToWave {
 public:
  /// Time stamp 2c of the text is the rising edge of cycle c, 2c + 1 the falling edge.
  VcdToWave(base::WaveSink& sink, std::string scope, base::Time period,
            std::vector<FlatArray> arrays = {})
      : sink_(sink), scope_{std::move(scope)}, period_(period), arrays_(std::move(arrays)) {}

  /// Any piece of the text, lines cut anywhere.
  void feed(const char* text, size_t length);

  /// Signals declared so far.
  size_t signals() const { return signals_.size(); }

 private:
  struct Signal {
    unsigned bits;                          ///< Of an element.
    std::vector<base::WaveHandle> handles;  ///< Of each element.
    std::string last;                       ///< Only of several elements.
  };

  void line(std::string_view text);
  void declaration(std::string_view text);
  void declare(const std::string& code, const std::string& name, unsigned bits);
  void change(std::string_view code, std::string_view value);
  void change(Signal& signal, std::string_view value);

  base::WaveSink& sink_;
  std::vector<std::string> scope_;
  base::Time period_;
  std::vector<FlatArray> arrays_;
  base::Time now_ = 0;
  std::string rest_;  ///< A line whose end has not come yet.
  /// Several names may share a code.
  std::unordered_map<std::string, std::vector<Signal>> signals_;
  std::string code_, padded_;
};

}  // namespace cubist::core

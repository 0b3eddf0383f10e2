// SPDX-License-Identifier: Apache-2.0
// Writes a GTKWave save file: which signals of a waveform to show, how, and where to look first.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "systemc/base/time.h"
#include "systemc/observe/fst_writer.h"

namespace cubist::observe {

enum class Radix : uint8_t { hexadecimal, decimal, signed_decimal, binary, text };

/// One row of the wave pane. A signal of several bits is named as the FST file shows it; give its
/// width so that the range can be added ("chip.cube.a_data" with 256 bits -> a_data[255:0]).
struct GtkwSignal {
  std::string path;   ///< Dotted, as declared: scope and name.
  unsigned bits = 0;  ///< Width; 0 for a text lane.
  Radix radix = Radix::hexadecimal;
  std::string alias;  ///< What to show instead of the name; empty: the name.
};

struct GtkwGroup {
  std::string title;
  std::vector<GtkwSignal> signals;
  bool closed = false;  ///< Shown folded.
};

struct GtkwMarker {
  char letter;  ///< 'A' to 'Z'; '\0' is the primary marker.
  base::Time time;
};

struct GtkwView {
  std::vector<GtkwGroup> groups;
  std::vector<GtkwMarker> markers;
  base::Time from = 0;  ///< First time shown.
  base::Time to = 0;    ///< Last time shown, in a wave pane 1000 pixels wide; 0: one microsecond.
};

/// A view of everything in a waveform: one group per scope, transactions (scopes with text lanes)
/// first and open, scopes of signals after them. A group of more than `open_up_to` signals is
/// folded.
GtkwView view_of(const std::vector<DeclaredSignal>& signals, size_t open_up_to = 24);

/// Writes `view` beside the waveform. The dump file is named relative to the save file's folder, so
/// that both can be moved together. Throws base::UserError if the file cannot be written.
void write_gtkw(const std::string& gtkw_path, const std::string& wave_path, const GtkwView& view);

}  // namespace cubist::observe

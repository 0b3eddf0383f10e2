// SPDX-License-Identifier: Apache-2.0
// An independent check of a command trace against the JEDEC rules.
//
// It shares no timing logic with the model: where the model keeps earliest times, this compares
// each command with every earlier one that can still matter, pair by pair, and keeps the state of
// each bank. Slow and plain on purpose.
#pragma once

#include <string>
#include <vector>

#include "systemc/hbm/command.h"
#include "systemc/hbm/dram_timing.h"

namespace cubist::hbm {

/// One broken rule.
struct Violation {
  size_t command = 0;  ///< Position in the trace, in order of time.
  std::string rule;    ///< "tRCDRD", "row bus", "closed bank", ...
  std::string text;    ///< One line: both commands, the interval found and the one required.
};

/// How a trace was to be refreshed.
struct RefreshExpectation {
  bool per_bank = false;
  unsigned postponed = 0;  ///< Rounds of tREFI that may be owed.
  Tick end = 0;            ///< End of the trace.
};

/// All violations of a channel's trace, at most `most`. The commands may come in any order.
std::vector<Violation> check_trace(const DramTiming& timing, std::vector<IssuedCommand> trace,
                                   size_t most = 20);

/// Whether every pseudo-channel (or each of its banks) was refreshed often enough: after k
/// intervals at least k - postponed - 1 times.
std::vector<Violation> check_refresh(const DramTiming& timing,
                                     const std::vector<IssuedCommand>& trace,
                                     const RefreshExpectation& expected);

}  // namespace cubist::hbm

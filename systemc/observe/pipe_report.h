// SPDX-License-Identifier: Apache-2.0
// The pipe statistics as parts of a report.
#pragma once

#include <string_view>

#include "systemc/observe/pipe_statistics.h"
#include "systemc/observe/report_document.h"

namespace cubist::observe {

/// Shares of busy, each stall reason, and idle, for every kind of track whose name begins with
/// `prefix` ("chip.core" for the pipes of the cores).
StackedBars pipe_bars(const PipeStatistics& statistics, std::string_view prefix = "");

/// The same as a table, with instruction counts and busy time.
Table pipe_table(const PipeStatistics& statistics, std::string_view prefix = "");

/// What each command cost on the pipes: the `most` commands with the longest busy time, in order of
/// command number, one column per kind of track (busy microseconds, summed over the kind's tracks).
Table command_table(const PipeStatistics& statistics, size_t most = 30,
                    std::string_view prefix = "");

}  // namespace cubist::observe

// SPDX-License-Identifier: Apache-2.0
// Prints the numbers that units count, as a tree for people and as JSON for machines.
#pragma once

#include <string>
#include <vector>

#include "systemc/base/simulation.h"

namespace cubist::observe {

/// An indented tree, one part of the path a level, in order of path with numbers counted as numbers
/// (core2 before core10). Values that are zero are left out unless `with_zeros`.
std::string statistics_tree(const std::vector<base::Statistic>& statistics,
                            bool with_zeros = false);

/// {"chip": {"core0": {"mte2": {"bytes": {"value": 4096, "unit": "bytes"}}}}}; all values.
std::string statistics_json(const std::vector<base::Statistic>& statistics);

}  // namespace cubist::observe

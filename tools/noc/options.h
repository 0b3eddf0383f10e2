// SPDX-License-Identifier: Apache-2.0
// The command line of cubist-noc.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "systemc/noc/study.h"

namespace cubist::tool {

struct NocOptions {
  noc::StudyConfig study;
  std::vector<double> loads;  ///< One, or the points of a sweep.
  bool sweep = false;
  std::string csv;  ///< File, "-" for standard output, empty for none.
};

/// Reads the command line. Nothing when the program has to end with `exit_code`: help was printed,
/// or an error of one line.
std::optional<NocOptions> parse_noc_options(int argc, char** argv, int& exit_code);

/// The names that the command line uses.
const char* name_of(noc::Pattern pattern);
const char* name_of(noc::Model model);

}  // namespace cubist::tool

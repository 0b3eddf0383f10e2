// SPDX-License-Identifier: Apache-2.0
// What happened on the chip before the measured run: the state of the L2 decides what a kernel
// costs, so it is stated, in steps separated by commas.
//
//   cold         nothing: the L2 is empty
//   host_copied  the host has copied the inputs, in the order of the kernel's arguments, through
//   the
//                L2, where their last part still lies, not yet written back
//   host_clean   likewise, but written back
//   filled       likewise, by real fills of the SDMA engine: slow, to check the two above
//   warm:N       N earlier runs of the same kernel
#pragma once

#include <string>
#include <vector>

namespace cubist::validate {

enum class Preparation { host_copied, host_clean, filled, warm };

struct Precondition {
  struct Step {
    Preparation what;
    unsigned count = 0;  ///< Of warm.
  };
  std::vector<Step> steps;  ///< Empty: cold.
  std::string text;
};

/// Throws base::UserError for a step that is none of the above.
Precondition parse_precondition(const std::string& text);

}  // namespace cubist::validate

// SPDX-License-Identifier: Apache-2.0
// Is a submission entry one that the firmware can run?
#pragma once

#include "abi/cubist_abi.h"

namespace cubist::firmware {

struct ChipSize {
  unsigned aics = 0, aivs = 0;
};

/// CUBIST_ERROR_OK, BAD_ENTRY or BAD_KERNEL.
cubist_error check_entry(const cubist_submission& entry, const ChipSize& chip);

}  // namespace cubist::firmware

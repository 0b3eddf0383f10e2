// SPDX-License-Identifier: Apache-2.0
// Is a submission entry one that the firmware can run?
#pragma once

#include "abi/cubist_abi.h"
#include "abi/kernel_abi.h"

namespace cubist::firmware {

struct ChipSize {
  unsigned aics = 0, aivs = 0;
};

/// AIVs that stand beside each AIC: AIV v is one of AIC v / aivs_of_cluster().
inline unsigned aivs_of_cluster(const ChipSize& chip) {
  return chip.aics == 0 ? 0 : (chip.aivs + chip.aics - 1) / chip.aics;
}
/// The AICs of `aics` whose first `needed` AIVs are all in `aivs`; bitmaps.
uint64_t clusters(const ChipSize& chip, uint64_t aics, uint64_t aivs, uint32_t needed);

/// CUBIST_ERROR_OK, BAD_ENTRY, BAD_KERNEL or NOT_RESIDENT.
cubist_error check_entry(const cubist_submission& entry, const ChipSize& chip);

}  // namespace cubist::firmware

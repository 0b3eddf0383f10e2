// SPDX-License-Identifier: Apache-2.0
// What a core that has stopped shows besides code, place and address: error bits by group of units,
// and where each unit was.
#pragma once

#include <array>
#include <cstdint>

#include "systemc/core/core_error.h"

namespace cubist::core {

struct ErrorReport {
  std::array<uint64_t, 6> bits{};  ///< Registers ERROR_BITS0 to ERROR_BITS5.
  uint64_t pc_start = 0, pc_current = 0;
  uint64_t vec = 0, mte = 0, ifu = 0, ccu = 0, cube = 0, biu = 0;  ///< Registers INFO_...
};

/// Of a request to GM that came back without success: BUS, or ECC for what memory could not
/// correct.
CoreError failed_request(uint64_t address, bool uncorrectable);
/// The bit of firmware/abi/abi.toml, `error_bits`, that says what the error is.
unsigned error_bit_of(const CoreError& error);
void set_error_bit(ErrorReport& report, unsigned number);

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
// An instruction in a pipe's queue, with everything it needs as of the moment it was pushed.
#pragma once

#include <array>
#include <cstdint>

#include "abi/core_isa.h"

namespace cubist::core {

struct QueueEntry {
  const abi::InstructionInfo* info = nullptr;
  uint64_t dst = 0, src = 0, config = 0;  ///< Values of rd, rs1, rs2.
  std::array<uint64_t, 5> csrs{};         ///< In the order of info->csrs.
  uint64_t pc = 0;
  uint64_t earliest = 0;  ///< Cycle from which the pipe sees it.

  uint64_t csr(uint16_t number) const {
    for (size_t i = 0; i < info->csrs.size(); ++i) {
      if (info->csrs[i] == number) return csrs[i];
    }
    return 0;
  }
};

}  // namespace cubist::core

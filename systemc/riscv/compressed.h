// SPDX-License-Identifier: Apache-2.0
// The C extension: each compressed instruction has one 32-bit equivalent.
#pragma once

#include <cstdint>

namespace cubist::riscv {

/// The 32-bit instruction that `half` stands for on RV64 without F and D, or 0 when `half` is
/// illegal or reserved. Hints expand to what they are: writes to x0.
uint32_t expand_compressed(uint16_t half);

}  // namespace cubist::riscv

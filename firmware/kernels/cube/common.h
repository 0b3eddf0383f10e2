// SPDX-License-Identifier: Apache-2.0
// Small things the AIC kernels share.
#pragma once

#include <stdint.h>

#include "abi/kernel_args.h"
#include "kernel_base.h"

namespace cubist::kernel::cube {

using kernel::divide_up;
using kernel::fetch_args;
using kernel::larger;
using kernel::round_down;
using kernel::round_up;
using kernel::Share;
using kernel::smaller;

inline constexpr uint32_t kL1 = CUBIST_REGION_L1_BASE, kL0A = CUBIST_REGION_L0A_BASE,
                          kL0B = CUBIST_REGION_L0B_BASE, kL0C = CUBIST_REGION_L0C_BASE,
                          kBt = CUBIST_REGION_BT_BASE;
inline constexpr uint32_t kFractal = 512;  ///< Bytes of a 16 x 16 FP16 fractal.
inline constexpr uint32_t kBlock = 32;     ///< Bytes of one row of a fractal: 16 FP16 elements.

/// Ends the block with error TRAP and a CUBIST_TRAP_ code.
inline void fail(uint64_t code) {
  s::trap(code);
}

/// A configuration CSR that is written only when its value changes.
template <void (*Write)(uint64_t)>
class CachedCsr {
 public:
  void set(uint64_t value) {
    if (known_ && value == value_) return;
    known_ = true;
    value_ = value;
    Write(value);
  }

 private:
  uint64_t value_ = 0;
  bool known_ = false;
};

}  // namespace cubist::kernel::cube

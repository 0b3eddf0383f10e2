// SPDX-License-Identifier: Apache-2.0
// Small things the AIC kernels share.
#pragma once

#include <stdint.h>

#include "abi/kernel_args.h"
#include "cubist_kernel.h"

namespace cubist::kernel::cube {

inline constexpr uint32_t kL1 = CUBIST_REGION_L1_BASE, kL0A = CUBIST_REGION_L0A_BASE,
                          kL0B = CUBIST_REGION_L0B_BASE, kL0C = CUBIST_REGION_L0C_BASE,
                          kBt = CUBIST_REGION_BT_BASE;
inline constexpr uint32_t kFractal = 512;  ///< Bytes of a 16 x 16 FP16 fractal.
inline constexpr uint32_t kBlock = 32;     ///< Bytes of one row of a fractal: 16 FP16 elements.

constexpr uint64_t divide_up(uint64_t value, uint64_t by) {
  return (value + by - 1) / by;
}
constexpr uint64_t round_up(uint64_t value, uint64_t to) {
  return divide_up(value, to) * to;
}
constexpr uint64_t round_down(uint64_t value, uint64_t to) {
  return value / to * to;
}
constexpr uint64_t smaller(uint64_t a, uint64_t b) {
  return a < b ? a : b;
}
constexpr uint64_t larger(uint64_t a, uint64_t b) {
  return a < b ? b : a;
}

/// The launch block, read from GM once: each access there costs the scalar unit a round trip.
template <typename Args>
inline Args fetch_args(const Args* args) {
  Args copy;
  const auto* from = reinterpret_cast<const volatile uint64_t*>(args);
  auto* to = reinterpret_cast<volatile uint64_t*>(&copy);
  for (unsigned i = 0; i < sizeof(Args) / 8; ++i) to[i] = from[i];
  return copy;
}

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

/// The contiguous share of `total` work items that belongs to this block.
struct Share {
  uint64_t begin, end;
  explicit Share(uint64_t total)
      : begin(total * block_idx() / block_num()), end(total * (block_idx() + 1) / block_num()) {}
};

}  // namespace cubist::kernel::cube

// SPDX-License-Identifier: Apache-2.0
// What kernels of AIC and AIV share: arithmetic of sizes, the launch block, a block's share of
// work.
#pragma once

#include "cubist_kernel.h"

namespace cubist::kernel {

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

/// The launch block, brought to the scalar unit's own memory word by word: each access to GM costs
/// a round trip, so it is read once.
template <class Args>
inline Args fetch_args(const Args* args) {
  Args copy;
  const auto* from = reinterpret_cast<const volatile uint64_t*>(args);
  auto* to = reinterpret_cast<volatile uint64_t*>(&copy);
  for (unsigned i = 0; i < sizeof(Args) / 8; ++i) to[i] = from[i];
  return copy;
}

/// The contiguous share of `total` work items that belongs to this block.
struct Share {
  uint64_t begin, end;
  explicit Share(uint64_t total)
      : begin(total * block_idx() / block_num()), end(total * (block_idx() + 1) / block_num()) {}
};

}  // namespace cubist::kernel

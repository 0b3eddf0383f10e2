// SPDX-License-Identifier: Apache-2.0
// Meaning of the M extension as pure functions. Division never traps: by zero the quotient is all
// ones and the remainder the dividend; the one overflow gives the dividend and zero.
#pragma once

#include <cstdint>
#include <limits>

#include "systemc/riscv/alu.h"

namespace cubist::riscv::muldiv {

__extension__ typedef __int128 Wide;
__extension__ typedef unsigned __int128 UnsignedWide;

constexpr uint64_t mul(uint64_t a, uint64_t b) {
  return a * b;
}
constexpr uint64_t mulh(uint64_t a, uint64_t b) {
  const Wide product = Wide{static_cast<int64_t>(a)} * static_cast<int64_t>(b);
  return static_cast<uint64_t>(product >> 64);
}
constexpr uint64_t mulhu(uint64_t a, uint64_t b) {
  return static_cast<uint64_t>((UnsignedWide{a} * b) >> 64);
}
constexpr uint64_t mulhsu(uint64_t a, uint64_t b) {
  // a is b's unsigned high product less 2^64 * b when a is negative.
  return mulhu(a, b) - (static_cast<int64_t>(a) < 0 ? b : 0);
}
constexpr uint64_t mulw(uint64_t a, uint64_t b) {
  return alu::word(a * b);
}

/// Quotient and remainder of the signed types of 32 and 64 bits.
template <typename T>
constexpr T quotient(T a, T b) {
  if (b == 0) return -1;
  if (a == std::numeric_limits<T>::min() && b == -1) return a;
  return a / b;
}
template <typename T>
constexpr T remainder(T a, T b) {
  if (b == 0) return a;
  if (b == -1) return 0;
  return a % b;
}

constexpr uint64_t div(uint64_t a, uint64_t b) {
  return static_cast<uint64_t>(quotient(static_cast<int64_t>(a), static_cast<int64_t>(b)));
}
constexpr uint64_t divu(uint64_t a, uint64_t b) {
  return b == 0 ? ~uint64_t{0} : a / b;
}
constexpr uint64_t rem(uint64_t a, uint64_t b) {
  return static_cast<uint64_t>(remainder(static_cast<int64_t>(a), static_cast<int64_t>(b)));
}
constexpr uint64_t remu(uint64_t a, uint64_t b) {
  return b == 0 ? a : a % b;
}
constexpr uint64_t divw(uint64_t a, uint64_t b) {
  return static_cast<uint64_t>(int64_t{quotient(static_cast<int32_t>(a), static_cast<int32_t>(b))});
}
constexpr uint64_t divuw(uint64_t a, uint64_t b) {
  const auto x = static_cast<uint32_t>(a), y = static_cast<uint32_t>(b);
  return y == 0 ? ~uint64_t{0} : alu::word(x / y);
}
constexpr uint64_t remw(uint64_t a, uint64_t b) {
  return static_cast<uint64_t>(
      int64_t{remainder(static_cast<int32_t>(a), static_cast<int32_t>(b))});
}
constexpr uint64_t remuw(uint64_t a, uint64_t b) {
  const auto x = static_cast<uint32_t>(a), y = static_cast<uint32_t>(b);
  return alu::word(y == 0 ? x : x % y);
}

}  // namespace cubist::riscv::muldiv

// SPDX-License-Identifier: Apache-2.0
// Meaning of the atomic read-modify-write instructions: the new memory value from the old one and
// the register operand. T is the signed type of the access, int32_t or int64_t.
#pragma once

#include <cstdint>
#include <type_traits>

namespace cubist::riscv::amo {

template <typename T>
using Unsigned = std::make_unsigned_t<T>;

template <typename T>
constexpr T swap(T, T operand) {
  return operand;
}
template <typename T>
constexpr T add(T old, T operand) {
  return static_cast<T>(static_cast<Unsigned<T>>(old) + static_cast<Unsigned<T>>(operand));
}
template <typename T>
constexpr T bit_xor(T old, T operand) {
  return old ^ operand;
}
template <typename T>
constexpr T bit_and(T old, T operand) {
  return old & operand;
}
template <typename T>
constexpr T bit_or(T old, T operand) {
  return old | operand;
}
template <typename T>
constexpr T min(T old, T operand) {
  return old < operand ? old : operand;
}
template <typename T>
constexpr T max(T old, T operand) {
  return old > operand ? old : operand;
}
template <typename T>
constexpr T minu(T old, T operand) {
  return static_cast<Unsigned<T>>(old) < static_cast<Unsigned<T>>(operand) ? old : operand;
}
template <typename T>
constexpr T maxu(T old, T operand) {
  return static_cast<Unsigned<T>>(old) > static_cast<Unsigned<T>>(operand) ? old : operand;
}

}  // namespace cubist::riscv::amo

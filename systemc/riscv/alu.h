// SPDX-License-Identifier: Apache-2.0
// Meaning of the integer instructions as pure functions of two 64-bit operands. The names are those
// in the last column of instructions.def.
#pragma once

#include <cstdint>

namespace cubist::riscv::alu {

/// The lowest 32 bits, sign-extended: the result form of every "w" instruction.
constexpr uint64_t word(uint64_t value) {
  return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(value)));
}

constexpr uint64_t add(uint64_t a, uint64_t b) {
  return a + b;
}
constexpr uint64_t sub(uint64_t a, uint64_t b) {
  return a - b;
}
constexpr uint64_t slt(uint64_t a, uint64_t b) {
  return static_cast<int64_t>(a) < static_cast<int64_t>(b) ? 1 : 0;
}
constexpr uint64_t sltu(uint64_t a, uint64_t b) {
  return a < b ? 1 : 0;
}
constexpr uint64_t bit_xor(uint64_t a, uint64_t b) {
  return a ^ b;
}
constexpr uint64_t bit_or(uint64_t a, uint64_t b) {
  return a | b;
}
constexpr uint64_t bit_and(uint64_t a, uint64_t b) {
  return a & b;
}
constexpr uint64_t sll(uint64_t a, uint64_t b) {
  return a << (b & 63);
}
constexpr uint64_t srl(uint64_t a, uint64_t b) {
  return a >> (b & 63);
}
constexpr uint64_t sra(uint64_t a, uint64_t b) {
  return static_cast<uint64_t>(static_cast<int64_t>(a) >> (b & 63));
}
constexpr uint64_t addw(uint64_t a, uint64_t b) {
  return word(a + b);
}
constexpr uint64_t subw(uint64_t a, uint64_t b) {
  return word(a - b);
}
constexpr uint64_t sllw(uint64_t a, uint64_t b) {
  return word(a << (b & 31));
}
constexpr uint64_t srlw(uint64_t a, uint64_t b) {
  return word(static_cast<uint32_t>(a) >> (b & 31));
}
constexpr uint64_t sraw(uint64_t a, uint64_t b) {
  return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(a) >> (b & 31)));
}

// Conditions of the branches.
constexpr bool eq(uint64_t a, uint64_t b) {
  return a == b;
}
constexpr bool ne(uint64_t a, uint64_t b) {
  return a != b;
}
constexpr bool lt(uint64_t a, uint64_t b) {
  return static_cast<int64_t>(a) < static_cast<int64_t>(b);
}
constexpr bool ge(uint64_t a, uint64_t b) {
  return !lt(a, b);
}
constexpr bool ltu(uint64_t a, uint64_t b) {
  return a < b;
}
constexpr bool geu(uint64_t a, uint64_t b) {
  return a >= b;
}

}  // namespace cubist::riscv::alu

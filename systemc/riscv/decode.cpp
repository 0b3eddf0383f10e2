// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <vector>

#include "systemc/riscv/compressed.h"
#include "systemc/riscv/isa.h"

namespace cubist::riscv {
namespace {

constexpr InstructionInfo kTable[] = {
#define INSTRUCTION(id, name, mask, match, format, klass, semantics) \
  {name, mask, match, Format::format, Class::klass},
#include "systemc/riscv/instructions.def"
#undef INSTRUCTION
};
static_assert(sizeof(kTable) / sizeof(kTable[0]) == kInstructionCount);

/// Rows sorted by major opcode (bits 6:2), so that decoding looks at a handful of them.
struct Buckets {
  std::array<std::vector<uint8_t>, 32> rows;
  Buckets() {
    for (unsigned i = 0; i < kInstructionCount; ++i) {
      rows[kTable[i].match >> 2 & 31].push_back(static_cast<uint8_t>(i));
    }
  }
};

Op find(uint32_t word) {
  static const Buckets buckets;
  if (is_compressed(word)) return Op::illegal;
  for (const uint8_t row : buckets.rows[word >> 2 & 31]) {
    if ((word & kTable[row].mask) == kTable[row].match) return static_cast<Op>(row);
  }
  return Op::illegal;
}

constexpr int32_t sign_extend(uint32_t value, unsigned width) {
  return static_cast<int32_t>(value << (32 - width)) >> (32 - width);
}

int32_t immediate(Format format, uint32_t w) {
  switch (format) {
    case Format::i:
    case Format::load:
      return static_cast<int32_t>(w) >> 20;
    case Format::shift:
      return static_cast<int32_t>(w >> 20 & 63);
    case Format::s:
      return (static_cast<int32_t>(w) >> 25) * 32 + static_cast<int32_t>(w >> 7 & 31);
    case Format::b:
      return sign_extend(
          (w >> 31) << 12 | (w >> 7 & 1) << 11 | (w >> 25 & 63) << 5 | (w >> 8 & 15) << 1, 13);
    case Format::u:
      return static_cast<int32_t>(w & 0xfffff000);
    case Format::j:
      return sign_extend(
          (w >> 31) << 20 | (w & 0xff000) | (w >> 20 & 1) << 11 | (w >> 21 & 0x3ff) << 1, 21);
    case Format::csr:
    case Format::csri:
      return static_cast<int32_t>(w >> 20);
    case Format::fence:
      return static_cast<int32_t>(w >> 20 & 0xff);
    default:
      return 0;
  }
}

}  // namespace

const InstructionInfo& info(Op op) {
  return kTable[static_cast<unsigned>(op)];
}

Decoded decode(uint32_t raw) {
  Decoded d;
  const bool compressed = is_compressed(raw);
  d.raw = compressed ? (raw & 0xffff) : raw;
  d.length = compressed ? 1 : 2;
  const uint32_t word = compressed ? expand_compressed(static_cast<uint16_t>(raw)) : raw;
  d.op = find(word);
  if (d.op == Op::illegal) return d;
  const uint8_t rd = word >> 7 & 31;
  d.rd = rd == 0 ? kSink : rd;
  d.rs1 = word >> 15 & 31;
  d.rs2 = word >> 20 & 31;
  d.imm = immediate(info(d.op).format, word);
  return d;
}

}  // namespace cubist::riscv

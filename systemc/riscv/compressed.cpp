// SPDX-License-Identifier: Apache-2.0
#include "systemc/riscv/compressed.h"

namespace cubist::riscv {
namespace {

constexpr uint32_t kIllegal = 0;

/// Bits [high:low] of the instruction, moved down to bit 0.
constexpr uint32_t bits(uint32_t half, unsigned high, unsigned low) {
  return (half >> low) & ((1u << (high - low + 1)) - 1);
}

constexpr uint32_t sign_extend(uint32_t value, unsigned width) {
  const uint32_t sign = 1u << (width - 1);
  return (value ^ sign) - sign;
}

// Encoders of the 32-bit formats.
constexpr uint32_t i_type(uint32_t match, uint32_t rd, uint32_t rs1, uint32_t imm) {
  return match | rd << 7 | rs1 << 15 | (imm & 0xfff) << 20;
}
constexpr uint32_t r_type(uint32_t match, uint32_t rd, uint32_t rs1, uint32_t rs2) {
  return match | rd << 7 | rs1 << 15 | rs2 << 20;
}
constexpr uint32_t s_type(uint32_t match, uint32_t rs1, uint32_t rs2, uint32_t imm) {
  return match | (imm & 0x1f) << 7 | rs1 << 15 | rs2 << 20 | (imm >> 5 & 0x7f) << 25;
}
constexpr uint32_t b_type(uint32_t match, uint32_t rs1, uint32_t rs2, uint32_t imm) {
  return match | (imm >> 11 & 1) << 7 | (imm >> 1 & 0xf) << 8 | rs1 << 15 | rs2 << 20 |
         (imm >> 5 & 0x3f) << 25 | (imm >> 12 & 1) << 31;
}
constexpr uint32_t j_type(uint32_t rd, uint32_t imm) {
  return 0x6f | rd << 7 | (imm & 0xff000) | (imm >> 11 & 1) << 20 | (imm >> 1 & 0x3ff) << 21 |
         (imm >> 20 & 1) << 31;
}

constexpr uint32_t kAddi = 0x13, kAddiw = 0x1b, kLui = 0x37, kLw = 0x2003, kLd = 0x3003;
constexpr uint32_t kSw = 0x2023, kSd = 0x3023, kSlli = 0x1013, kSrli = 0x5013, kSrai = 0x40005013;
constexpr uint32_t kAndi = 0x7013, kAdd = 0x33, kSub = 0x40000033, kXor = 0x4033, kOr = 0x6033;
constexpr uint32_t kAnd = 0x7033, kAddw = 0x3b, kSubw = 0x4000003b, kBeq = 0x63, kBne = 0x1063;
constexpr uint32_t kJalr = 0x67, kEbreak = 0x00100073;

constexpr uint32_t short_register(uint32_t field) {
  return field + 8;
}

// The 6-bit immediate and 6-bit shift amount of the CI format.
constexpr uint32_t ci_imm(uint32_t h) {
  return bits(h, 12, 12) << 5 | bits(h, 6, 2);
}

// Offsets of word and double-word accesses in the CL and CS formats.
constexpr uint32_t word_offset(uint32_t h) {
  return bits(h, 12, 10) << 3 | bits(h, 6, 6) << 2 | bits(h, 5, 5) << 6;
}
constexpr uint32_t double_offset(uint32_t h) {
  return bits(h, 12, 10) << 3 | bits(h, 6, 5) << 6;
}

uint32_t quadrant0(uint32_t h) {
  const uint32_t low = short_register(bits(h, 4, 2));   // rd' or rs2'
  const uint32_t base = short_register(bits(h, 9, 7));  // rs1'
  switch (bits(h, 15, 13)) {
    case 0: {  // c.addi4spn
      const uint32_t imm =
          bits(h, 12, 11) << 4 | bits(h, 10, 7) << 6 | bits(h, 6, 6) << 2 | bits(h, 5, 5) << 3;
      return imm == 0 ? kIllegal : i_type(kAddi, low, 2, imm);
    }
    case 2:
      return i_type(kLw, low, base, word_offset(h));
    case 3:
      return i_type(kLd, low, base, double_offset(h));
    case 6:
      return s_type(kSw, base, low, word_offset(h));
    case 7:
      return s_type(kSd, base, low, double_offset(h));
    default:
      return kIllegal;  // floating point, reserved
  }
}

uint32_t misc_alu(uint32_t h) {
  const uint32_t rd = short_register(bits(h, 9, 7));
  const uint32_t rs2 = short_register(bits(h, 4, 2));
  switch (bits(h, 11, 10)) {
    case 0:
      return i_type(kSrli, rd, rd, ci_imm(h));
    case 1:
      return i_type(kSrai, rd, rd, ci_imm(h));
    case 2:
      return i_type(kAndi, rd, rd, sign_extend(ci_imm(h), 6));
    default:
      break;
  }
  switch (bits(h, 12, 12) << 2 | bits(h, 6, 5)) {
    case 0:
      return r_type(kSub, rd, rd, rs2);
    case 1:
      return r_type(kXor, rd, rd, rs2);
    case 2:
      return r_type(kOr, rd, rd, rs2);
    case 3:
      return r_type(kAnd, rd, rd, rs2);
    case 4:
      return r_type(kSubw, rd, rd, rs2);
    case 5:
      return r_type(kAddw, rd, rd, rs2);
    default:
      return kIllegal;
  }
}

uint32_t quadrant1(uint32_t h) {
  const uint32_t rd = bits(h, 11, 7);
  const uint32_t imm = sign_extend(ci_imm(h), 6);
  switch (bits(h, 15, 13)) {
    case 0:
      return i_type(kAddi, rd, rd, imm);  // c.addi, c.nop
    case 1:
      return rd == 0 ? kIllegal : i_type(kAddiw, rd, rd, imm);
    case 2:
      return i_type(kAddi, rd, 0, imm);  // c.li
    case 3: {
      if (rd == 2) {  // c.addi16sp
        const uint32_t offset =
            sign_extend(bits(h, 12, 12) << 9 | bits(h, 6, 6) << 4 | bits(h, 5, 5) << 6 |
                            bits(h, 4, 3) << 7 | bits(h, 2, 2) << 5,
                        10);
        return offset == 0 ? kIllegal : i_type(kAddi, 2, 2, offset);
      }
      return imm == 0 ? kIllegal : (kLui | rd << 7 | imm << 12);  // c.lui
    }
    case 4:
      return misc_alu(h);
    case 5: {  // c.j
      const uint32_t offset = sign_extend(
          bits(h, 12, 12) << 11 | bits(h, 11, 11) << 4 | bits(h, 10, 9) << 8 | bits(h, 8, 8) << 10 |
              bits(h, 7, 7) << 6 | bits(h, 6, 6) << 7 | bits(h, 5, 3) << 1 | bits(h, 2, 2) << 5,
          12);
      return j_type(0, offset);
    }
    default: {  // c.beqz, c.bnez
      const uint32_t offset =
          sign_extend(bits(h, 12, 12) << 8 | bits(h, 11, 10) << 3 | bits(h, 6, 5) << 6 |
                          bits(h, 4, 3) << 1 | bits(h, 2, 2) << 5,
                      9);
      const uint32_t match = bits(h, 15, 13) == 6 ? kBeq : kBne;
      return b_type(match, short_register(bits(h, 9, 7)), 0, offset);
    }
  }
}

uint32_t quadrant2(uint32_t h) {
  const uint32_t rd = bits(h, 11, 7);
  const uint32_t rs2 = bits(h, 6, 2);
  switch (bits(h, 15, 13)) {
    case 0:
      return i_type(kSlli, rd, rd, ci_imm(h));
    case 2: {  // c.lwsp
      const uint32_t offset = bits(h, 12, 12) << 5 | bits(h, 6, 4) << 2 | bits(h, 3, 2) << 6;
      return rd == 0 ? kIllegal : i_type(kLw, rd, 2, offset);
    }
    case 3: {  // c.ldsp
      const uint32_t offset = bits(h, 12, 12) << 5 | bits(h, 6, 5) << 3 | bits(h, 4, 2) << 6;
      return rd == 0 ? kIllegal : i_type(kLd, rd, 2, offset);
    }
    case 4:
      if (bits(h, 12, 12) == 0) {
        if (rs2 != 0) return r_type(kAdd, rd, 0, rs2);        // c.mv
        return rd == 0 ? kIllegal : i_type(kJalr, 0, rd, 0);  // c.jr
      }
      if (rs2 != 0) return r_type(kAdd, rd, rd, rs2);      // c.add
      return rd == 0 ? kEbreak : i_type(kJalr, 1, rd, 0);  // c.ebreak, c.jalr
    case 6:
      return s_type(kSw, 2, rs2, bits(h, 12, 9) << 2 | bits(h, 8, 7) << 6);  // c.swsp
    case 7:
      return s_type(kSd, 2, rs2, bits(h, 12, 10) << 3 | bits(h, 9, 7) << 6);  // c.sdsp
    default:
      return kIllegal;
  }
}

}  // namespace

uint32_t expand_compressed(uint16_t half) {
  switch (half & 3) {
    case 0:
      return quadrant0(half);
    case 1:
      return quadrant1(half);
    case 2:
      return quadrant2(half);
    default:
      return kIllegal;
  }
}

}  // namespace cubist::riscv

// SPDX-License-Identifier: Apache-2.0
// Instructions as data: identifiers, operand formats, the predecoded form.
#pragma once

#include <cstdint>
#include <string>

namespace cubist::riscv {

/// Every instruction of instructions.def, then the states of a predecoded slot that are none.
enum class Op : uint8_t {
#define INSTRUCTION(id, name, mask, match, format, klass, semantics) id,
#include "systemc/riscv/instructions.def"
#undef INSTRUCTION
  illegal,      ///< Decoded: no such instruction.
  undecoded,    ///< Not looked at yet.
  page_end,     ///< The slot behind a page: execution goes on in the next one.
  intercepted,  ///< A breakpoint or an execute trigger sits here.
};

/// Where the operands are in the word, and how they print.
enum class Format : uint8_t {
  r,
  i,
  shift,
  load,
  s,
  b,
  u,
  j,
  amo,
  lr,
  csr,
  csri,
  fence,
  none,
  custom
};

enum class Class : uint8_t {
  upper,
  jump,
  branch,
  load,
  store,
  alu_imm,
  alu_reg,
  multiply,
  divide,
  load_reserved,
  store_conditional,
  amo_word,
  amo_double,
  system,
  csr,
  custom
};

/// One row of the table.
struct InstructionInfo {
  const char* mnemonic;
  uint32_t mask;
  uint32_t match;
  Format format;
  Class klass;
};

/// Number of real instructions; Op values below this index the table.
inline constexpr unsigned kInstructionCount = static_cast<unsigned>(Op::illegal);

/// The row of a real instruction (`op` below Op::illegal).
const InstructionInfo& info(Op op);

/// Destination index used instead of x0, so that executing need not test for it.
inline constexpr uint8_t kSink = 32;

/// A predecoded instruction: 16 bytes for every 2 bytes of code.
struct Decoded {
  int32_t imm = 0;   ///< Sign-extended immediate, shift amount, CSR number or CSR's uimm.
  uint32_t raw = 0;  ///< As fetched: 16 bits zero-extended for a compressed instruction.
  Op op = Op::undecoded;
  uint8_t rd = kSink;  ///< 1..31, or kSink for x0.
  uint8_t rs1 = 0;
  uint8_t rs2 = 0;
  uint8_t length = 2;  ///< In 2-byte slots: 1 or 2.
  uint8_t unused[3] = {};
};
static_assert(sizeof(Decoded) == 16);

/// Whether a word whose lowest 16 bits are `low` is a compressed (2-byte) instruction.
constexpr bool is_compressed(uint32_t low) {
  return (low & 3) != 3;
}

/// Decodes a fetched word. Never fails: what is no instruction becomes Op::illegal.
Decoded decode(uint32_t raw);

/// ABI name of x0..x31 ("zero", "ra", "sp", ...).
const char* register_name(unsigned index);

/// One line of assembly, such as "addi a0, a0, 1" or "beq a0, a1, 0x80000010". `pc` is the address
/// of the instruction, for printing the targets of branches. What is no instruction prints as
/// ".half" or ".word".
std::string disassemble(uint32_t raw, uint64_t pc);

}  // namespace cubist::riscv

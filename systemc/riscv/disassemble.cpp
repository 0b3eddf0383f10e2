// SPDX-License-Identifier: Apache-2.0
// Names of registers, CSRs and causes, and the one-line disassembler.
#include <cstdio>

#include "systemc/riscv/csr.h"
#include "systemc/riscv/isa.h"
#include "systemc/riscv/trap.h"

namespace cubist::riscv {
namespace {

std::string hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

std::string csr_text(uint16_t number) {
  const char* name = csr::name(number);
  return name != nullptr ? name : hex(number);
}

std::string fence_set(unsigned bits) {
  std::string text;
  for (unsigned i = 0; i < 4; ++i) {
    if ((bits >> (3 - i) & 1) != 0) text += "iorw"[i];
  }
  return text.empty() ? "0" : text;
}

std::string operands(const Decoded& d, const InstructionInfo& row, uint64_t pc) {
  const std::string rd = register_name(d.rd == kSink ? 0 : d.rd);
  const std::string rs1 = register_name(d.rs1);
  const std::string rs2 = register_name(d.rs2);
  const std::string imm = std::to_string(d.imm);
  const uint64_t target = pc + static_cast<uint64_t>(int64_t{d.imm});
  switch (row.format) {
    case Format::r:
      return rd + ", " + rs1 + ", " + rs2;
    case Format::i:
    case Format::shift:
      return rd + ", " + rs1 + ", " + imm;
    case Format::load:
      return rd + ", " + imm + "(" + rs1 + ")";
    case Format::s:
      return rs2 + ", " + imm + "(" + rs1 + ")";
    case Format::b:
      return rs1 + ", " + rs2 + ", " + hex(target);
    case Format::u:
      return rd + ", " + hex(static_cast<uint32_t>(d.imm) >> 12);
    case Format::j:
      return rd + ", " + hex(target);
    case Format::amo:
      return rd + ", " + rs2 + ", (" + rs1 + ")";
    case Format::lr:
      return rd + ", (" + rs1 + ")";
    case Format::csr:
      return rd + ", " + csr_text(static_cast<uint16_t>(d.imm)) + ", " + rs1;
    case Format::csri:
      return rd + ", " + csr_text(static_cast<uint16_t>(d.imm)) + ", " + std::to_string(d.rs1);
    case Format::fence:
      return fence_set(static_cast<unsigned>(d.imm) >> 4) + ", " +
             fence_set(static_cast<unsigned>(d.imm) & 15);
    case Format::custom:
      return std::to_string(d.raw >> 12 & 7) + ", " + rd + ", " + rs1 + ", " + rs2 + ", " +
             hex(d.raw >> 25);
    case Format::none:
      return "";
  }
  return "";
}

/// Ordering bits of the atomics, which their mnemonics show.
std::string ordering(const Decoded& d, const InstructionInfo& row) {
  if (row.format != Format::amo && row.format != Format::lr) return "";
  switch (d.raw >> 25 & 3) {
    case 1:
      return ".rl";
    case 2:
      return ".aq";
    case 3:
      return ".aqrl";
    default:
      return "";
  }
}

}  // namespace

const char* register_name(unsigned index) {
  static constexpr const char* kNames[32] = {"zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
                                             "s0",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                             "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
                                             "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
  return index < 32 ? kNames[index] : "?";
}

std::string disassemble(uint32_t raw, uint64_t pc) {
  const Decoded d = decode(raw);
  if (d.op == Op::illegal) return (d.length == 1 ? ".half " : ".word ") + hex(d.raw);
  const InstructionInfo& row = info(d.op);
  const std::string text = operands(d, row, pc);
  return row.mnemonic + ordering(d, row) + (text.empty() ? "" : " " + text);
}

const char* cause_name(uint64_t cause) {
  const uint64_t code = cause & ~(uint64_t{1} << 63);
  if (cause >> 63 != 0) {
    switch (code) {
      case kSoftwareInterrupt:
        return "machine software interrupt";
      case kTimerInterrupt:
        return "machine timer interrupt";
      case kExternalInterrupt:
        return "machine external interrupt";
      default:
        return code >= kFirstPlatformInterrupt ? "platform interrupt" : "reserved interrupt";
    }
  }
  switch (code) {
    case 0:
      return "instruction address misaligned";
    case 1:
      return "instruction access fault";
    case 2:
      return "illegal instruction";
    case 3:
      return "breakpoint";
    case 4:
      return "load address misaligned";
    case 5:
      return "load access fault";
    case 6:
      return "store address misaligned";
    case 7:
      return "store access fault";
    case 8:
      return "environment call from U mode";
    case 11:
      return "environment call from M mode";
    default:
      return "reserved exception";
  }
}

namespace csr {

const char* name(uint16_t number) {
  static constexpr const char* kPmpaddr[16] = {"pmpaddr0",  "pmpaddr1",  "pmpaddr2",  "pmpaddr3",
                                               "pmpaddr4",  "pmpaddr5",  "pmpaddr6",  "pmpaddr7",
                                               "pmpaddr8",  "pmpaddr9",  "pmpaddr10", "pmpaddr11",
                                               "pmpaddr12", "pmpaddr13", "pmpaddr14", "pmpaddr15"};
  if (number >= kPmpaddr0 && number < kPmpaddr0 + 16) return kPmpaddr[number - kPmpaddr0];
  switch (number) {
    case kCycle:
      return "cycle";
    case kTime:
      return "time";
    case kInstret:
      return "instret";
    case kMvendorid:
      return "mvendorid";
    case kMarchid:
      return "marchid";
    case kMimpid:
      return "mimpid";
    case kMhartid:
      return "mhartid";
    case kMconfigptr:
      return "mconfigptr";
    case kMstatus:
      return "mstatus";
    case kMisa:
      return "misa";
    case kMie:
      return "mie";
    case kMtvec:
      return "mtvec";
    case kMcounteren:
      return "mcounteren";
    case kMenvcfg:
      return "menvcfg";
    case kMcountinhibit:
      return "mcountinhibit";
    case kMscratch:
      return "mscratch";
    case kMepc:
      return "mepc";
    case kMcause:
      return "mcause";
    case kMtval:
      return "mtval";
    case kMip:
      return "mip";
    case kPmpcfg0:
      return "pmpcfg0";
    case kPmpcfg0 + 2:
      return "pmpcfg2";
    case kMcycle:
      return "mcycle";
    case kMinstret:
      return "minstret";
    case kTselect:
      return "tselect";
    case kTdata1:
      return "tdata1";
    case kTdata2:
      return "tdata2";
    case kTdata3:
      return "tdata3";
    case kTinfo:
      return "tinfo";
    default:
      return nullptr;
  }
}

}  // namespace csr
}  // namespace cubist::riscv

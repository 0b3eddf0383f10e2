# SPDX-License-Identifier: Apache-2.0
"""core_isa.h: tables of instructions, CSRs, regions and errors for the model and the tools."""
from .c_header import NOTICE
from .source import number

PRELUDE = r'''
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "abi/core_config.h"

namespace cubist::abi {

/// RISC-V major opcode of the core instructions (custom-0), R4 format: rs3[31:27] funct2[26:25]
/// rs2[24:20] rs1[19:15] funct3[14:12] rd[11:7]. funct3 is the pipe; funct2 * 32 + rs3 the operation.
inline constexpr uint32_t kCoreOpcode = 0x0b;

/// One field of a configuration word or CSR.
struct FieldInfo {
  std::string_view name;
  uint8_t lo = 0, bits = 0;
  uint64_t min = 0, max = 0;  ///< Legal values, both included.
  std::string_view doc;

  constexpr uint64_t of(uint64_t word) const {
    return word >> lo & (bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1);
  }
};

/// Shape of a vector instruction's operands; `none` for the instructions of other pipes.
enum class Form : uint8_t {
  none,
  binary,
  unary,
  scalar,
  fill,
  reduce,
  group,
  pair,
  expand,
  convert,
  compare,
  compare_scalar,
  select,
  select_scalar,
  gather,
  compress,
  transpose,
  sort,
  merge
};
'''

HELPERS = r'''
/// The instruction of a pipe, or nullptr.
constexpr const InstructionInfo* find_instruction(unsigned pipe, unsigned op) {
  for (const InstructionInfo& info : kInstructions) {
    if (static_cast<unsigned>(info.pipe) == pipe && info.op == op) return &info;
  }
  return nullptr;
}

namespace detail {
constexpr std::array<uint8_t, kPipes * 128> make_index() {
  std::array<uint8_t, kPipes * 128> index{};
  unsigned at = 0;
  for (const InstructionInfo& info : kInstructions) {
    index[static_cast<unsigned>(info.pipe) * 128 + info.op] = static_cast<uint8_t>(++at);
  }
  return index;
}
inline constexpr std::array<uint8_t, kPipes * 128> kIndex = make_index();
}  // namespace detail

/// The instruction with these fields of a custom-0 word, or nullptr when there is none.
constexpr const InstructionInfo* decode(unsigned funct3, unsigned funct2, unsigned rs3) {
  if (funct3 >= kPipes || funct2 > 3 || rs3 > 31) return nullptr;
  const uint8_t at = detail::kIndex[funct3 * 128 + funct2 * 32 + rs3];
  return at == 0 ? nullptr : &kInstructions[at - 1u];
}

/// The same for a whole instruction word; nullptr also when it is not custom-0.
constexpr const InstructionInfo* decode(uint32_t word) {
  if ((word & 0x7f) != kCoreOpcode) return nullptr;
  return decode(word >> 12 & 7, word >> 25 & 3, word >> 27 & 31);
}

/// The instruction word with these register numbers.
constexpr uint32_t encode(const InstructionInfo& info, unsigned rd, unsigned rs1, unsigned rs2) {
  return (info.op & 31u) << 27 | (info.op >> 5u) << 25 | rs2 << 20 | rs1 << 15 |
         static_cast<uint32_t>(info.pipe) << 12 | rd << 7 | kCoreOpcode;
}

/// What check_fields() names when bits outside every field are set.
inline constexpr FieldInfo kReservedBits{"reserved bits", 0, 64, 0, 0, "must be zero"};

/// The first field whose value is out of range, &kReservedBits when a bit outside all fields is
/// set, or nullptr when the word is legal.
constexpr const FieldInfo* check_fields(std::span<const FieldInfo> fields, uint64_t word) {
  uint64_t known = 0;
  for (const FieldInfo& field : fields) {
    const uint64_t value = field.of(word);
    if (value < field.min || value > field.max) return &field;
    known |= (field.bits == 64 ? ~uint64_t{0} : (uint64_t{1} << field.bits) - 1) << field.lo;
  }
  return (word & ~known) != 0 ? &kReservedBits : nullptr;
}

/// check_fields() of an instruction's configuration word; a vector instruction's type must also be
/// one it supports.
constexpr const FieldInfo* check_config(const InstructionInfo& info, uint64_t config) {
  const FieldInfo* wrong = check_fields(info.fields, config);
  if (wrong != nullptr || info.form == Form::none) return wrong;
  for (const FieldInfo& field : info.fields) {
    if (field.name == "type" && (info.types >> field.of(config) & 1) == 0) return &field;
  }
  return nullptr;
}

/// The CSR of that number, or nullptr.
constexpr const CsrInfo* find_csr(unsigned csr_number) {
  for (const CsrInfo& csr : kCsrs) {
    if (csr.number == csr_number) return &csr;
  }
  return nullptr;
}

/// The region that holds an address (die bits 40 to 45 must be cleared), or nullptr.
constexpr const RegionInfo* find_region(uint64_t address) {
  for (const RegionInfo& region : kRegions) {
    if (address >= region.base && address - region.base < region.size) return &region;
  }
  return nullptr;
}

/// True when the region is in a mask of InstructionInfo::dst or src.
constexpr bool in_mask(uint32_t mask, Region region) {
  return (mask >> static_cast<unsigned>(region) & 1) != 0;
}

constexpr const ErrorInfo* find_error(uint64_t code) {
  for (const ErrorInfo& error : kErrors) {
    if (error.code == code) return &error;
  }
  return nullptr;
}

/// By name, upper case, with or without "CUBIST_ERROR_".
constexpr const ErrorInfo* find_error(std::string_view name) {
  constexpr std::string_view prefix = "CUBIST_ERROR_";
  if (name.substr(0, prefix.size()) == prefix) name.remove_prefix(prefix.size());
  for (const ErrorInfo& error : kErrors) {
    if (error.name == name) return &error;
  }
  return nullptr;
}

/// By number or by name, upper case; nullptr when there is no such bit.
constexpr const ErrorBitInfo* find_error_bit(uint64_t bit) {
  for (const ErrorBitInfo& info : kErrorBits) {
    if (info.bit == bit) return &info;
  }
  return nullptr;
}
constexpr const ErrorBitInfo* find_error_bit(std::string_view name) {
  for (const ErrorBitInfo& info : kErrorBits) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

constexpr std::string_view pipe_name(Pipe pipe) {
  return kPipeNames[static_cast<unsigned>(pipe) % kPipes];
}

/// Bytes of an element; 0 for an unknown type.
constexpr unsigned element_bytes(ElementType type) {
  const auto at = static_cast<unsigned>(type);
  return at < kElementBytes.size() ? kElementBytes[at] : 0;
}

/// "MTE2.copy dst=0x40000000 src=0x1000000000 n_burst=1 len_burst=64 ..." with the values of the
/// three registers.
inline std::string disassemble(const InstructionInfo& info, uint64_t dst, uint64_t src,
                               uint64_t config) {
  const auto hex = [](uint64_t value) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    do {
      text.insert(text.begin(), digits[value & 15]);
      value >>= 4;
    } while (value != 0);
    return "0x" + text;
  };
  std::string text = std::string(pipe_name(info.pipe)) + "." + std::string(info.name);
  if (info.dst != 0) text += " dst=" + hex(dst);
  if (info.sources == 1) text += " src=" + hex(src);
  if (info.sources == 2) text += " src0=" + hex(src & 0xffffffffu) + " src1=" + hex(src >> 32);
  for (const FieldInfo& field : info.fields) {
    text += " " + std::string(field.name) + "=";
    const uint64_t value = field.of(config);
    if (field.name == "pipe" && value < kPipes) {
      text += kPipeNames[value];
    } else if (field.name == "type" && info.form != Form::none && value < kElementBytes.size()) {
      text += kElementNames[value];
    } else {
      text += value > 0xffff ? hex(value) : std::to_string(value);
    }
  }
  return text;
}

}  // namespace cubist::abi
'''


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def field_rows(fields):
    return [f"    {{{quote(f['name'])}, {f['lo']}, {f['bits']}, {number(f['min'])}u, {number(f['max'])}u, "
            f"{quote(f['doc'])}}}," for f in fields]


def mask(names, index):
    return " | ".join(f"1u << {index[name]}" for name in names) or "0"


def write(abi):
    out = [NOTICE.rstrip(), "// What the model and the tools know of an AI core's instructions.", PRELUDE.strip(), ""]
    out += ["/// Regions of the address map, in the order of kRegions.", "enum class Region : uint8_t {"]
    out += [f"  {region['name']}," for region in abi["region"]]
    out += ["};", "", "struct RegionInfo {", "  std::string_view name;", "  uint64_t base, size;",
            "  std::string_view doc;", "};",
            f"inline constexpr std::array<RegionInfo, {len(abi['region'])}> kRegions{{{{"]
    out += [f"    {{{quote(r['name'])}, {hex(r['base'])}, {hex(r['size'])}, {quote(r['doc'])}}}," for r in abi["region"]]
    out += ["}};", "", f"inline constexpr std::array<std::string_view, kPipes> kPipeNames{{"
            + ", ".join(quote(p["name"]) for p in abi["pipes"]) + "};"]
    kinds = abi["element_types"]
    out += [f"inline constexpr std::array<std::string_view, {len(kinds)}> kElementNames{{"
            + ", ".join(quote(k["name"]) for k in kinds) + "};",
            f"inline constexpr std::array<uint8_t, {len(kinds)}> kElementBytes{{"
            + ", ".join(str(k["bytes"]) for k in kinds) + "};", ""]
    ids = list(dict.fromkeys(row["id"] for row in abi["expanded"]))
    out += ["/// One name for every instruction; flags and barriers have one for all pipes.",
            "enum class Insn : uint8_t {"]
    out += [f"  {name}," for name in ids]
    out += ["};", "", "/// One instruction of one pipe.", "struct InstructionInfo {",
            "  Insn id;", "  Pipe pipe;", "  uint8_t op;          ///< funct2 * 32 + rs3.",
            "  Form form;           ///< Vector instructions only.",
            "  uint8_t sources;     ///< 0, 1, or 2 when rs1 carries two 32-bit addresses (src0 low).",
            "  uint16_t align;      ///< Of local addresses, in bytes.",
            "  uint32_t dst, src;   ///< Legal regions: bit i for kRegions[i].",
            "  uint32_t types;      ///< Vector instructions: bit i for element type i.",
            "  int8_t to;           ///< Conversions: the destination's element type, else -1.",
            "  std::string_view name, doc;", "  std::span<const FieldInfo> fields;  ///< Of the configuration word.",
            "  std::span<const uint16_t> csrs;     ///< Captured when the instruction is pushed.", "};", "",
            "namespace detail {"]
    groups = {}
    for row in abi["expanded"]:
        key = "vector" if row["form"] != "none" else row["id"]
        if key not in groups and row["fields"]:
            groups[key] = row["fields"]
            out += [f"inline constexpr FieldInfo kFields_{key}[] = {{"] + field_rows(row["fields"]) + ["};"]
    csr_sets = {}
    for row in abi["expanded"]:
        key = "_".join(row["csrs"])
        if key and key not in csr_sets:
            csr_sets[key] = row["csrs"]
            out.append(f"inline constexpr uint16_t kCaptured_{key}[] = {{"
                       + ", ".join(hex(abi["csr_number"][c]) for c in row["csrs"]) + "};")
    for csr in abi["csr"]:
        if "fields" in csr:
            out += [f"inline constexpr FieldInfo kCsrFields_{csr['name']}[] = {{"] + field_rows(csr["fields"]) + ["};"]
    out += ["}  // namespace detail", "",
            f"inline constexpr std::array<InstructionInfo, {len(abi['expanded'])}> kInstructions{{{{"]
    for row in abi["expanded"]:
        key = "vector" if row["form"] != "none" else row["id"]
        fields = f"detail::kFields_{key}" if row["fields"] else "{}"
        csrs = f"detail::kCaptured_{'_'.join(row['csrs'])}" if row["csrs"] else "{}"
        to = abi["type_code"][row["to"]] if row["to"] else -1
        out.append(f"    {{Insn::{row['id']}, Pipe::{row['pipe']}, {row['op']}, Form::{row['form']}, "
                   f"{row['sources']}, {row['align']}, {mask(row['dst'], abi['region_index'])}, "
                   f"{mask(row['src'], abi['region_index'])}, {mask(row['types'], abi['type_code'])}, {to}, "
                   f"{quote(row['name'])}, {quote(row['doc'])}, {fields}, {csrs}}},")
    out += ["}};", "", "/// One CSR of an AI core.", "struct CsrInfo {", "  std::string_view name;",
            "  uint16_t number;", "  bool writable;", "  std::span<const FieldInfo> fields;",
            "  std::string_view doc;", "};", "namespace csr_number {"]
    out += [f"inline constexpr uint16_t {c['name']} = {hex(c['number'])};" for c in abi["csr"]]
    out += ["}  // namespace csr_number",
            f"inline constexpr std::array<CsrInfo, {len(abi['csr'])}> kCsrs{{{{"]
    for csr in abi["csr"]:
        fields = f"detail::kCsrFields_{csr['name']}" if "fields" in csr else "{}"
        writable = "true" if csr["access"] == "rw" else "false"
        out.append(f"    {{{quote(csr['name'])}, {hex(csr['number'])}, {writable}, {fields}, {quote(csr['doc'])}}},")
    out += ["}};", "", "/// Error codes with what to tell a user.", "struct ErrorInfo {", "  uint16_t code;",
            "  std::string_view name, text, hint;", "};", "namespace error_code {"]
    out += [f"inline constexpr uint16_t {e['name']} = {e['code']};" for e in abi["error"]]
    out += ["}  // namespace error_code",
            f"inline constexpr std::array<ErrorInfo, {len(abi['error'])}> kErrors{{{{"]
    out += [f"    {{{e['code']}, {quote(e['name'])}, {quote(e['text'])}, {quote(e.get('hint', ''))}}}," for e in abi["error"]]
    out += ["}};"]
    out += ["", "/// Bits of registers CORE.ERROR_BITS0 (bits 0 to 63) to ERROR_BITS5 (320 to 383).",
            "struct ErrorBitInfo {", "  uint16_t bit;", "  std::string_view group, name, doc;", "};",
            "namespace error_bit {"]
    out += [f"inline constexpr uint16_t {b['name']} = {b['bit']};" for b in abi["error_bits"]]
    out += ["}  // namespace error_bit",
            f"inline constexpr std::array<ErrorBitInfo, {len(abi['error_bits'])}> kErrorBits{{{{"]
    out += [f"    {{{b['bit']}, {quote(b['group'])}, {quote(b['name'])}, {quote(b['doc'])}}}," for b in abi["error_bits"]]
    out += ["}};"]
    return "\n".join(out) + "\n" + HELPERS

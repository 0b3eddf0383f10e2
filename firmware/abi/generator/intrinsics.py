# SPDX-License-Identifier: Apache-2.0
"""cubist_intrinsics.h: one inline function for every instruction, for kernels in C++20."""
from .c_header import NOTICE
from .source import camel

PRELUDE = r'''
// Kernels are freestanding C++20 for rv64imac_zicsr_zifencei. Every function here is one instruction:
// it goes into the queue of its pipe and the call returns at once; flags and barriers order pipes.
// Configuration structs are in core_config.h: mte2::copy(dst, src, {.n_burst = 1, .len_burst = 64}).
#pragma once

#include <stdint.h>

#include "abi/core_config.h"
#include "abi/cubist_abi.h"

#ifdef __clang_analyzer__
#define CUBIST_ENDS_BLOCK __attribute__((analyzer_noreturn))
#else
#define CUBIST_ENDS_BLOCK
#endif

namespace cubist {

using abi::ElementType;
using abi::Pipe;

namespace detail {
#ifdef __riscv
// The three registers of an R4 instruction carry values into the core; none is written. Memory is
// clobbered, so that scalar accesses stay on their side of the instruction.
template <unsigned Funct3, unsigned Op>
[[gnu::always_inline]] inline void issue(uint64_t rd, uint64_t rs1, uint64_t rs2) {
  asm volatile(".insn r4 0x0b, %3, %4, %0, %1, %2, x%5"
               :
               : "r"(rd), "r"(rs1), "r"(rs2), "i"(Funct3), "i"(Op >> 5), "i"(Op & 31)
               : "memory");
}
template <unsigned Number>
[[gnu::always_inline]] inline uint64_t read_csr() {
  uint64_t value;
  asm volatile("csrr %0, %1" : "=r"(value) : "i"(Number));
  return value;
}
template <unsigned Number>
[[gnu::always_inline]] inline void write_csr(uint64_t value) {
  asm volatile("csrw %0, %1" : : "i"(Number), "r"(value) : "memory");
}
#else
// Compiled natively, for unit tests: the test supplies the core.
void native_issue(unsigned pipe, unsigned op, uint64_t rd, uint64_t rs1, uint64_t rs2);
uint64_t native_read_csr(unsigned number);
void native_write_csr(unsigned number, uint64_t value);
const void* native_gm(uint64_t address);
template <unsigned Funct3, unsigned Op>
inline void issue(uint64_t rd, uint64_t rs1, uint64_t rs2) {
  native_issue(Funct3, Op, rd, rs1, rs2);
}
template <unsigned Number>
inline uint64_t read_csr() {
  return native_read_csr(Number);
}
template <unsigned Number>
inline void write_csr(uint64_t value) {
  native_write_csr(Number, value);
}
#endif
[[gnu::always_inline]] inline uint64_t pair(uint32_t low, uint32_t high) {
  return uint64_t{low} | uint64_t{high} << 32;
}
}  // namespace detail

/// An object in GM that the scalar unit reads.
template <typename T>
inline const T& gm(uint64_t address) {
#ifdef __riscv
  return *reinterpret_cast<const T*>(address);
#else
  return *static_cast<const T*>(detail::native_gm(address));
#endif
}

/// Sets flag (From -> To, id) when all earlier instructions of pipe From are done. id 0 to 7.
template <Pipe From, Pipe To>
[[gnu::always_inline]] inline void set_flag(unsigned id) {
  detail::issue<static_cast<unsigned>(From), OP_SET_FLAG>(
      0, 0, static_cast<uint64_t>(To) | static_cast<uint64_t>(id) << 8);
}
/// Holds pipe To until flag (From -> To, id) is set, and clears it.
template <Pipe From, Pipe To>
[[gnu::always_inline]] inline void wait_flag(unsigned id) {
  detail::issue<static_cast<unsigned>(To), OP_WAIT_FLAG>(
      0, 0, static_cast<uint64_t>(From) | static_cast<uint64_t>(id) << 8);
}
/// Sets cross-core flag `id` (0 to 15) when all earlier instructions of pipe P are done. Mode 0: on all
/// AICs, or all AIVs, of the launch, when all of them have set it; 1: on the AIVs of this block,
/// likewise; 2: an AIC on its AIVs; the AIVs of a block on their AIC, when all have set it.
template <Pipe P, unsigned Mode>
[[gnu::always_inline]] inline void set_cross_core(unsigned id) {
  static_assert(P != Pipe::S && Mode <= 2, "S cannot set cross-core flags; modes are 0, 1 and 2");
  detail::issue<static_cast<unsigned>(P), OP_SET_CROSS_CORE>(
      0, 0, uint64_t{Mode} | static_cast<uint64_t>(id) << 8);
}
/// Holds pipe P (S: the scalar unit) until cross-core flag `id` of this core is above zero, and
/// counts it down.
template <Pipe P>
[[gnu::always_inline]] inline void wait_cross_core(unsigned id) {
  detail::issue<static_cast<unsigned>(P), OP_WAIT_CROSS_CORE>(0, 0, static_cast<uint64_t>(id) << 8);
}
/// Later instructions of pipe P start after all earlier ones are complete; barrier<Pipe::S>() makes
/// the scalar unit wait until every pipe has drained.
template <Pipe P>
[[gnu::always_inline]] inline void barrier() {
  detail::issue<static_cast<unsigned>(P), OP_BARRIER>(0, 0, 0);
}
/// The scalar unit waits until every pipe has drained.
[[gnu::always_inline]] inline void drain() { barrier<Pipe::S>(); }
'''


# Nothing behind these runs. Only the analyzer is told: kernels compiled for the host go on.
ENDS_BLOCK = {"end", "trap"}


def core_function(row, pipe_code):
    name, words = row["name"], row["words"]
    kind = camel(name)
    issue = f"detail::issue<{pipe_code}, {row['op']}>"
    has_config = bool(row["fields"])
    single = len(row["fields"]) == 1 and row["fields"][0]["bits"] == 64
    params, dst, src = [], "0", "0"
    if row["dst"]:
        params.append("uint64_t dst")
        dst = "dst"
    if row["sources"] == 1:
        params.append("uint64_t src")
        src = "src"
    if row["sources"] == 2:
        params += ["uint32_t src0", "uint32_t src1"]
        src = "detail::pair(src0, src1)"
    config = "0"
    if single:
        field = row["fields"][0]["name"]
        params.append(f"uint64_t {field}")
        config = field
    elif has_config:
        params.append(f"const abi::{words}::{kind}& config")
        config = "config.pack()"
    ends = " CUBIST_ENDS_BLOCK" if name in ENDS_BLOCK else ""
    return [f"/// {row['doc']}.",
            f"[[gnu::always_inline]] inline{ends} void {name}({', '.join(params)}) {{",
            f"  {issue}({dst}, {src}, {config});", "}"]


def write(abi):
    ops = {row["name"]: row["op"] for row in abi["expanded"] if row["words"] == "any"}
    prelude = PRELUDE
    for name in ("set_flag", "wait_flag", "set_cross_core", "wait_cross_core", "barrier"):
        prelude = prelude.replace(f"OP_{name.upper()}", str(ops[name]))
    out = [NOTICE.rstrip(), "// Intrinsics of the AI core." + prelude]
    groups = {}
    for row in abi["expanded"]:
        if row["words"] != "any":
            groups.setdefault(row["words"], []).append(row)
    for group, rows in groups.items():
        code = abi["pipe_code"][group.upper()]
        out.append(f"namespace {group} {{")
        kinds = [f"using abi::{group}::{camel(row['name'])};" for row in rows
                 if row["form"] == "none" and len(row["fields"]) > 1]
        out += ["using abi::v::Config;"] if group == "v" else kinds
        for row in rows:
            if row["form"] == "none":
                out += core_function(row, code)
                continue
            params = ["uint32_t dst"]
            src = "0"
            if row["sources"] == 1:
                params.append("uint32_t src")
                src = "src"
            elif row["sources"] == 2:
                params += ["uint32_t src0", "uint32_t src1"]
                src = "detail::pair(src0, src1)"
            types = ", ".join(row["types"])
            out += [f"/// {row['doc']} ({row['form']}; {types}).",
                    f"[[gnu::always_inline]] inline void {row['name']}({', '.join(params)}, const Config& config) {{",
                    f"  detail::issue<{code}, {row['op']}>(dst, {src}, config.pack());", "}"]
        out += [f"}}  // namespace {group}", ""]
    out += ["/// CSRs of the core: what runs where, sizes, and configuration that instructions capture.",
            "namespace csr {"]
    for item in abi["csr"]:
        low, num = item["name"].lower(), hex(item["number"])
        out += [f"/// {item['doc']}.",
                f"[[gnu::always_inline]] inline uint64_t {low}() {{ return detail::read_csr<{num}>(); }}"]
        if item["access"] == "rw":
            out.append(f"[[gnu::always_inline]] inline void set_{low}(uint64_t value) {{ detail::write_csr<{num}>(value); }}")
            if "fields" in item:
                out.append(f"[[gnu::always_inline]] inline void set_{low}(const abi::csr::{camel(item['name'])}& fields) {{ "
                           f"detail::write_csr<{num}>(fields.pack()); }}")
    out += ["}  // namespace csr", "",
            "/// Index of this block, and number of blocks of the launch.",
            "[[gnu::always_inline]] inline uint32_t block_idx() { return static_cast<uint32_t>(csr::block_idx()); }",
            "[[gnu::always_inline]] inline uint32_t block_num() { return static_cast<uint32_t>(csr::block_num()); }",
            "/// In a mix kernel on an AIV: which of the block's AIVs this is; and how many the block has.",
            "[[gnu::always_inline]] inline uint32_t sub_block_idx() { return static_cast<uint32_t>(csr::sub_block_idx()); }",
            "[[gnu::always_inline]] inline uint32_t sub_block_num() { return static_cast<uint32_t>(csr::sub_block_num()); }",
            "}  // namespace cubist", ""]
    return "\n".join(out)

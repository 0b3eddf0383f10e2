# SPDX-License-Identifier: Apache-2.0
"""core_config.h: one struct for every configuration word and configuration CSR, with pack() and
unpack(). Freestanding C++20, so that kernels and the model share the very same definition."""
from .c_header import NOTICE
from .source import camel, number


def field_type(bits):
    return next(size for size in (8, 16, 32, 64) if bits <= size)


def word_struct(name, doc, fields):
    out = [f"/// {doc}.", f"struct {name} {{"]
    for field in fields:
        bits = field["bits"]
        value = number(field["min"])
        out.append(f"  uint{field_type(bits)}_t {field['name']} = {value};"
                   f"  ///< {field['doc']} ({bits} bits: {number(field['min'])} to {number(field['max'])}).")
    out.append("  constexpr uint64_t pack() const {")
    if fields:
        terms = []
        for field in fields:
            mask = (1 << field["bits"]) - 1
            term = f"(uint64_t{{{field['name']}}} & {hex(mask)}u)"
            terms.append(f"{term} << {field['lo']}" if field["lo"] else term)
        out.append("    return " + " |\n           ".join(terms) + ";")
    else:
        out.append("    return 0;")
    out.append("  }")
    argument = " word" if fields else ""
    out.append(f"  static constexpr {name} unpack([[maybe_unused]] uint64_t{argument}) {{")
    out.append(f"    {name} fields{{}};")
    for field in fields:
        mask = (1 << field["bits"]) - 1
        kind = f"uint{field_type(field['bits'])}_t"
        out.append(f"    fields.{field['name']} = static_cast<{kind}>(word >> {field['lo']} & {hex(mask)}u);")
    out += ["    return fields;", "  }", "};"]
    return out


def write(abi):
    out = [NOTICE.rstrip(), "// Configuration words of the AI core's instructions and its configuration CSRs.",
           "#pragma once", "", "#include <stdint.h>", "", "namespace cubist::abi {", "",
           "/// Pipes of an AI core: funct3 of its instructions.", "enum class Pipe : uint8_t {"]
    out += [f"  {pipe['name']} = {pipe['code']}," for pipe in abi["pipes"]]
    out += ["};", f"inline constexpr unsigned kPipes = {len(abi['pipes'])};", "",
            "/// Element types of vector instructions and of movers that convert or transpose.",
            "enum class ElementType : uint8_t {"]
    out += [f"  {kind['name']} = {kind['code']}," for kind in abi["element_types"]]
    out += ["};", "", "/// Flags and barriers, which every pipe has.", "namespace any {"]
    seen = set()
    by_group = {}
    for row in abi["expanded"]:
        if row["form"] != "none" or (row["words"], row["name"]) in seen:
            continue
        seen.add((row["words"], row["name"]))
        by_group.setdefault(row["words"], []).append(row)
    for row in by_group.pop("any"):
        out += word_struct(camel(row["name"]), row["doc"], row["fields"])
    out += ["}  // namespace any", ""]
    for group, rows in by_group.items():
        out += [f"namespace {group} {{"]
        for row in rows:
            out += word_struct(camel(row["name"]), row["doc"], row["fields"])
        out += [f"}}  // namespace {group}", ""]
    out += ["namespace v {"]
    out += word_struct("Config", "Configuration word of every vector instruction",
                       abi["vector"]["fields"])
    out += ["}  // namespace v", "", "/// Fields of the configuration CSRs that have any.",
            "namespace csr {"]
    for csr in abi["csr"]:
        if "fields" in csr:
            out += word_struct(camel(csr["name"]), csr["doc"], csr["fields"])
    out += ["}  // namespace csr", "}  // namespace cubist::abi", ""]
    return "\n".join(out)

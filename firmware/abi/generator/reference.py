# SPDX-License-Identifier: Apache-2.0
"""The pages under docs/reference/."""
from .source import number

HEAD = "<!-- Generated from firmware/abi/abi.toml by the target cubist_reference. Do not edit. -->\n\n"


def cell(text):
    return str(text).replace("|", "\\|")


def table(titles, rows):
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def size(value):
    for unit, shift in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if value >> shift and value % (1 << shift) == 0:
            return f"{value >> shift} {unit}"
    return f"{value} B"


def registers(abi):
    out = ["# Address map and registers\n", HEAD,
           "Addresses of one die; bits 40 to 45 of an address are the die number. Registers are 64 bits wide.\n"]
    out.append(table(["Region", "Base", "Size", "What"],
                     [[r["name"], f"`{r['base']:#x}`", size(r["size"]), r["doc"]] for r in abi["region"]]))
    out.append("\n## Limits and constants\n\n")
    out.append(table(["Name", "Value", "What"], [[f"`CUBIST_{c['name']}`", number(c["value"]), c["doc"]]
                                                 for c in abi["constant"]]))
    for block in abi["block"]:
        out.append(f"\n## {block['name']}\n\n{block['doc']}. At `{block['address']:#x}`"
                   + (f", {block['count']} times, {block['stride']:#x} bytes apart" if "stride" in block else "") + ".\n\n")
        out.append(table(["Register", "Offset", "Access", "What"],
                         [[r["name"], f"`{r['offset']:#x}`", r["access"], r["doc"]] for r in block["registers"]]))
    out.append("\n## Interrupt lines\n\n")
    out.append(table(["Line", "Name", "What"], [[i["line"], i["name"], i["doc"]] for i in abi["irq"]]))
    return "".join(out)


def entry_table(fields):
    return table(["Field", "Offset", "Bytes", "What"],
                 [[f["name"], f["offset"], f["bytes"], f["doc"]] for f in fields])


def queues(abi):
    sub = abi["submission"]
    out = ["# Queue entries\n", HEAD,
           f"## Submission entry, {sub['size']} bytes\n\nEvery entry begins with\n\n", entry_table(sub["header"]),
           "\nBits of `flags`\n\n", table(["Bit", "Name", "What"], [[f["bit"], f["name"], f["doc"]] for f in sub["flag"]])]
    for kind in sub["type"]:
        out.append(f"\n### {kind['code']}: {kind['name']}\n\n{kind['doc']}.\n")
        if kind.get("fields"):
            out.append("\n" + entry_table(kind["fields"]))
    out.append(f"\n## Completion entry, {abi['completion']['size']} bytes\n\n" + entry_table(abi["completion"]["fields"]))
    out.append(f"\n## Error record, {abi['error_record']['size']} bytes\n\n" + entry_table(abi["error_record"]["fields"]))
    return "".join(out)


def field_table(fields):
    return table(["Field", "Bits", "Range", "What"],
                 [[f["name"], f"{f['lo'] + f['bits'] - 1}:{f['lo']}", f"{number(f['min'])} to {number(f['max'])}", f["doc"]]
                  for f in fields])


def instructions(abi):
    out = ["# Instructions of an AI core\n", HEAD,
           "RISC-V custom-0 (opcode `0x0b`), R4 format: `rs3[31:27] funct2[26:25] rs2[24:20] rs1[19:15] funct3[14:12] "
           "rd[11:7]`. funct3 is the pipe, funct2 * 32 + rs3 the operation (rs3 is a number here, not a register). The "
           "*values* of rd, rs1 and rs2 are destination address, source address(es) and configuration word; no register "
           "is written. With two sources rs1 carries src0 in its lower and src1 in its upper half.\n\n",
           table(["Pipe", "funct3"], [[p["name"], p["code"]] for p in abi["pipes"]])]
    for item in abi["instruction"]:
        pipe = "every pipe" if item["pipe"] == "*" else item["pipe"]
        out.append(f"\n## {item['name']} ({pipe}, op {item['op']})\n\n{item['doc']}.\n")
        facts = []
        if item.get("dst"):
            facts.append("destination " + " or ".join(item["dst"]))
        if item.get("src"):
            facts.append("source " + (" and " if item.get("sources") == 2 else " or ").join(item["src"]))
        if item.get("align"):
            facts.append(f"local addresses aligned to {item['align']} bytes")
        if item.get("csrs"):
            facts.append("captures " + ", ".join(item["csrs"]))
        if facts:
            text = "; ".join(facts)
            out.append(f"\n{text[0].upper()}{text[1:]}.\n")
        if item["fields"]:
            out.append("\n" + field_table(item["fields"]))
    out.append("\n## Vector instructions (pipe V)\n\nA repeat is 256 bytes, 8 blocks of 32 bytes. Block b of repeat r of an "
               "operand lies at address + r * repeat stride * 32 + b * block stride * 32. The mask (VMASK0, VMASK1) has one "
               "bit an element of a repeat; in counter mode VMASK0 is the number of elements in all and `repeat` is ignored. "
               "The wider type of a conversion fills the repeat. Operands lie in UB, aligned to 32 bytes.\n\n")
    out.append(field_table(abi["vector"]["fields"]) + "\n")
    out.append(table(["Operation", "op", "Form", "Types", "Result"],
                     [[v["name"], v["op"], v["form"], " ".join(v["types"]), v["doc"]] for v in abi["vector"]["operations"]]))
    return "".join(out)


def errors(abi):
    out = ["# Error codes\n", HEAD, table(["Code", "Name", "Meaning", "What to do"],
           [[e["code"], e["name"], e["text"], e.get("hint", "")] for e in abi["error"]])]
    out.append("\n## Error bits\n\nA core that stops sets one of these in its registers `ERROR_BITS0` to `ERROR_BITS5`, 64 "
               "bits for each group of units; the error record carries them.\n\n")
    out.append(table(["Bit", "Group", "Name", "Meaning"],
                     [[b["bit"], b["group"], b["name"], b["doc"]] for b in abi["error_bits"]]))
    return "".join(out)


def csrs(abi):
    out = ["# CSRs of an AI core\n", HEAD, "An instruction that names a CSR captures its value when it is pushed.\n\n",
           table(["CSR", "Number", "Access", "What"],
                 [[c["name"], f"`{c['number']:#x}`", c["access"], c["doc"]] for c in abi["csr"]])]
    for csr in abi["csr"]:
        if "fields" in csr:
            out.append(f"\n## {csr['name']}\n\n{csr['doc']}.\n\n" + field_table(csr["fields"]))
    return "".join(out)


def write(abi):
    return {"registers.md": registers(abi), "queues.md": queues(abi), "instructions.md": instructions(abi),
            "errors.md": errors(abi), "csrs.md": csrs(abi)}

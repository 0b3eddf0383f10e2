# SPDX-License-Identifier: Apache-2.0
"""cubist_abi.h: constants and queue entries for C11, C++ and (constants only) assembly."""
from .source import number

NOTICE = "// SPDX-License-Identifier: Apache-2.0\n// Generated from firmware/abi/abi.toml. Do not edit.\n"


def u64(value):
    return f"CUBIST_U64({number(value)})"


def struct(name, doc, fields, size):
    """Naturally aligned members with the gaps named, so that no compiler adds padding."""
    lines, at, gaps = [f"/// {doc}.", f"typedef struct {name} {{"], 0, 0

    def gap(end):
        nonlocal at, gaps
        if end > at:
            lines.append(f"  uint8_t reserved{gaps}[{end - at}];")
            gaps += 1
        at = end

    for field in fields:
        gap(field["offset"])
        lines.append(f"  uint{8 * field['bytes']}_t {field['name']};  ///< {field['doc']}.")
        at += field["bytes"]
    gap(size)
    lines.append(f"}} {name};")
    lines.append(f'CUBIST_STATIC_ASSERT(sizeof({name}) == {size}, "{name}");')
    for field in fields:
        lines.append(f'CUBIST_STATIC_ASSERT(offsetof({name}, {field["name"]}) == {field["offset"]},'
                     f' "{name}.{field["name"]}");')
    return lines + [""]


def constants(abi):
    out = [f"#define CUBIST_ABI_VERSION {abi['version']}", ""]
    out.append("/* Limits */")
    for item in abi["constant"]:
        out.append(f"#define CUBIST_{item['name']} {u64(item['value'])} /* {item['doc']} */")
    out += ["", "/* Address map of one die */"]
    for region in abi["region"]:
        out.append(f"/* {region['doc']} */")
        out.append(f"#define CUBIST_REGION_{region['name']}_BASE {u64(region['base'])}")
        out.append(f"#define CUBIST_REGION_{region['name']}_SIZE {u64(region['size'])}")
    out += ["", "/* Registers: CUBIST_<BLOCK>_<REGISTER> is the offset within the block, with _AT its",
            " * address; blocks that repeat take the index. */"]
    for block in abi["block"]:
        name = f"CUBIST_{block['name']}"
        out += [f"/* {block['doc']} */", f"#define {name}_BASE {u64(block['address'])}"]
        repeats = "stride" in block
        if repeats:
            out.append(f"#define {name}_STRIDE {u64(block['stride'])}")
            out.append(f"#define {name}_COUNT {number(block['count'])}")
            out.append(f"#define {name}_WINDOW(i) ({name}_BASE + (i) * {name}_STRIDE)")
        for reg in block["registers"]:
            full = f"{name}_{reg['name']}"
            out.append(f"#define {full} {u64(reg['offset'])} /* {reg['access']}: {reg['doc']} */")
            if repeats:
                out.append(f"#define {full}_AT(i) ({name}_WINDOW(i) + {full})")
            else:
                out.append(f"#define {full}_AT ({name}_BASE + {full})")
    out += ["", "/* Lines of the interrupt controller (bit numbers of INTC.PENDING) */"]
    for irq in abi["irq"]:
        out.append(f"#define CUBIST_IRQ_{irq['name']} {irq['line']} /* {irq['doc']} */")
    out += ["", "/* CSRs of an AI core */"]
    for csr in abi["csr"]:
        out.append(f"#define CUBIST_CSR_{csr['name']} {hex(csr['number'])} /* {csr['doc']} */")
    out += ["", "/* Types of submission entries */"]
    for kind in abi["submission"]["type"]:
        out.append(f"#define CUBIST_ENTRY_{kind['name']} {kind['code']} /* {kind['doc']} */")
    for flag in abi["submission"]["flag"]:
        out.append(f"#define CUBIST_ENTRY_FLAG_{flag['name']} {1 << flag['bit']} /* {flag['doc']} */")
    return out


def write(abi):
    out = [NOTICE.rstrip(), "#ifndef CUBIST_ABI_H", "#define CUBIST_ABI_H", "",
           "#ifdef __ASSEMBLER__", "#define CUBIST_U64(x) x", "#else",
           "#include <stddef.h>", "#include <stdint.h>", "#define CUBIST_U64(x) UINT64_C(x)",
           "#endif", ""]
    out += constants(abi)
    out += ["", "#ifndef __ASSEMBLER__", "", "#ifdef __cplusplus",
            "#define CUBIST_STATIC_ASSERT static_assert", "extern \"C\" {", "#else",
            "#define CUBIST_STATIC_ASSERT _Static_assert", "#endif", "",
            "/// Error codes: completion entries, core status, host API.", "typedef enum cubist_error {"]
    for error in abi["error"]:
        out.append(f"  CUBIST_ERROR_{error['name']} = {error['code']},  ///< {error['text']}")
    out += ["} cubist_error;", ""]
    header = abi["submission"]["header"]
    out += struct("cubist_entry_any", "What all submission entries have in common", header, 64)
    for kind in abi["submission"]["type"]:
        if kind.get("fields"):
            out += struct(f"cubist_entry_{kind['name'].lower()}", kind["doc"],
                          header + kind["fields"], 64)
    out += ["/// One slot of a submission ring.", "typedef union cubist_submission {",
            "  cubist_entry_any any;"]
    for kind in abi["submission"]["type"]:
        if kind.get("fields"):
            low = kind["name"].lower()
            out.append(f"  cubist_entry_{low} {low};")
    out += ["  uint64_t words[8];", "} cubist_submission;",
            'CUBIST_STATIC_ASSERT(sizeof(cubist_submission) == 64, "cubist_submission");', ""]
    completion = abi["completion"]
    out += struct("cubist_completion", "One slot of a completion ring", completion["fields"],
                  completion["size"])
    record = abi["error_record"]
    out += struct("cubist_error_record", "What firmware knows of a failed command",
                  record["fields"], record["size"])
    out += ["#ifdef __cplusplus", "}  // extern \"C\"", "#endif", "#endif  // __ASSEMBLER__",
            "#endif  // CUBIST_ABI_H", ""]
    return "\n".join(out)

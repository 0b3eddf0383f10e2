# SPDX-License-Identifier: Apache-2.0
"""Reads abi.toml, checks it, and offers it in the form the writers want."""
import re
import tomllib


# Operands of a vector instruction that are addresses in rs1, by form; others have one.
VECTOR_SOURCES = {"binary": 2, "compare": 2, "select": 2, "compress": 2, "sort": 2, "fill": 0, "merge": 0}


class AbiError(Exception):
    """The source contradicts itself; the message says where."""


def camel(name):
    """load_bias -> LoadBias, ND2NZ_SRC -> Nd2nzSrc."""
    return "".join(part.capitalize() for part in name.lower().split("_"))


def number(value):
    """A 64-bit literal in the source's habit: hexadecimal when large."""
    return hex(value) if value > 9999 else str(value)


def load(path):
    with open(path, "rb") as file:
        abi = tomllib.load(file)
    abi["pipe_code"] = {pipe["name"]: pipe["code"] for pipe in abi["pipes"]}
    abi["type_code"] = {kind["name"]: kind["code"] for kind in abi["element_types"]}
    abi["region_index"] = {region["name"]: i for i, region in enumerate(abi["region"])}
    abi["csr_number"] = {csr["name"]: csr["number"] for csr in abi["csr"]}
    _complete_fields(abi)
    abi["expanded"] = _expand_instructions(abi)
    _check(abi)
    return abi


def _complete_fields(abi):
    words = [(item["name"], item["fields"]) for item in abi["instruction"]]
    words += [(csr["name"], csr["fields"]) for csr in abi["csr"] if "fields" in csr]
    words.append(("vector", abi["vector"]["fields"]))
    for owner, fields in words:
        used = 0
        for field in fields:
            top = (1 << field["bits"]) - 1
            field.setdefault("min", 0)
            field.setdefault("max", top)
            field.setdefault("doc", field["name"].replace("_", " ").capitalize())
            mask = top << field["lo"]
            if field["lo"] + field["bits"] > 64:
                raise AbiError(f"{owner}.{field['name']}: beyond bit 63")
            if used & mask:
                raise AbiError(f"{owner}.{field['name']}: overlaps another field")
            if not 0 <= field["min"] <= field["max"] <= top:
                raise AbiError(f"{owner}.{field['name']}: illegal range")
            used |= mask


def _expand_instructions(abi):
    """One row for every (pipe, op): `*` stands for every pipe; vector operations get the word."""
    rows = []
    for item in abi["instruction"]:
        pipes = list(abi["pipe_code"]) if item["pipe"] == "*" else [item["pipe"]]
        for pipe in pipes:
            rows.append({
                "pipe": pipe, "op": item["op"], "name": item["name"], "doc": item["doc"],
                "id": item["name"] if item["pipe"] == "*" else f"{pipe.lower()}_{item['name']}",
                "words": "any" if item["pipe"] == "*" else pipe.lower(),
                "fields": item["fields"], "dst": item.get("dst", []), "src": item.get("src", []),
                "sources": item.get("sources", 1 if item.get("src") else 0),
                "align": item.get("align", 1), "csrs": item.get("csrs", []),
                "form": "none", "types": [], "to": None,
            })
    for item in abi["vector"]["operations"]:
        form = item["form"]
        csrs = [] if form in ("transpose", "expand", "sort", "merge") else ["VMASK0", "VMASK1"]
        if form in ("scalar", "fill", "compare_scalar", "select_scalar", "gather", "compress"):
            csrs.append("VSCALAR")
        if form in ("select", "select_scalar"):
            csrs.append("VSELECT")
        if form == "merge":
            csrs += ["VMERGE_SRC", "VMERGE_LEN"]
        rows.append({
            "pipe": "V", "op": item["op"], "name": item["name"], "doc": item["doc"],
            "id": f"v_{item['name']}", "words": "v", "fields": abi["vector"]["fields"],
            "dst": ["UB"], "src": [] if form in ("fill", "merge") else ["UB"],
            "sources": VECTOR_SOURCES.get(form, 1), "align": 32, "csrs": csrs,
            "form": form, "types": item["types"], "to": item.get("to"),
        })
    rows.sort(key=lambda row: (abi["pipe_code"][row["pipe"]], row["op"]))
    return rows


def _unique(what, values):
    seen = set()
    for value in values:
        if value in seen:
            raise AbiError(f"{what}: {value} is used twice")
        seen.add(value)


def _check(abi):
    for table in ("region", "block", "irq", "error", "csr", "constant"):
        _unique(f"[[{table}]] name", [row["name"] for row in abi[table]])
        for row in abi[table]:
            if not re.fullmatch(r"[A-Z][A-Z0-9_]*", row["name"]):
                raise AbiError(f"[[{table}]] {row['name']}: not an upper-case name")
    _unique("error code", [row["code"] for row in abi["error"]])
    _unique("error bit", [row["bit"] for row in abi["error_bits"]])
    _unique("error bit name", [row["name"] for row in abi["error_bits"]])
    groups = ["CUBE", "MTE", "L1", "SC", "SU", "VEC"]
    for row in abi["error_bits"]:
        if row["group"] not in groups or row["bit"] // 64 != groups.index(row["group"]):
            raise AbiError(f"error bit {row['name']}: does not lie in the 64 bits of group {row['group']}")
    _unique("csr number", [row["number"] for row in abi["csr"]])
    _unique("instruction", [(row["pipe"], row["op"]) for row in abi["expanded"]])
    end = 0
    for region in sorted(abi["region"], key=lambda row: row["base"]):
        if region["base"] < end:
            raise AbiError(f"region {region['name']} overlaps the one before it")
        end = region["base"] + region["size"]
    for block in abi["block"]:
        name = block.get("region", block["name"])
        if name not in abi["region_index"]:
            raise AbiError(f"block {block['name']}: no region {name}")
        region = abi["region"][abi["region_index"][name]]
        block["address"] = region["base"] + block.get("base_offset", 0)
        limit = block.get("stride", region["base"] + region["size"] - block["address"])
        if block["address"] + block.get("stride", 0) * block.get("count", 1) > (
                region["base"] + region["size"]):
            raise AbiError(f"block {block['name']} does not fit its region")
        _unique(f"{block['name']} offset", [reg["offset"] for reg in block["registers"]])
        for reg in block["registers"]:
            if reg["offset"] % 8 or reg["offset"] + 8 > limit:
                raise AbiError(f"{block['name']}.{reg['name']}: bad offset")
    for row in abi["expanded"]:
        if not 0 <= row["op"] < 128:
            raise AbiError(f"{row['id']}: op must be 0 to 127")
        for csr in row["csrs"]:
            if csr not in abi["csr_number"]:
                raise AbiError(f"{row['id']}: no CSR {csr}")
        for region in row["dst"] + row["src"]:
            if region not in abi["region_index"]:
                raise AbiError(f"{row['id']}: no region {region}")
    for table in [abi["completion"], abi["error_record"]]:
        _check_layout(table["fields"], table["size"])
    for kind in abi["submission"]["type"]:
        _check_layout(abi["submission"]["header"] + kind.get("fields", []), 64)


def _check_layout(fields, size):
    at = 0
    for field in fields:
        if field["offset"] < at or field["offset"] % field["bytes"]:
            raise AbiError(f"entry field {field['name']}: overlaps or is misaligned")
        at = field["offset"] + field["bytes"]
    if at > size:
        raise AbiError(f"entry fields end at {at}, beyond {size}")

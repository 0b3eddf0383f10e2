#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_image.py FILE: fails when a kernel image, linked with --emit-relocs, holds an absolute address.

Kernels run wherever the host loads them, so only differences and pc-relative references may remain;
the linker has no option to say so for this target."""
import struct
import sys

ABSOLUTE = {1: "R_RISCV_32", 2: "R_RISCV_64", 26: "R_RISCV_HI20"}
SHT_RELA, SHF_ALLOC = 4, 2


def sections(data):
    if data[:4] != b"\x7fELF" or data[4] != 2:
        raise ValueError("not a 64-bit ELF file")
    offset, size, count, names = struct.unpack_from("<Q", data, 40)[0], *struct.unpack_from("<HHH", data, 58)
    rows = [struct.unpack_from("<IIQQQQIIQQ", data, offset + i * size) for i in range(count)]

    def name(row):
        start = rows[names][4] + row[0]
        return data[start:data.index(b"\0", start)].decode()

    return [{"name": name(row), "type": row[1], "flags": row[2], "data": data[row[4]:row[4] + row[5]],
             "link": row[6], "info": row[7]} for row in rows]


def symbol(table, index):
    symbols, strings = table
    row = struct.unpack_from("<IBBHQQ", symbols["data"], index * 24)
    start = row[0]
    return strings["data"][start:strings["data"].index(b"\0", start)].decode() or "a local symbol"


def main():
    with open(sys.argv[1], "rb") as file:
        parts = sections(file.read())
    bad = []
    for part in parts:
        if part["type"] != SHT_RELA or not parts[part["info"]]["flags"] & SHF_ALLOC:
            continue
        symbols = parts[part["link"]]
        table = (symbols, parts[symbols["link"]])
        for offset, info, _ in struct.iter_unpack("<QQq", part["data"]):
            if info & 0xffffffff in ABSOLUTE:
                bad.append(f"{parts[part['info']]['name']}+{offset:#x}: {ABSOLUTE[info & 0xffffffff]} "
                           f"to {symbol(table, info >> 32)}")
    for line in bad:
        print(f"{sys.argv[1]}: {line}", file=sys.stderr)
    if bad:
        print("a kernel holds an absolute address (a table of pointers?); it must run wherever it is "
              "loaded", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

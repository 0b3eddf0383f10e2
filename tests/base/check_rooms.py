#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that every folder includes only headers of the folders it may use (docs/architecture.md)."""
import pathlib
import re
import sys

# folder -> folders whose headers it may include, besides its own. The longest prefix decides.
ALLOWED = {
    "firmware/abi": [],
    "firmware/kernels": ["abi", "firmware/abi"],
    "firmware/scheduler": ["abi", "firmware/abi"],
    "systemc/base": [],
    "systemc/riscv": ["systemc/base"],
    "systemc/memory": ["systemc/base"],
    "systemc/core": ["systemc/base", "systemc/riscv", "systemc/memory", "abi", "firmware/abi", "rtl"],
    "systemc/noc": ["systemc/base", "systemc/memory"],
    "systemc/l2": ["systemc/base", "systemc/memory"],
    "systemc/hbm": ["systemc/base", "systemc/memory"],
    "systemc/control": ["systemc/base", "systemc/riscv", "systemc/memory", "abi", "firmware/abi"],
    "systemc/observe": ["systemc/base"],
    "systemc/debug": ["systemc/base"],
    "systemc/fault": ["systemc/base"],
    "systemc/sanitize": ["systemc/base"],
    "systemc/chip": ["systemc", "abi", "firmware/abi", "runtime/host_transport.h"],
    "runtime/graph": [],
    "runtime": ["abi", "firmware/abi", "systemc/base/error.h"],
    "tools": ["runtime", "systemc", "abi", "firmware/abi"],
    # The launch blocks of the kernels that it runs.
    "tools/validate": ["tools", "runtime", "systemc", "abi", "firmware/abi", "testbench/chip"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def room_of(path: str):
    return max((r for r in ALLOWED if path == r or path.startswith(r + "/")), key=len, default=None)


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    problems, checked = [], 0
    for top in sorted({room.split("/")[0] for room in ALLOWED}):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in (".h", ".cpp", ".c"):
                continue
            relative = file.relative_to(root).as_posix()
            room = room_of(relative)
            if room is None:
                continue
            for number, line in enumerate(file.read_text().splitlines(), 1):
                match = INCLUDE.match(line)
                # Only paths from the root (or generated ones) name a room.
                if not match or "/" not in match[1]:
                    continue
                target = match[1]
                if not (root / target).exists() and not target.startswith("abi/"):
                    continue
                checked += 1
                if not any(target == a or target.startswith(a + "/") for a in ALLOWED[room] + [room]):
                    problems.append(f"{relative}:{number}: {room} may not include {target}")
    print("\n".join(problems) or f"{checked} includes follow the plan")
    return 1 if problems or checked < 50 else 0


if __name__ == "__main__":
    sys.exit(main())

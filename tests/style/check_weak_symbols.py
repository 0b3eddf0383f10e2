#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Objects built for a larger instruction set define no weak functions.

usage: check_weak_symbols.py NM OBJECTS...

The linker keeps one definition of a weak function (an inline function or a template of a type that
other sources use as well) for the whole program. Were it the one built for AVX-512, the program
would die on a host without, in a place that has nothing to do with the kernels.
"""
import subprocess
import sys


def main() -> int:
    nm, objects = sys.argv[1], [o for argument in sys.argv[2:] for o in argument.split(";")]
    found, symbols = [], 0
    for name in objects:
        out = subprocess.run([nm, "-C", name], check=True, capture_output=True, text=True).stdout
        for line in out.splitlines():
            symbols += 1
            kind = line[17:18]
            if kind in "Ww" and line[:16].strip():  # Defined ones have an address.
                found.append(f"{name}: {line[19:]}")
    print("\n".join(found) or f"no weak function among {symbols} symbols")
    return 1 if found or not objects or symbols < 10 else 0


if __name__ == "__main__":
    sys.exit(main())

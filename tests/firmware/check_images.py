#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_images.py OBJDUMP READELF ISA_TABLE SCHEDULER KERNELS...

Instructions in the images decode to what the ABI's table says, bytes apart from the tables that
produced them; images have the sections and bounds that loaders rely on."""
import re
import subprocess
import sys


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def custom_words(objdump, image):
    """Opcodes of custom-0 words, as objdump prints them: it knows no name for them."""
    for line in output(objdump, "-d", image).splitlines():
        found = re.match(r"\s*[0-9a-f]+:\s+([0-9a-f]{8})\s+\.(?:4byte|insn)", line)
        if found and int(found[1], 16) & 0x7f == 0x0b:
            yield int(found[1], 16)


def main():
    objdump, readelf, table, scheduler, *images = sys.argv[1:]
    legal = {tuple(map(int, line.split()[:2])): line.split()[2] for line in open(table)}
    failures = []
    for image in images:
        names = set()
        for word in custom_words(objdump, image):
            key = (word >> 12 & 7, (word >> 25 & 3) * 32 + (word >> 27))
            if key not in legal:
                failures.append(f"{image}: word {word:#010x} is no instruction of the ABI")
            names.add(legal.get(key))
        for name in ("end", "set_flag", "wait_flag"):
            if name not in names:
                failures.append(f"{image}: has no {name}")
        sections = output(readelf, "-SW", image)
        if ".rel" in sections:
            failures.append(f"{image}: has relocations")
        if ".cubist.kernels" not in sections:
            failures.append(f"{image}: has no .cubist.kernels")
        for name in (".data", ".bss", ".got"):
            if re.search(rf"\s{re.escape(name)}\s+\w+\s+\w+\s+\w+\s+0*[1-9a-f]", sections):
                failures.append(f"{image}: has a writable {name}")
    header = output(readelf, "-hlW", scheduler)
    entry = int(re.search(r"Entry point address:\s+0x([0-9a-f]+)", header)[1], 16)
    loads = re.findall(r"LOAD\s+\S+\s+0x([0-9a-f]+)\s+0x[0-9a-f]+\s+0x[0-9a-f]+\s+0x([0-9a-f]+)", header)
    end = max(int(base, 16) + int(size, 16) for base, size in loads)
    if not 0x08000000 <= entry < end <= 0x080f0000:
        failures.append(f"{scheduler}: entry {entry:#x} or end {end:#x} is outside its part of SRAM")
    print("\n".join(failures) or f"{len(images)} kernel images and the firmware are sound")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

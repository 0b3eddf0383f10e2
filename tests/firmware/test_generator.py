#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_generator.py GENERATE ABI_TOML: the generator refuses a source that contradicts itself."""
import pathlib
import subprocess
import sys
import tempfile

# What is changed in the source, and a word of the message that must follow.
FAULTS = [
    ('code = 3\ntext = "an access', 'code = 4\ntext = "an access', "used twice"),
    ('name = "len_burst", lo = 12', 'name = "len_burst", lo = 11', "overlaps"),
    ("base = 0x4100_0000", "base = 0x4080_0000", "overlaps"),
    ('csrs = ["LOAD2D_PAIR"]', 'csrs = ["NO_SUCH"]', "no CSR"),
    ('dst = ["L0C"]', 'dst = ["NOWHERE"]', "no region"),
    ('name = "args",    offset = 16', 'name = "args",    offset = 12', "overlaps"),
    ('name = "DST",     offset = 0x08', 'name = "DST",     offset = 0x04', "bad offset"),
    ("version = 1", "version = = 1", ""),
]


def run(generate, source, folder):
    return subprocess.run([sys.executable, generate, "--source", source, "--headers", folder],
                          capture_output=True, text=True)


def main():
    generate, source = sys.argv[1], pathlib.Path(sys.argv[2])
    text = source.read_text()
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        if run(generate, source, folder).returncode != 0:
            failures.append("the source itself is refused")
        for before, after, message in FAULTS:
            if before not in text:
                failures.append(f"the source no longer has {before!r}")
                continue
            bad = pathlib.Path(folder) / "bad.toml"
            bad.write_text(text.replace(before, after, 1))
            result = run(generate, bad, folder)
            if result.returncode != 1 or message not in result.stderr:
                failures.append(f"{after!r}: got {result.returncode}, {result.stderr!r}")
            if "Traceback" in result.stderr:
                failures.append(f"{after!r}: a traceback instead of a message")
    print("\n".join(failures) or "all faults are found")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

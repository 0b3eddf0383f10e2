#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs cubist-riscv as a user does: exit codes, one clear line for bad input, the trace.

usage: command_line.py CUBIST_RISCV PROGRAM_FOLDER
"""
import os
import subprocess
import sys
import tempfile

TOOL, PROGRAMS = sys.argv[1:3]
failures = []


def run(*arguments):
    result = subprocess.run([TOOL, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            timeout=60, check=False)
    return result.returncode, result.stdout.decode(), result.stderr.decode()


def expect(what, code, text, *arguments):
    """The tool ends with `code` and prints `text`; bad input gets one line on the error stream."""
    got, out, err = run(*arguments)
    lines = err.strip().splitlines()
    if got != code or text not in out + err or len(lines) > 1:
        failures.append("%s: exit code %d (expected %d), output %r, errors %r" %
                        (what, got, code, out[:300], err[:300]))


def program(name):
    return os.path.join(PROGRAMS, name + ".elf")


for passing in ("atomic", "compressed", "csr", "memory", "muldiv", "pmp", "traps", "triggers"):
    expect(passing, 0, "pass", program(passing))
expect("a failing check", 1, "test 5", program("fails"))
expect("an endless program", 2, "time-out", "--max-instructions", "5000", program("spins"))
expect("help", 0, "--max-instructions", "--help")
expect("no file", 2, "cubist-riscv: ")
expect("missing file", 2, "cannot be opened", "/nonexistent.elf")
expect("a folder", 2, "not a regular file", "/")
expect("unknown option", 2, "--bogus", "--bogus", program("csr"))
expect("zero instructions", 2, "--max-instructions", "--max-instructions", "0", program("csr"))
expect("not a number", 2, "--max-instructions", "--max-instructions", "many", program("csr"))
expect("no RAM", 2, "--ram", "--ram", "0", program("csr"))
expect("this script", 2, "not an ELF file", __file__)
expect("the tool itself", 2, "machine", TOOL)

with tempfile.TemporaryDirectory() as folder:
    with open(program("csr"), "rb") as file:
        whole = file.read()
    cut = os.path.join(folder, "cut.elf")
    with open(cut, "wb") as file:
        file.write(whole[:len(whole) // 2])
    expect("a truncated program", 2, "truncated", cut)
    elsewhere = bytearray(whole)
    # Move every loadable segment's physical address out of RAM.
    count = int.from_bytes(elsewhere[56:58], "little")
    table = int.from_bytes(elsewhere[32:40], "little")
    for i in range(count):
        at = table + 56 * i + 24
        address = int.from_bytes(elsewhere[at:at + 8], "little")
        elsewhere[at:at + 8] = (address + (1 << 40)).to_bytes(8, "little")
    with open(cut, "wb") as file:
        file.write(elsewhere)
    expect("a program linked elsewhere", 2, "does not fit into the RAM", cut)
    empty = os.path.join(folder, "empty.elf")
    open(empty, "wb").close()
    expect("an empty file", 2, "not an ELF file", empty)
    stripped = whole.replace(b"\0tohost\0", b"\0nohost\0")
    with open(cut, "wb") as file:
        file.write(stripped)
    expect("no tohost", 2, "tohost", cut)

code, out, _ = run("--trace", program("csr"))
lines = out.splitlines()
retired = int(lines[-1].split()[1])
if code != 0 or len(lines) != retired + 1 or "csrrw" not in out or "_start" not in lines[0]:
    failures.append("trace: %d lines for %d instructions, first %r" % (len(lines), retired,
                                                                      lines[0]))

for failure in failures:
    print(failure)
print("command_line: %d failures" % len(failures))
sys.exit(1 if failures else 0)

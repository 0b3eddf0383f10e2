#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds every tracked file against the house rules that no compiler knows.

usage: check_files.py ROOT

  licence   a source names its licence in its first three lines
  length    a source has at most 500 lines, unless LONG_FILES says why not or it is a table (.toml)
  guard     a header is included once
  ascii     a source is ASCII, has no trailing blanks and ends with a line feed
  marks     no file carries marks of unfinished work
  paths     no file names a folder of one developer's machine
  names     no Catch2 test has a semicolon in its name: CMake would split it and run nothing
  size      no file is over 1 MiB
"""
import pathlib
import re
import subprocess
import sys

MAX_LINES = 500
MAX_BYTES = 1 << 20

# Sources that may be longer, and why.
LONG_FILES: dict[str, str] = {}

SOURCE_SUFFIXES = {".c", ".cmake", ".cpp", ".def", ".h", ".ld", ".proto", ".py", ".S", ".sh", ".sv",
                   ".toml"}
SOURCE_NAMES = {"CMakeLists.txt", "Makefile", "install-deps", "lint", "packages.txt", "with-clang"}
# A header that assembler sources include too may use a macro instead of the pragma.
GUARD = re.compile(r"^#pragma once$|^#ifndef (\w+)\n#define \1\b", re.MULTILINE)
# Spelled in pieces, so that this file passes its own test.
MARKS = re.compile(r"\b(" + "|".join(["TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK"]) + r")\b|place" "holder",
                   re.IGNORECASE)
TEST_NAME = re.compile(r'TEST_CASE\("[^"]*;')
PATHS = re.compile(r"(?<![\w.\-/}])/(home|root|work|Users|mnt)/\w")


def is_source(path: str) -> bool:
    name = pathlib.PurePosixPath(path)
    return name.suffix in SOURCE_SUFFIXES or name.name in SOURCE_NAMES


def problems_of(path: str, data: bytes) -> list[str]:
    """What is wrong with one file, as "path:line: what"."""
    found = []
    if len(data) > MAX_BYTES:
        return [f"{path}: {len(data)} bytes, at most {MAX_BYTES}: generate it or store it elsewhere"]
    if b"\0" in data:
        return found  # Not text.
    source = is_source(path)
    if source and not data.isascii():
        line = next(n for n, text in enumerate(data.split(b"\n"), 1) if not text.isascii())
        found.append(f"{path}:{line}: not ASCII")
    text = data.decode("utf-8", "replace")
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        for pattern, what in ((MARKS, "a mark of unfinished work"), (PATHS, "a machine's own folder"),
                              (TEST_NAME, "a semicolon in a test's name")):
            match = pattern.search(line)
            if match:
                found.append(f"{path}:{number}: {what}: {match[0]}")
        if source and line != line.rstrip():
            found.append(f"{path}:{number}: trailing blanks")
    if not source or not data:
        return found
    if lines[-1] != "":
        found.append(f"{path}:{len(lines)}: no line feed at the end")
    if "SPDX-License-Identifier: Apache-2.0" not in "\n".join(lines[:3]):
        found.append(f"{path}:1: no line 'SPDX-License-Identifier: Apache-2.0' among the first three")
    if len(lines) - 1 > MAX_LINES and path not in LONG_FILES and not path.endswith(".toml"):
        found.append(f"{path}: {len(lines) - 1} lines, at most {MAX_LINES}: split it by subject")
    if path.endswith(".h") and not GUARD.search(text):
        found.append(f"{path}:1: no #pragma once")
    return found


def tracked(root: pathlib.Path) -> list[str]:
    try:
        out = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], check=True,
                             capture_output=True).stdout
        return [name for name in out.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):  # Not a checkout: everything but builds.
        return [p.relative_to(root).as_posix() for p in sorted(root.rglob("*")) if p.is_file()
                and not p.relative_to(root).parts[0].startswith(("build", "out", "."))]


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    problems, count = [], 0
    for name in tracked(root):
        file = root / name
        if file.is_file():
            problems += problems_of(name, file.read_bytes())
            count += 1
    print("\n".join(problems) or f"{count} files follow the rules")
    return 1 if problems or count < 50 else 0


if __name__ == "__main__":
    sys.exit(main())

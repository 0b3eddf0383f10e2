#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All tracked C++ sources are formatted as .clang-format says.

usage: check_format.py ROOT CLANG_FORMAT

`make format` repairs what this finds.
"""
import os
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from check_files import tracked  # noqa: E402


def main() -> int:
    root, clang_format = pathlib.Path(sys.argv[1]), sys.argv[2]
    files = [name for name in tracked(root) if name.endswith((".cpp", ".h")) and (root / name).is_file()]
    batches = [files[i : i + 40] for i in range(0, len(files), 40)]

    def check(batch):
        return subprocess.run([clang_format, "--dry-run", "-Werror", *batch], cwd=root,
                              capture_output=True, text=True)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(check, batches))
    for result in results:
        sys.stderr.write(result.stderr)
    print(f"{len(files)} sources looked at")
    return 1 if len(files) < 50 or any(result.returncode for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())

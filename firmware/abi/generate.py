#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes headers and reference pages from abi.toml.

generate.py --headers DIR   writes cubist_abi.h, core_config.h, core_isa.h, cubist_intrinsics.h
generate.py --docs DIR      writes the reference pages
generate.py --check-docs DIR  fails when the pages in DIR are not what --docs would write
"""
import argparse
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from generator import c_header, config_words, intrinsics, isa_tables, reference, source  # noqa: E402

HEADERS = {
    "cubist_abi.h": c_header.write,
    "core_config.h": config_words.write,
    "core_isa.h": isa_tables.write,
    "cubist_intrinsics.h": intrinsics.write,
}


def write_if_changed(path, text):
    """Leaves an equal file alone, so that nothing that includes it is rebuilt."""
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--source", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent / "abi.toml")
    parser.add_argument("--headers", type=pathlib.Path)
    parser.add_argument("--docs", type=pathlib.Path)
    parser.add_argument("--check-docs", type=pathlib.Path)
    arguments = parser.parse_args()
    try:
        abi = source.load(arguments.source)
    except (source.AbiError, KeyError, ValueError, OSError) as error:
        print(f"{arguments.source}: {error}", file=sys.stderr)
        return 1
    if arguments.headers:
        for name, write in HEADERS.items():
            write_if_changed(arguments.headers / name, write(abi))
    if arguments.docs:
        for name, text in reference.write(abi).items():
            write_if_changed(arguments.docs / name, text)
    if arguments.check_docs:
        stale = [name for name, text in reference.write(abi).items()
                 if not (arguments.check_docs / name).exists()
                 or (arguments.check_docs / name).read_text() != text]
        if stale:
            print(f"out of date: {', '.join(stale)}; build the target cubist_reference", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

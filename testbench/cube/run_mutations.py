#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mutation self-test of tb_cube: every seeded bug in mutations/mutations.toml must be caught.

Each mutant is a copy of rtl/cube with one edit. It is Verilated and compiled with the bench, and runs
random streams until one fails. A mutant that no stream catches is a survivor, and survivors fail the
test. The unmodified RTL runs first and must pass. Exit code: 0 all caught, 1 survivors, 2 set-up.
"""

import argparse
import concurrent.futures
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib

import tb_build

HERE = pathlib.Path(__file__).resolve().parent
# Streams until one fails: seed, instructions, largest m, k, n, and whether the mutant's own type.
STREAMS = [(1, 300, 24, True), (2, 300, 24, False), (3, 1500, 40, True), (4, 3000, 48, False),
           (5, 6000, 32, True)]


def mutate(mutation, rtl):
    path = rtl / mutation["file"]
    text = path.read_text()
    count = text.count(mutation["find"])
    if count != 1:
        raise tb_build.BuildError(f"mutation '{mutation['name']}': its text occurs {count} times in "
                                  f"{mutation['file']}, expected once; bring mutations.toml up to date")
    path.write_text(text.replace(mutation["find"], mutation["replace"]))


def streams_fail(program, mutation, limit):
    """What the first failing stream printed, or None."""
    for seed, count, largest, own_type in STREAMS:
        command = [str(program), "--seed", str(seed), "--n", str(count), "--largest", str(largest)]
        if own_type and "type" in mutation:
            command += ["--type", mutation["type"]]
        try:
            result = subprocess.run(command, capture_output=True, text=True, errors="replace",
                                    timeout=limit)
        except subprocess.TimeoutExpired:
            return f"seed {seed}: no end within {limit} s"
        if result.returncode == 2:
            raise tb_build.BuildError(f"{' '.join(command)}:\n{result.stderr}")
        if result.returncode != 0:
            lines = (result.stdout + result.stderr).splitlines()
            telling = [l for l in lines if "MISMATCH" in l or "Assertion" in l or "%Error" in l]
            detail = [l.strip() for l in lines if l.startswith("  row")]
            return f"seed {seed}: " + " ".join((telling[:1] or [f"exit {result.returncode}"]) + detail[:1])
    return None


def try_mutation(mutation, arguments):
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cube-mutant-") as name:
        work = pathlib.Path(name)
        rtl = work / "rtl"
        shutil.copytree(arguments.rtl, rtl)
        if mutation["file"]:
            mutate(mutation, rtl)
        program = tb_build.build(arguments.settings, rtl, work, mutation.get("shape", "small"))
        evidence = streams_fail(program, mutation, arguments.limit)
    return evidence, time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", required=True, help="tb_build.json in the build folder")
    parser.add_argument("--rtl", type=pathlib.Path, default=HERE.parents[1] / "rtl" / "cube")
    parser.add_argument("--only", default="", help="names, comma-separated; default: all")
    parser.add_argument("--shard", default="1/1", help="i/n: every n-th mutation from the i-th on")
    parser.add_argument("--jobs", type=int, default=1, help="mutants at a time")
    parser.add_argument("--limit", type=int, default=600, help="seconds for one stream")
    parser.add_argument("--json", type=pathlib.Path, help="write the results here")
    parser.add_argument("--list", action="store_true", help="list the mutations")
    arguments = parser.parse_args()

    mutations = tomllib.loads((HERE / "mutations" / "mutations.toml").read_text())["mutation"]
    names = [m["name"] for m in mutations]
    if len(set(names)) != len(names):
        sys.exit("mutations.toml: two mutations have the same name")
    if arguments.list:
        for m in mutations:
            print(f"{m['name']:32} {m['file']:22} {m['kind']}")
        return 0
    if arguments.only:
        wanted = arguments.only.split(",")
        unknown = [name for name in wanted if name not in names]
        if unknown:
            print(f"unknown mutation '{unknown[0]}'; --list names them", file=sys.stderr)
            return 2
        mutations = [m for m in mutations if m["name"] in wanted]
    index, count = map(int, arguments.shard.split("/"))
    mutations = mutations[index - 1::count]

    # The bench must not fail on good RTL, or catching means nothing.
    shapes = sorted({m.get("shape", "small") for m in mutations})
    healthy = [{"name": f"unmodified ({s})", "kind": "", "file": "", "shape": s} for s in shapes]
    results, survivors = [], []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        try:
            for good in healthy:
                evidence, seconds = try_mutation(good, arguments)
                if evidence:
                    print(f"FAIL: the bench fails on unmodified RTL: {evidence}")
                    return 2
                print(f"passes    {seconds:5.0f} s  {good['name']}", flush=True)
            pending = [(m, pool.submit(try_mutation, m, arguments)) for m in mutations]
            for mutation, future in pending:
                evidence, seconds = future.result()
                results.append({"name": mutation["name"], "kind": mutation["kind"],
                                "caught": evidence is not None, "evidence": evidence})
                if evidence is None:
                    survivors.append(mutation["name"])
                print(f"{'caught  ' if evidence else 'SURVIVED'}  {seconds:5.0f} s  "
                      f"{mutation['name']} [{mutation['kind']}]: {evidence or ''}"[:220], flush=True)
        except tb_build.BuildError as error:
            pool.shutdown(cancel_futures=True)
            print(error, file=sys.stderr)
            return 2
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")
    print(f"{len(results) - len(survivors)} of {len(results)} mutants caught"
          + (f"; survivors: {', '.join(survivors)}" if survivors else ""))
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())

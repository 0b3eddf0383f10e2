#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""command_line.py CUBIST-VALIDATE PUBLISHED: what the program prints and returns."""
import json
import signal
import subprocess
import sys

TOOL, DATA = sys.argv[1:3]
PUBLISHED = json.load(open(DATA))


def run(*arguments):
    done = subprocess.run([TOOL, *arguments], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def expect(condition, what):
    if not condition:
        sys.exit(f"failed: {what}")


code, out, _ = run("--list")
listed = {line.split(":")[0]: line.split(" - ")[0].split(":")[1].split() for line in out.splitlines()}
expect(code == 0, "--list returns 0")
for row in PUBLISHED["rows"]:
    expect(row["row"] in listed, f"--list has {row['row']}")
    for column in row["published"]:
        expect(column in listed[row["row"]], f"--list has column {column} of {row['row']}")
expect(len(listed) == len(PUBLISHED["rows"]), "--list has nothing else")

small = ("--row", "vector_add.b[25]", "--scale", "64")
code, out, _ = run(*small, "--json", "-")
expect(code == 0, f"two small rows run: {out}")
rows = json.loads(out[out.index("\n{") + 1:])["rows"]
expect([r["row"] for r in rows] == ["vector_add.b2", "vector_add.b5"], "rows keep their order")
expect(all(r["ours"]["task_us"] > 0 for r in rows), "rows have a task time")
code, again, _ = run(*small, "--json", "-", "--jobs", "2")
numbers = [{k: v for k, v in r.items() if k != "cpu_s"} for r in rows]
rows = json.loads(again[again.index("\n{") + 1:])["rows"]
expect([{k: v for k, v in r.items() if k != "cpu_s"} for r in rows] == numbers,
       "two runs, one after the other and side by side, give the same numbers")

# At full size thousands of requests are under way, and answers bring new requests into whoever answers.
code, out, _ = run("--row", "nd2nz_ub.145", "--row", "data_copy.l1_64x256", "--row", "vector_add.b5", "--brief")
expect(code == 0 and "missing 0" in out, f"rows of full size end: {out}")

timing = [[line for line in run(*small, "--row", "data_copy.l1_unaligned", "--values", values)[1].splitlines()
           if line.startswith("SCALED")] for values in ("on", "off")]
expect(len(timing[0]) > 5 and timing[0] == timing[1], f"values change no time: {timing}")

for arguments, word in [
    (("--row", "vector_add.b9"), "did you mean"),
    (("--precondition", "lukewarm"), "expected cold"),
    (("--arg", "tile"), "name=number"),
    (("--set", "no.such=1", "--row", "empty.aic_1"), "no.such"),
    (("--scale", "0"), "--scale"),
    (("--chip", "no-such-chip", "--row", "empty.aic_1"), "no-such-chip"),
    (("--data", DATA + ".missing"), "published measurements"),
    (("--sweep", "core.max_outstanding"), "path=value"),
    (("--sweep", "core.no_such=1,2", "--row", "empty.aic_1"), "no_such"),
    (("--nonsense",), "--help"),
]:
    code, out, err = run(*arguments)
    expect(code == 2, f"{arguments} returns 2, not {code}: {out}{err}")
    expect(word in err and len(err.strip().splitlines()) == 1, f"{arguments} says so in a line: {err}")

code, out, _ = run("--row", "banks.s[12]", "--sweep", "core.ub_write_delay=15,16")
expect(code == 0 and out.count("SWEEP core.ub_write_delay=1") == 2 and out.count("banks.s1") >= 2,
       f"a sweep runs the rows for each value: {out}")

code, out, _ = run("--row", "vector_add.b4", "--arg", "no_such=1")
expect(code == 1 and "MISSING vector_add.b4" in out, "a row that cannot run is missing")
# Ctrl-C: the rows so far, the summary, and no child left behind.
with subprocess.Popen([TOOL, "--scale", "2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as going:
    first = going.stdout.readline()
    going.send_signal(signal.SIGINT)
    out, err = going.communicate(timeout=60)
expect(first.startswith("ROW"), f"a row is printed when it is done: {first}")
expect(going.returncode == 130 and "interrupted after" in err, f"SIGINT ends it with 130: {err}")
expect("SUMMARY rows" in out, "an interrupted run has a summary")

code, out, _ = run("--help")
expect(code == 0 and "--precondition" in out, "--help")
print("ok")

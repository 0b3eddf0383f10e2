#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Line and toggle coverage of rtl/cube under tb_cube, merged over seeds.

Builds the RTL with Verilator's counters, runs one stream per seed, merges with verilator_coverage and
reports. Every line that no stream reached must be listed, with a reason, in coverage_waivers.toml; a
waiver whose line is covered is out of date and fails too. Exit code: 0 goal met and every uncovered
line explained, 1 not, 2 set-up.
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tomllib

import tb_build

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FIELD = re.compile("\x01([^\x02]*)\x02([^\x01]*)")


def read_points(path):
    """Yields (file name, line, kind, comment, hits) of Verilator's coverage data."""
    for text in path.read_text(errors="replace").splitlines():
        if not text.startswith("C '"):
            continue
        body, hits = text[3:].rsplit("' ", 1)
        fields = dict(FIELD.findall(body))
        kind = fields.get("page", "").split("/")[0].removeprefix("v_")
        yield pathlib.Path(fields["f"]).name, int(fields["l"]), kind, fields, int(hits)


def with_functions(rtl, to):
    """Copies the RTL with the package's functions repeated in each module, because Verilator counts
    nothing inside of packages. `line directives keep the places of the shipped source."""
    to.mkdir(parents=True, exist_ok=True)
    package = (rtl / "cube_pkg.sv").read_text()
    start, end = package.index("  function automatic"), package.index("endpackage")
    functions = f'`line {package[:start].count(chr(10)) + 1} "cube_pkg.sv" 0\n{package[start:end]}'
    for file in tb_build.SOURCES:
        text = (rtl / file).read_text()
        if file != "cube_pkg.sv":
            head, rest = text.split("\n);\n", 1)
            # Call the copies, which name the package's types and numbers without their scope.
            rest = re.sub(r"cube_pkg::(?=\w+\()", "", rest)
            if "import cube_pkg" not in head:
                head = head.replace(" #(", " import cube_pkg::*; #(", 1)
            text = (f'`line 1 "{file}" 0\n{head}\n);\n{functions}'
                    f'`line {head.count(chr(10)) + 3} "{file}" 0\n{rest}')
        (to / file).write_text(text)
    return to


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", required=True, help="tb_build.json in the build folder")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder for the build and data")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--n", type=int, default=200, help="instructions a seed")
    parser.add_argument("--largest", type=int, default=40, help="largest m, k, n of most instructions")
    parser.add_argument("--shape", default="small", choices=sorted(tb_build.SHAPES))
    parser.add_argument("--goal", type=float, default=98.0, help="percent of lines")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    settings = json.loads(pathlib.Path(arguments.settings).read_text())

    try:
        program = tb_build.build(arguments.settings,
                                 with_functions(ROOT / "rtl" / "cube", arguments.work / "rtl"),
                                 arguments.work,
                                 arguments.shape,
                                 verilator_flags=["--coverage-line", "--coverage-toggle"],
                                 defines=["-DVM_COVERAGE=1"], runtime=["verilated_cov.cpp"])
        data = []
        for seed in range(1, arguments.seeds + 1):
            file = arguments.work / f"seed{seed}.dat"
            ran = tb_build.run([str(program), "--seed", str(seed), "--n", str(arguments.n), "--largest",
                                str(arguments.largest), "--coverage", str(file)], f"seed {seed}")
            print(f"seed {seed}: {ran.stdout.splitlines()[-1]}", flush=True)
            data.append(str(file))
        merged = arguments.work / "merged.dat"
        tb_build.run([settings["verilator_coverage"], "--write", str(merged), *data], "Merging")
    except tb_build.BuildError as error:
        print(error, file=sys.stderr)
        return 2

    lines = collections.defaultdict(dict)  # file -> line -> hits
    toggles = collections.defaultdict(lambda: [0, 0])  # file -> [hit, all]
    branches = {}  # (file, line, which) -> hits
    for file, line, kind, fields, hits in read_points(merged):
        if kind == "toggle":
            toggles[file][0] += hits > 0
            toggles[file][1] += 1
            continue
        if kind == "branch":
            key = (file, line, fields.get("o"))
            branches[key] = max(branches.get(key, 0), hits)
        # A branch that was not taken leaves the lines of its block without a hit.
        for part in fields.get("S", str(line)).split(","):
            first, _, last = part.partition("-")
            for number in range(int(first), int(last or first) + 1):
                lines[file][number] = max(lines[file].get(number, 0), hits)

    waivers = tomllib.loads((HERE / "coverage_waivers.toml").read_text()).get("waiver", [])
    explained = {(w["file"], w["text"]): w["why"] for w in waivers}
    used, unexplained, hit, total = set(), 0, 0, 0
    for file in tb_build.SOURCES:
        source = (ROOT / "rtl" / "cube" / file).read_text().splitlines()
        missed = sorted(n for n, h in lines[file].items() if h == 0)
        count = len(lines[file])
        hit += count - len(missed)
        total += count
        toggled, points = toggles[file]
        print(f"{file:22} lines {count - len(missed):4} of {count:4}   toggles {toggled:6} of {points:6}")
        for number in missed:
            text = source[number - 1].strip()
            why = explained.get((file, text))
            used.add((file, text))
            unexplained += why is None
            print(f"  {file}:{number}: {text}\n    {why or 'NOT EXPLAINED in coverage_waivers.toml'}")
    stale = [w for w in explained if w not in used]
    for file, text in stale:
        print(f"waiver out of date, the line is covered: {file}: {text}")
    toggled, points = (sum(t[i] for t in toggles.values()) for i in (0, 1))
    percent = 100 * hit / max(total, 1)
    print(f"line coverage of rtl/cube: {percent:.1f} % ({hit} of {total}), goal {arguments.goal} %; "
          f"{unexplained} lines not explained")
    for file, line, which in sorted(k for k, h in branches.items() if h == 0):
        print(f"  branch not taken: {file}:{line} {which}")
    print(f"branch coverage: {sum(h > 0 for h in branches.values())} of {len(branches)}")
    print(f"toggle coverage: {100 * toggled / max(points, 1):.1f} % ({toggled} of {points})")
    return 0 if total and percent >= arguments.goal and not unexplained and not stale else 1


if __name__ == "__main__":
    sys.exit(main())

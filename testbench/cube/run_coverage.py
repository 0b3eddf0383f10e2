#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Line and toggle coverage of rtl/cube under tb_cube, merged over seeds.

Builds the RTL with Verilator's counters, runs one stream per seed, merges with verilator_coverage and
reports. Every line that no stream reached, and every bit that did not toggle, must be listed with a
reason in coverage_waivers.toml; a waiver of what is covered, or of what does not exist, is out of date
and fails too. Exit code: 0 goal met and everything uncovered explained, 1 not, 2 set-up.
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
    """Copies the RTL with the package's functions repeated in the modules that call them, because
    Verilator counts nothing inside of packages. `line directives keep the places of the shipped source."""
    to.mkdir(parents=True, exist_ok=True)
    package = (rtl / "cube_pkg.sv").read_text()
    functions = {}
    for found in re.finditer(r"  function automatic [^;]*?(\w+)\(.*?endfunction\n", package, re.S):
        line = package[:found.start()].count("\n") + 1
        functions[found.group(1)] = f'`line {line} "cube_pkg.sv" 0\n{found.group(0)}'
    for file in tb_build.SOURCES:
        text = (rtl / file).read_text()
        if file != "cube_pkg.sv":
            head, rest = text.split("\n);\n", 1)
            called = "".join(f for name, f in functions.items() if re.search(rf"\b{name}\(", rest))
            # Call the copies, which name the package's types and numbers without their scope.
            rest = re.sub(r"cube_pkg::(?=\w+\()", "", rest)
            if "import cube_pkg" not in head:
                head = head.replace(" #(", " import cube_pkg::*; #(", 1)
            text = (f'`line 1 "{file}" 0\n{head}\n);\n{called}'
                    f'`line {head.count(chr(10)) + 3} "{file}" 0\n{rest}')
        (to / file).write_text(text)
    return to


def bits_of(text, every, width):
    """The bit numbers of "0-4 17-19", repeated every so many bits up to the width."""
    bits = set()
    for part in text.split():
        first, _, last = part.partition("-")
        bits.update(range(int(first), int(last or first) + 1))
    return {b + at for b in bits for at in range(0, width if every else 1, every or 1) if b + at < width}


def report_toggles(points, waivers, shape):
    """Prints covered, explained and unexplained; True when all is explained and no waiver is stale.

    points: {(file, signal, element, bit): hits}, an element the indices but the last.
    """
    explained, right = {}, True
    for waiver in waivers:
        if shape not in waiver.get("shapes", [shape]):
            continue
        for signal in waiver["signals"].split():
            mine = [p for p in points if p[0] == waiver["file"] and p[1] == signal]
            width = max((p[3] for p in mine), default=-1) + 1
            bits = bits_of(waiver["bits"], waiver.get("every"), width)
            for point in (p for p in mine if p[3] in bits):
                explained[point] = waiver["why"]
                if points[point]:
                    print(f"waiver out of date, the bit toggles: {point[0]}: {signal}{point[2]}[{point[3]}]")
                    right = False
            if not bits & {p[3] for p in mine}:
                print(f"waiver out of date, no such bit: {waiver['file']}: {signal} [{waiver['bits']}]")
                right = False
    unexplained = collections.defaultdict(list)
    for point, hits in sorted(points.items()):
        if not hits and point not in explained:
            unexplained[point[:3]].append(point[3])
    for (file, signal, element), bits in unexplained.items():
        print(f"  no toggle: {file}: {signal}{element} bits {' '.join(map(str, bits))}: "
              "NOT EXPLAINED in coverage_waivers.toml")
    covered, left = sum(h > 0 for h in points.values()), sum(map(len, unexplained.values()))
    print(f"toggle coverage: {covered} of {len(points)} ({100 * covered / max(len(points), 1):.1f} %); "
          f"{len(points) - covered - left} explained, {left} not")
    return right and left == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", required=True, help="tb_build.json in the build folder")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder for the build and data")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--n", type=int, default=200, help="instructions a seed")
    parser.add_argument("--limits", type=int, default=10, help="percent with a side as long as buffers allow")
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
                                str(arguments.largest), "--limits", str(arguments.limits), "--coverage", str(file)], f"seed {seed}")
            print(f"seed {seed}: {ran.stdout.splitlines()[-1]}", flush=True)
            data.append(str(file))
        merged = arguments.work / "merged.dat"
        tb_build.run([settings["verilator_coverage"], "--write", str(merged), *data], "Merging")
    except tb_build.BuildError as error:
        print(error, file=sys.stderr)
        return 2

    lines = collections.defaultdict(dict)  # file -> line -> hits
    toggles = {}  # (file, signal, element, bit) -> hits
    branches = {}  # (file, line, which) -> hits
    for file, line, kind, fields, hits in read_points(merged):
        if kind == "toggle":
            signal, indices = re.match(r"([\w.]+)(.*)", fields["o"]).groups()
            element, _, bit = indices.rpartition("[")
            key = (file, signal, element, int(bit.rstrip("]") or 0))
            toggles[key] = toggles.get(key, 0) + hits
            continue
        if kind == "branch":
            key = (file, line, fields.get("o"))
            branches[key] = max(branches.get(key, 0), hits)
        # A branch that was not taken leaves the lines of its block without a hit.
        for part in fields.get("S", str(line)).split(","):
            first, _, last = part.partition("-")
            for number in range(int(first), int(last or first) + 1):
                lines[file][number] = max(lines[file].get(number, 0), hits)

    waivers = tomllib.loads((HERE / "coverage_waivers.toml").read_text())
    explained = {(w["file"], w["text"]): w["why"] for w in waivers.get("line", [])}
    used, unexplained, hit, total = set(), 0, 0, 0
    for file in tb_build.SOURCES:
        source = (ROOT / "rtl" / "cube" / file).read_text().splitlines()
        missed = sorted(n for n, h in lines[file].items() if h == 0)
        count = len(lines[file])
        hit += count - len(missed)
        total += count
        mine = [h for p, h in toggles.items() if p[0] == file]
        toggled, points = sum(h > 0 for h in mine), len(mine)
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
    percent = 100 * hit / max(total, 1)
    print(f"line coverage of rtl/cube: {percent:.1f} % ({hit} of {total}), goal {arguments.goal} %; "
          f"{unexplained} lines not explained")
    for file, line, which in sorted(k for k, h in branches.items() if h == 0):
        print(f"  branch not taken: {file}:{line} {which}")
    print(f"branch coverage: {sum(h > 0 for h in branches.values())} of {len(branches)}")
    bits_right = report_toggles(toggles, waivers.get("toggle", []), arguments.shape)
    right = total and percent >= arguments.goal and not unexplained and not stale and bits_right
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())

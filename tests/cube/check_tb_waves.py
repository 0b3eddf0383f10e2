#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tb_cube's FST files, read back with fst2vcd: two-dimensional arrays are in them, with values that
move; the scopes hold what they promise; nothing lies outside of the window."""

import pathlib
import re
import subprocess
import sys
import tempfile


def read(program, fst2vcd, folder, scope):
    wave = folder / "w.fst"
    command = [program, "--seed", "7", "--n", "30", "--type", "bf16", "--wave", str(wave),
               "--wave-scope", scope, "--wave-from", "10", "--wave-to", "400"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    text = subprocess.run([fst2vcd, "-f", str(wave)], check=True, capture_output=True, text=True).stdout
    names, changes, times, now = {}, {}, [], 0
    for line in text.splitlines():
        if line.startswith("$var"):
            _, _, _, code, name = line.split()[:5]
            names.setdefault(name, code)
        elif line.startswith("#"):
            now = int(line[1:])
        elif line[:1] in ("b", "0", "1", "x") and names:
            code = line.split()[1] if line[0] == "b" else line[1:]
            changes.setdefault(code, set()).add(line.split()[0] if line[0] == "b" else line[0])
            times.append(now)
    return names, changes, times, wave.stat().st_size


def rows_of(names, array, dimension):
    found = set()
    for name in names:
        match = re.fullmatch(re.escape(array) + r"((?:\[\d+\])+)", name)
        if match:
            found.add(int(re.findall(r"\d+", match[1])[dimension]))
    return found


def expect(condition, what):
    if not condition:
        sys.exit(f"FAIL: {what}")


def main():
    program, fst2vcd = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        names, changes, times, size_all = read(program, fst2vcd, folder, "all")
        results = [n for n in names if re.fullmatch(r"result_q\[\d+\]\[\d+\]\[\d+\]", n)]
        expect(len(results) == 3 * 16 * 16, f"result_q has {len(results)} elements, expected 768")
        expect(rows_of(names, "a_q", 1) == set(range(16)), "a_q does not have all 16 rows")
        for array in ("a_q[0][3]", "b_q[7][15]", "result_q[4][0][0]", "c_q[3][5]"):
            expect(len(changes.get(names[array], ())) > 3, f"{array} hardly changes")
        late = [t for t in times if t > 401 * 1000000]
        expect(not late, f"changes after the window, the first at {late[:1]}")
        expect(min(t for t in times if t > 0) >= 10 * 1000000, "changes before the window")

        ports, changes, _, size_ports = read(program, fst2vcd, folder, "ports")
        expect("done_o" in ports and "l0c_wdata_o[3][5]" in ports, "the ports lack signals")
        expect({"m", "dtype", "bias"} <= set(ports), "the ports lack the fields of instr_i")
        expect(len(changes[ports["l0c_wdata_o[3][5]"]]) > 3, "l0c_wdata_o[3][5] hardly changes")
        expect(not any(n.startswith(("result_q", "a_q", "busy_q")) for n in ports),
               "the ports' waveform has inner signals")

        rows, changes, _, size_rows = read(program, fst2vcd, folder, "rows:2-3")
        for array, dimension in (("a_q", 1), ("c_q", 0), ("result_q", 1), ("l0c_wdata_o", 0)):
            got = rows_of(rows, array, dimension)
            expect(got == {2, 3}, f"rows of {array} are {sorted(got)}, expected 2 and 3")
        expect(rows_of(rows, "b_q", 1) == set(range(16)), "b_q lost columns")
        expect(len(changes[rows["result_q[4][2][0]"]]) > 3, "result_q[4][2][0] hardly changes")
        expect(size_ports < size_all and size_rows < size_all, "the smaller scopes are not smaller")
    for bad in (["--wave-scope", "row"], ["--wave", "/nonexistent/w.fst"], ["--type", "fp8"]):
        code = subprocess.run([program, "--n", "1", *bad], capture_output=True).returncode
        expect(code == 2, f"{bad} gives exit code {code}, expected 2")
    print(f"all: {len(names)} signals, {size_all} bytes; ports: {len(ports)}, {size_ports}; "
          f"rows 2-3: {len(rows)}, {size_rows}")


if __name__ == "__main__":
    main()

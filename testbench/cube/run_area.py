#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Area and depth of one dot-product unit of each array of the matrix engine, estimated with Yosys.

Maps the array with M = N = 1 to gates (AND, OR, XOR, MUX, NOT), counts them, and looks for the longest
path through them. Transistors are those of Yosys' `stat -tech cmos`; a gate equivalent is a NAND with
two inputs, four transistors. Nothing is placed or sized, and nothing is restructured for speed.
Exit code: 0 done, or Yosys is not there; 1 a unit has a register or a latch, or more gate equivalents
than --most; 2 Yosys failed.
"""

import argparse
import pathlib
import re
import resource
import shutil
import sys
import tempfile

import tb_build

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNITS = ("int8", "float", "fp32")
GATES = ("AND", "OR", "XOR", "MUX", "NOT")
# -defer: without it Yosys first builds the 16 x 16 array of the default parameters, for minutes.
# opt -full sees that the upper bits of an operand are copies of its sign; wreduce then drops them.
SCRIPT = """
read_verilog -defer -sv {rtl}/cube_pkg.sv {rtl}/cube_{unit}_array.sv
hierarchy -top cube_{unit}_array -chparam M {m} -chparam N {n}
rename -top unit
proc; flatten; opt -full; wreduce; opt_clean; opt -full; wreduce; peepopt; opt_clean
alumacc; opt -fast; techmap; opt -fast
abc -fast -g AND,OR,XOR,MUX
opt_clean; check -assert
tee -q -o {work}/stat.txt stat -tech cmos
tee -q -o {work}/path.txt ltp -noff
"""


def number(pattern, text):
    found = re.search(pattern, text)
    return int(found.group(1)) if found else 0


def measure(yosys, rtl, unit, m, n):
    """The figures of one unit as a dictionary; raises tb_build.BuildError when Yosys fails."""
    with tempfile.TemporaryDirectory(prefix="cube-area-") as work:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        tb_build.run([yosys, "-q", "-p", SCRIPT.format(rtl=rtl, unit=unit, m=m, n=n, work=work)], "Yosys")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        stat = (pathlib.Path(work) / "stat.txt").read_text()
        path = (pathlib.Path(work) / "path.txt").read_text()
    figures = {gate: number(rf"\$_{gate}_\s+(\d+)", stat) for gate in GATES}
    figures["cells"] = number(r"Number of cells:\s+(\d+)", stat)
    figures["registers"] = figures["cells"] - sum(figures[gate] for gate in GATES)
    figures["equivalents"] = number(r"Estimated number of transistors:\s+(\d+)", stat) // 4
    figures["depth"] = number(r"length=(\d+)", path)
    figures["seconds"] = after.ru_utime - before.ru_utime
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--yosys", default="yosys")
    parser.add_argument("--rtl", type=pathlib.Path, default=ROOT / "rtl" / "cube")
    parser.add_argument("--units", nargs="+", choices=UNITS, default=UNITS)
    parser.add_argument("--m", type=int, default=1, help="rows of the array")
    parser.add_argument("--n", type=int, default=1, help="columns of the array")
    parser.add_argument("--most", type=int, help="gate equivalents above which this fails")
    arguments = parser.parse_args()
    if not shutil.which(arguments.yosys):
        print(f"{arguments.yosys} is not there (Debian package yosys): no estimate of area and depth")
        return 0

    print(f"{'unit':6}{'M x N':>8}{'NAND2 eq.':>11}{'gates':>9}" + "".join(f"{g:>8}" for g in GATES) +
          f"{'registers':>11}{'depth':>7}{'CPU s':>7}")
    right = True
    for unit in arguments.units:
        try:
            f = measure(arguments.yosys, arguments.rtl, unit, arguments.m, arguments.n)
        except tb_build.BuildError as error:
            print(error, file=sys.stderr)
            return 2
        print(f"{unit:6}{f'{arguments.m} x {arguments.n}':>8}{f['equivalents']:11}{f['cells']:9}" +
              "".join(f"{f[g]:8}" for g in GATES) + f"{f['registers']:11}{f['depth']:7}{f['seconds']:7.0f}",
              flush=True)
        if f["cells"] == 0 or f["depth"] == 0 or f["registers"]:
            print(f"{unit}: no gates, or a register or latch in combinational logic")
            right = False
        if arguments.most and f["equivalents"] > arguments.most:
            print(f"{unit}: more than {arguments.most} gate equivalents")
            right = False
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())

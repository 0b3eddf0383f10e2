#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The RTL of the matrix engine in Icarus Verilog: same values and cycles as the model.

Writes vectors with cube_vectors, compiles rtl/cube with cube_vectors_tb.sv and runs it, once without
and once with stalls. Exit code: 0 equal, 1 a difference, 2 set-up.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import tb_build

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# Icarus says these of sources that are right; they do not bear on results.
NOISE = ("constant selects in always_* processes",)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--generator", required=True, help="the program cube_vectors")
    parser.add_argument("--iverilog", default="iverilog")
    parser.add_argument("--vvp", default="vvp")
    parser.add_argument("--rtl", type=pathlib.Path, default=ROOT / "rtl" / "cube")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--n", type=int, default=24, help="instructions")
    parser.add_argument("--largest", type=int, default=20, help="largest m, k and n")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="cube-vectors-") as folder:
        vectors, program = f"{folder}/vectors.hex", f"{folder}/cube"
        try:
            tb_build.run([arguments.generator, "--seed", str(arguments.seed), "--n", str(arguments.n),
                          "--largest", str(arguments.largest), "--out", vectors], "cube_vectors")
            built = tb_build.run([arguments.iverilog, "-g2012", "-s", "cube_vectors_tb", "-o", program,
                                  *(str(arguments.rtl / s) for s in tb_build.SOURCES),
                                  str(HERE / "cube_vectors_tb.sv")], "Icarus Verilog")
            for line in built.stderr.splitlines():
                if not any(noise in line for noise in NOISE):
                    print(line)
            for options in ([], [f"+stalls={arguments.seed}"]):
                ran = tb_build.run([arguments.vvp, "-n", program, f"+vectors={vectors}", *options], "vvp")
                told = [l for l in ran.stdout.splitlines() if "PASS" in l or "FAIL" in l or "Assert" in l]
                print(" ".join(["Icarus Verilog", *options]) + ":")
                print("\n".join(told))
                if not told or any("PASS" not in l for l in told):
                    print(ran.stdout[-2000:] if not told else "", end="")
                    return 1
        except tb_build.BuildError as error:
            print(error, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

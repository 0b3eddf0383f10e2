# SPDX-License-Identifier: Apache-2.0
"""Builds tb_cube around other RTL than the shipped one: mutants, or RTL that counts coverage."""

import json
import pathlib
import subprocess

SHAPES = {  # M, K, N, Depth
    "small": (8, 8, 8, 2),
    "default": (16, 16, 16, 4),
    "wide": (32, 16, 16, 2),
}
SOURCES = ["cube_pkg.sv", "cube_sequencer.sv", "cube_float_array.sv", "cube_fp32_array.sv",
           "cube_int8_array.sv", "cube_engine.sv"]


class BuildError(Exception):
    pass


def run(command, what, **options):
    result = subprocess.run(command, capture_output=True, text=True, errors="replace", **options)
    if result.returncode != 0:
        raise BuildError(f"{what} failed:\n{' '.join(map(str, command))}\n"
                         f"{result.stdout}{result.stderr}")
    return result


def build(settings_file, rtl, work, shape, verilator_flags=(), defines=(), runtime=(),
          optimise="-O1"):
    """Verilates the sources in `rtl` and links tb_cube in `work`; returns the program's path.

    settings_file: tb_build.json, which CMake writes. runtime: more sources of Verilator's library.
    """
    settings = json.loads(pathlib.Path(settings_file).read_text())
    work = pathlib.Path(work)
    m, k, n, depth = SHAPES[shape]
    verilated = work / "verilated"
    run([settings["verilator"], "--cc", "--flatten", "--unroll-stmts", "1", "-O3", "--assert",
         "--x-assign", "fast", "--x-initial", "fast", "-Wno-lint", "-Wno-fatal",
         "--output-split", "0", "--top-module", "cube_engine", "--prefix", "Vcube_tb",
         "-Mdir", str(verilated), f"-GM={m}", f"-GK={k}", f"-GN={n}", f"-GDepth={depth}",
         *verilator_flags, *(str(pathlib.Path(rtl) / s) for s in SOURCES)], "Verilator")
    # One translation unit: what it includes is read once.
    unit = work / "unit.cpp"
    includes = sorted(p.name for p in verilated.glob("*.cpp")) + ["testbench/cube/monitored_cube.cpp"]
    unit.write_text("".join(f'#include "{name}"\n' for name in includes))
    program = work / "tb_cube"
    run([settings["clang"], "-std=c++20", "-w", optimise, "-ffp-contract=off", "-fPIC",
         f"-DCUBIST_TB_M={m}", f"-DCUBIST_TB_K={k}", f"-DCUBIST_TB_N={n}",
         f"-DCUBIST_TB_DEPTH={depth}", *defines, f"-I{verilated}", f"-I{settings['source']}",
         f"-I{settings['verilator_include']}", f"-I{settings['verilator_include']}/vltstd",
         str(unit), *(f"{settings['verilator_include']}/{s}" for s in runtime),
         *settings["main"].split(";"),
         "-Wl,--start-group", *settings["libraries"].split(";"), "-Wl,--end-group",
         "-lz", "-lpthread", settings["systemc"], "-o", str(program)], "The compiler")
    return program

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bench_lines.py BENCH_CHIP: runs it on the small chip; it checks its own results."""
import subprocess
import sys

done = subprocess.run([sys.argv[1], "--chip", "tiny", "--size", "512"], capture_output=True, text=True,
                      timeout=200)
lines = {}
for line in done.stdout.splitlines():
    word, name, value, *_ = line.split()
    assert word == "BENCH", line
    lines[name] = float(value)
assert done.returncode == 0, done.stderr
for name in ("cpu_s", "simulated_us", "cpu_s_per_simulated_us", "rss_mb", "cpu_s_harts_and_pipes",
             "cpu_s_requests", "cpu_s_noc_l2_hbm", "cpu_s_values", "error_over_bound"):
    assert "chip.gemm512." + name in lines, name
# 512^3 multiply-accumulates at 4096 a cycle and core on two cores, and not ten times as long.
least_us = 512 ** 3 / 4096 / 2 / 1850
assert least_us < lines["chip.gemm512.simulated_us"] < 10 * least_us, lines
assert 0 < lines["chip.gemm512.error_over_bound"] < 1, lines
for arguments in (["--size", "700"], ["--chip", "none"], ["--oops"]):
    done = subprocess.run([sys.argv[1], *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1, (arguments, done)
print("ok")

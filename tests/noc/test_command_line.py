#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cubist-noc as a user meets it: results, curves, and one line for every wrong argument."""
import csv
import io
import re
import signal
import subprocess
import sys
import time
import unittest

PROGRAM = sys.argv.pop(1)


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60)


class Results(unittest.TestCase):
    def test_help(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        for option in ("--mesh", "--traffic", "--flits", "--load", "--vcs", "--buffer", "--flit-accurate"):
            self.assertIn(option, done.stdout)

    def test_both_models_print_the_same_numbers(self):
        setting = ("--mesh", "4x4", "--traffic", "hotspot", "--flits", "5", "--load", "0.15", "--vcs", "2",
                   "--buffer", "4", "--cycles", "3000")
        packet, flit = run(*setting), run(*setting, "--flit-accurate")
        self.assertEqual((packet.returncode, flit.returncode), (0, 0), packet.stderr + flit.stderr)
        self.assertIn("model packet", packet.stdout)
        self.assertIn("model flit", flit.stdout)
        self.assertEqual(packet.stdout.splitlines()[2:], flit.stdout.splitlines()[2:])
        self.assertEqual(run(*setting).stdout, packet.stdout)
        self.assertNotEqual(run(*setting, "--seed", "2").stdout, packet.stdout)

    def test_accepted_follows_offered(self):
        out = run("--mesh", "6x6", "--load", "0.2", "--cycles", "20000").stdout
        offered = float(re.search(r"offered +([\d.]+)", out)[1])
        accepted = float(re.search(r"accepted +([\d.]+)", out)[1])
        self.assertAlmostEqual(offered, 0.2, delta=0.01)
        self.assertAlmostEqual(accepted, offered, delta=0.005)

    def test_sweep_as_a_table(self):
        done = run("--mesh", "4x4", "--traffic", "transpose", "--sweep", "0.1:0.9:0.4", "--cycles", "2000",
                   "--csv", "-")
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        self.assertEqual([float(r["load"]) for r in rows], [0.1, 0.5, 0.9])
        means = [float(r["mean"]) for r in rows]
        self.assertEqual(means, sorted(means))
        self.assertGreater(float(rows[0]["mean"]), float(rows[0]["zero_load"]))

    def test_interrupt(self):
        process = subprocess.Popen([PROGRAM, "--cycles", "1000000000"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 130)
        self.assertEqual(len(errors.splitlines()), 1)


class WrongArguments(unittest.TestCase):
    def check(self, *arguments: str, says: str):
        done = run(*arguments)
        self.assertEqual(done.returncode, 2, arguments)
        self.assertEqual(done.stdout, "")
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn(says, done.stderr)

    def test_each(self):
        for mesh in ("8", "0x4", "8x", "8x8x8", "-2x4", "33x2", "1x1", "axb", "999999x1"):
            self.check("--mesh", mesh, says="--mesh")
        self.check("--traffic", "diagonal", says="--traffic")
        self.check("--mesh", "4x2", "--traffic", "transpose", says="square")
        self.check("--mesh", "4x2", "--traffic", "edges", says="three rows")
        self.check("--crossbar", "8", "--traffic", "edges", says="three rows")
        self.check("--flits", "0", says="--flits")
        self.check("--load", "1.5", says="--load")
        self.check("--load", "0", says="--load")
        self.check("--load", "nan", says="--load")
        self.check("--vcs", "0", says="--vcs")
        self.check("--buffer", "x", says="--buffer")
        self.check("--hotspot-node", "64", says="--hotspot-node")
        self.check("--sweep", "0.1:0.5", says="--sweep")
        self.check("--sweep", "0.5:0.1:0.1", says="--sweep")
        self.check("--flit-accurate", "--model", "packet", says="--model")
        self.check("--csv", "/nonexistent/out.csv", says="/nonexistent/out.csv")
        self.check("--lod", "0.1", says="--lod")


if __name__ == "__main__":
    unittest.main()

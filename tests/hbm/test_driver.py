#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cubist-hbm from outside: files in and out, patterns, bad input. usage: test_driver.py PROGRAM"""
import csv
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = None
HEADER = "id,rw,pc,sid,bg,ba,row,col,arrival_ns"


def run(*args):
    return subprocess.run([PROGRAM, *map(str, args)], capture_output=True, text=True, timeout=120)


class Driver(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.at = pathlib.Path(self.folder.name)

    def works(self, *args):
        done = run(*args)
        self.assertEqual((done.returncode, done.stderr), (0, ""), args)
        return done.stdout

    def refused(self, *args, mentions):
        done = run(*args)
        self.assertEqual(done.returncode, 2, args)
        self.assertEqual(done.stdout, "", args)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertTrue(lines[0].startswith("cubist-hbm: "), lines[0])
        for word in mentions:
            self.assertIn(word, lines[0])

    def requests(self, text, name="in.csv"):
        file = self.at / name
        file.write_text(text)
        return file

    def answer(self, text, *args):
        out = self.at / "out.csv"
        self.works("--requests", self.requests(text), "--out", out, "--check", *args)
        with out.open() as file:
            return list(csv.DictReader(file))

    def test_times_of_single_requests(self):
        rows = self.answer(HEADER + "\nfirst,R,0,0,0,0,5,0,0\nhit,R,0,0,0,0,5,1,100\n"
                           "conflict,R,0,0,0,0,6,0,200.5\nwrite,W,1,0,2,3,7,31,300\n",
                           "--timing", "hbm2_2000", "--refresh", "none")
        self.assertEqual([row["id"] for row in rows], ["first", "hit", "conflict", "write"])
        self.assertEqual([float(row["accepted_ns"]) for row in rows], [0, 100, 201, 300])
        # A clock is 1 ns: 1 + tRCDRD + RL + 2; RL + 2; tRP + tRCDRD + RL + 2; 1 + tRCDWR + WL + 2.
        self.assertEqual([float(row["done_ns"]) for row in rows],
                         [1 + 14 + 14 + 2, 100 + 16, 201 + 14 + 14 + 16, 300 + 1 + 12 + 5 + 2])
        self.assertEqual([row["arrival_ns"] for row in rows], ["0", "100", "200.5", "300"])

    def test_lines_in_any_order_without_header(self):
        rows = self.answer("b,R,0,0,0,0,5,1,100\na,R,0,0,0,0,5,0,0\n",
                           "--timing", "hbm2_2000", "--refresh", "none")
        self.assertEqual([(row["id"], float(row["done_ns"])) for row in rows],
                         [("b", 116), ("a", 31)])

    def test_one_port_a_full_queue_holds_up_the_other_pseudo_channel(self):
        text = "".join(f"{i},R,0,0,0,0,{i},0,0\n" for i in range(4)) + "last,R,1,0,0,0,0,0,0\n"
        rows = self.answer(text, "--timing", "hbm2_2000", "--refresh", "none", "--queue-depth", 2)
        self.assertGreater(float(rows[4]["accepted_ns"]), 0)
        self.assertEqual(float(rows[1]["accepted_ns"]), 0)

    def test_a_pattern_written_out_runs_alike_from_the_file(self):
        out, again = self.at / "out.csv", self.at / "again.csv"
        common = ["--timing", "hbm3_6400", "--refresh", "per-bank", "--page", "adaptive"]
        self.works("--pattern", "rand64", "--n", 3000, "--read-fraction", 0.6, "--load", 50, "--out",
                   out, *common)
        source = self.at / "in.csv"
        with out.open() as file:
            lines = [",".join(line.split(",")[:9]).strip() for line in file]
        source.write_text("\n".join(lines) + "\n")
        self.works("--requests", source, "--out", again, *common)
        self.assertEqual(out.read_text(), again.read_text())

    def test_report_and_commands(self):
        commands = self.at / "commands.csv"
        text = self.works("--pattern", "seq", "--n", 20000, "--timing", "hbm2e_3200", "--commands",
                          commands, "--check")
        share = float(re.search(r"([\d.]+) % of the peak", text)[1])
        self.assertGreater(share, 85)
        self.assertIn(" 0 violations", text)
        self.assertIn("read  latency", text)
        with commands.open() as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(sum(row["command"] in ("RD", "RDA") for row in rows), 20000)
        self.assertEqual([float(r["clock"]) for r in rows], sorted(float(r["clock"]) for r in rows))

    def test_same_twice(self):
        args = ["--pattern", "rand32", "--n", 5000, "--load", 20, "--seed", 3]
        self.assertEqual(self.works(*args), self.works(*args))

    def test_list_and_help(self):
        self.assertIn("hbm3_6400", self.works("--list"))
        self.assertIn("--requests", self.works("--help"))

    def test_bad_input(self):
        seq = ["--pattern", "seq"]
        self.refused(mentions=["--requests", "--pattern"])
        self.refused("--pattern", "rand23", mentions=["rand32"])
        self.refused(*seq, "--timing", "hbm3_640", mentions=["hbm3_6400"])
        self.refused(*seq, "--page", "ajar", mentions=["open, closed or adaptive"])
        self.refused(*seq, "--refresh", "never", mentions=["none, all-bank or per-bank"])
        self.refused(*seq, "--load", "fast", mentions=["sat"])
        self.refused(*seq, "--read-fraction", 2, mentions=["read-fraction"])
        self.refused(*seq, "--n", 0, mentions=["--n"])
        self.refused(*seq, "--hit-limit", 0, mentions=["hit-limit"])
        self.refused(*seq, "--write-low", 0.9, mentions=["--write-high"])
        self.refused(*seq, "--set", "hbm.trp_n=3", mentions=["hbm.trp_ns"])
        self.refused(*seq, "--set", "hbm.trc_ns=1", mentions=["trc_ns"])
        self.refused(*seq, "--out", self.at / "no" / "x.csv", "--n", 10, mentions=["x.csv"])
        self.refused(*seq, "--speed", mentions=["--speed"])
        self.refused("--requests", self.at / "none.csv", mentions=["none.csv"])
        for line, words in [("a,R,2,0,0,0,0,0,0", ["pc", "0 to 1"]), ("a,X,0,0,0,0,0,0,0", ["R or W"]),
                            ("a,R,0,1,0,0,0,0,0", ["sid"]), ("a,R,0,0,4,0,0,0,0", ["bg", "0 to 3"]),
                            ("a,R,0,0,0,0,-1,0,0", ["row"]), ("a,R,0,0,0,0,0,32,0", ["col", "31"]),
                            ("a,R,0,0,0,0,0,0,soon", ["arrival_ns"]), ("a,R,0,0,0,0,0,0,nan", ["arrival_ns"]),
                            ("a,R,0,0,0", ["5 fields"]), ("id,write", ["first line"])]:
            self.refused("--requests", self.requests(line + "\n"), mentions=["in.csv:1:", *words])
        self.refused("--requests", self.requests(HEADER + "\n"), mentions=["no requests"])

    def test_interrupt(self):
        process = subprocess.Popen([PROGRAM, "--pattern", "rand32", "--n", "1000000000"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertIn("interrupted", err)
        self.assertIn("bandwidth", out)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()

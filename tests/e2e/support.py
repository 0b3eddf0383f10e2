# SPDX-License-Identifier: Apache-2.0
"""Runs the command line for the end-to-end tests, and makes their input files."""
import gzip
import os
import pathlib
import struct
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["CUBIST_BUILD"])
SOURCE = pathlib.Path(os.environ["CUBIST_SOURCE"])
CUBIST = BUILD / "tools" / "cubist"
MODELS = SOURCE / "examples" / "models"
FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")
IMAGES = FASHION / "t10k-images-idx3-ubyte.gz"
LABELS = FASHION / "t10k-labels-idx1-ubyte.gz"


def cubist(*arguments, timeout=500, **more):
    """The finished process, its output as text."""
    return subprocess.run([str(CUBIST), *map(str, arguments)], capture_output=True, text=True,
                          timeout=timeout, check=False, **more)


def npy(path, values, dims, kind="<f4"):
    """Writes numbers as a version 1.0 .npy file."""
    shape = "(" + ", ".join(map(str, dims)) + ("," if len(dims) == 1 else "") + ")"
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    letter = {"<f4": "f", "<i4": "i", "<f2": "e", "|u1": "B"}[kind]
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
                     + struct.pack(f"<{len(values)}{letter}", *values))
    return path


def read_npy(path):
    """(dims, values) of a float32 .npy file."""
    data = pathlib.Path(path).read_bytes()
    size = struct.unpack("<H", data[8:10])[0]
    header = data[10:10 + size].decode()
    dims = [int(d) for d in header.split("(")[1].split(")")[0].split(",") if d.strip()]
    assert "<f4" in header, header
    body = data[10 + size:]
    return dims, list(struct.unpack(f"<{len(body) // 4}f", body))


class Case(unittest.TestCase):
    """Each test has a folder of its own and the check for bad input."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cubist-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def assert_refused(self, *arguments, mentions=()):
        """Exit code 2, one line on stderr that mentions what it must, nothing on stdout."""
        done = cubist(*arguments, timeout=120)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        lines = done.stderr.strip().split("\n")
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertTrue(lines[0].startswith("cubist: error: "), lines[0])
        for word in mentions:
            self.assertIn(word, lines[0])

    def assert_works(self, *arguments, **more):
        done = cubist(*arguments, **more)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout


def gunzipped(path, limit):
    with gzip.open(path, "rb") as stream:
        return stream.read(limit)

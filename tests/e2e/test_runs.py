# SPDX-License-Identifier: Apache-2.0
"""Networks and kernels through the command line: right, repeatable, the same at every level."""
import json
import re
import signal
import subprocess
import time
import unittest

from support import BUILD, CUBIST, IMAGES, LABELS, MODELS, Case, npy, read_npy

FASHION = ["run", MODELS / "fashion.onnx", "--input", IMAGES, "--labels", LABELS]
ODD = ["run", MODELS / "odd.onnx", "--input", MODELS / "odd_input.npy"]


def hash_of(output):
    return re.search(r"^trace hash ([0-9a-f]{32})$", output, re.M).group(1)


class Runs(Case):
    def test_fashion(self):
        files = {k: self.folder / f for k, f in
                 {"--trace": "t.json", "--report": "r.html", "--json": "r.json", "--output": "y.npy"}.items()}
        options = [word for pair in files.items() for word in pair]
        output = self.assert_works(*FASHION, "--images", "20", "--chip", "tiny", "--cube=check:8", *options)
        result = json.loads(files["--json"].read_text())
        self.assertEqual(result["images"], 20)
        self.assertGreaterEqual(result["accuracy"], 0.8)
        self.assertTrue(result["passed"])
        self.assertEqual(result["labels"]["unexplained"], 0)
        self.assertEqual(result["cube_mismatches"], 0)
        self.assertGreaterEqual(result["cube_instructions_in_rtl"] * 8, result["cube_instructions"])
        self.assertGreater(result["cube_instructions"], 0)
        self.assertGreater(result["traffic_bytes"]["hbm_read"], 0)
        for layer in result["layers"]:
            self.assertLessEqual(layer["ratio"], 1, layer)
        self.assertTrue(any(p["pipe"].endswith(".mte2") and p["busy_ns"] > 0 for p in result["pipes"]))
        dims, values = read_npy(files["--output"])
        self.assertEqual(dims, [20, 10])
        for i in range(20):
            self.assertAlmostEqual(sum(values[10 * i:10 * i + 10]), 1, places=4)
        self.assertIn("Next: ", output.strip().split("\n")[-1])
        self.assertIn("<svg", files["--report"].read_text())
        names = {event.get("name") for event in json.loads(files["--trace"].read_text())["traceEvents"]}
        self.assertTrue(any(str(n).startswith("kernel conv2d: conv1") for n in names))

    def test_odd_network(self):
        """Sizes that do not divide by 16, strides, pads, groups: against the float64 answer."""
        result = self.folder / "y.npy"
        self.assert_works(*ODD, "--chip", "tiny", "--output", result)
        dims, values = read_npy(result)
        expected_dims, expected = read_npy_f8(MODELS / "odd_expected.npy")
        self.assertEqual(dims, expected_dims)
        self.assertLess(max(abs(a - b) for a, b in zip(values, expected)), 0.02)

    def test_same_everywhere(self):
        """Two runs, three quanta, model and RTL: same bytes, same cycles, same events."""
        base = [*ODD, "--chip", "tiny", "--no-check", "--hash"]
        seen = {}
        for name, extra in {"first": [], "second": [], "quantum 1": ["--set", "sim.quantum_cycles=1"],
                            "quantum 10": ["--set", "sim.quantum_cycles=10"],
                            "quantum 100": ["--set", "sim.quantum_cycles=100"],
                            "traced": ["--trace", self.folder / "t.perfetto-trace"]}.items():
            y = self.folder / "y.npy"
            output = self.assert_works(*base, "--output", y, *extra)
            seen[name] = (hash_of(output), y.read_bytes(), re.search(r"cycles per image +(\d+)", output)[1])
        self.assertEqual(len(set(seen.values())), 1, {k: (v[0], v[2]) for k, v in seen.items()})

    def test_rtl_is_the_model(self):
        base = [*FASHION, "--images", "2", "--chip", "tiny", "--no-check"]
        seen = {}
        for cube in ("model", "rtl", "check:1"):
            y = self.folder / "y.npy"
            output = self.assert_works(*base, "--output", y, f"--cube={cube}")
            seen[cube] = (y.read_bytes(), re.search(r"cycles per image +(\d+)", output)[1])
        self.assertEqual(len(set(seen.values())), 1, {k: v[1] for k, v in seen.items()})

    def test_chips(self):
        """Another preset, fewer cores, another batch: the same answers."""
        seen = set()
        for extra in ([], ["--chip", "ascend-910b1"], ["--max-cores", "1"], ["--batch", "3"]):
            y = self.folder / "y.npy"
            options = extra if "--chip" in extra else ["--chip", "tiny", *extra]
            self.assert_works(*FASHION, "--images", "5", "--no-check", "--output", y, *options)
            seen.add(y.read_bytes())
        self.assertEqual(len(seen), 1)

    def test_interrupt(self):
        trace = self.folder / "t.json"
        with subprocess.Popen([str(CUBIST), *map(str, FASHION), "--images", "10000", "--no-check",
                               "--trace", str(trace)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process:
            while not trace.exists() or trace.stat().st_size == 0:
                time.sleep(0.2)
            time.sleep(3)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=100)
        self.assertEqual(process.returncode, 130, errors)
        json.loads(trace.read_text())  # complete, although cut short

    def test_information(self):
        self.assertIn("ascend-910b1", self.assert_works("chips"))
        self.assertIn("hbm.bytes", self.assert_works("params", "hbm"))
        self.assertIn("MISALIGNED", self.assert_works("decode-error", "5"))
        self.assertEqual(self.assert_works("decode-error", "5"), self.assert_works("decode-error", "misaligned"))
        self.assertIn("the scalar unit", self.assert_works("decode-error", "bit:194"))
        self.assertEqual(self.assert_works("decode-error", "bit:194"), self.assert_works("decode-error", "sc_access"))
        self.assert_refused("decode-error", "bit:9999", mentions=["bit"])
        self.assertIn("launch", self.assert_works("--help"))
        self.assertRegex(self.assert_works("--version"), r"\d+\.\d+\.\d+")


class Launch(Case):
    def test_relu_of_the_shipped_kernels(self):
        x = npy(self.folder / "x.npy", [(-1) ** i * i / 4 for i in range(1000)], [1000], "<f2")
        out = self.folder / "y.npy"
        kernels = BUILD / "firmware" / "kernels.elf"
        self.assert_works("launch", kernels, "--kernel", "relu", "--chip", "tiny", "--blocks", "3",
                          "--arg", x, "--out", f"{out}:like=0", "--arg", "1000")
        self.assertEqual(out.read_bytes()[-2000:], x.read_bytes()[-2000:].__class__(
            b"".join(x.read_bytes()[-2000:][2 * i:2 * i + 2] if i % 2 == 0 else b"\0\0" for i in range(1000))))

    def test_several_kernels_need_a_name(self):
        self.assert_refused("launch", BUILD / "firmware" / "kernels.elf", "--chip", "tiny", mentions=["--kernel"])
        self.assert_refused("launch", BUILD / "firmware" / "kernels.elf", "--chip", "tiny", "--kernel", "nope",
                            mentions=["'nope'", "relu"])

    def test_a_kernel_that_fails_says_where(self):
        from support import cubist
        done = cubist("launch", BUILD / "firmware" / "kernels.elf", "--kernel", "relu", "--chip", "tiny",
                      "--blocks", "1", "--arg", "0x3fff000000", "--arg", "0x3fff000000", "--arg", "64")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        for word in ("BUS", "AIV 0", "block 0", "relu+0x", "MTE2.copy_pad", "0x3fff000000", "MTE_GM_READ"):
            self.assertIn(word, done.stderr)
        self.assertRegex(done.stderr, r"relu\+0x[0-9a-f]+, (elementwise\.cpp|common\.h):[0-9]+\)")


def read_npy_f8(path):
    """(dims, values) of a float64 or float32 .npy file."""
    import struct
    data = path.read_bytes()
    size = struct.unpack("<H", data[8:10])[0]
    header = data[10:10 + size].decode()
    dims = [int(d) for d in header.split("(")[1].split(")")[0].split(",") if d.strip()]
    body = data[10 + size:]
    letter, width = ("d", 8) if "<f8" in header else ("f", 4)
    return dims, list(struct.unpack(f"<{len(body) // width}{letter}", body))


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Whatever the user gets wrong is answered by one clear line and exit code 2."""
import os
import stat
import unittest

from support import IMAGES, MODELS, SOURCE, Case, cubist, gunzipped, npy

MODEL = MODELS / "fashion.onnx"


class BadInput(Case):
    def test_commands_and_options(self):
        self.assert_refused("rnu", "x", mentions=["unknown command 'rnu'", "did you mean 'run'"])
        self.assert_refused("run", MODEL, "--inptu", IMAGES, mentions=["--inptu", "'--input'"])
        self.assert_refused(mentions=["subcommand"])
        self.assert_refused("run", mentions=["model"])
        self.assert_refused("run", MODEL, mentions=["--input"])
        self.assert_refused("run", MODEL, "--input", IMAGES, "--images", "-3", mentions=["images"])
        self.assert_refused("run", MODEL, "--input", IMAGES, "--cube", "rlt", mentions=["rlt", "rtl"])
        self.assert_refused("run", MODEL, "--input", IMAGES, "--cube", "check:x", mentions=["check:N"])
        self.assert_refused("run", MODEL, "--input", IMAGES, "--timing", "slow", mentions=["none, fast"])
        self.assert_refused("run", MODEL, "--input", IMAGES, "--wave-window", "9us:3us",
                            mentions=["before it begins"])

    def test_chips_and_parameters(self):
        run = ["run", MODEL, "--input", IMAGES, "--images", "1"]
        self.assert_refused(*run, "--chip", "ascend-910b", mentions=["ascend-910b1"])
        self.assert_refused(*run, "--set", "hbm.byts=1G", mentions=["hbm.bytes"])
        self.assert_refused(*run, "--set", "hbm.bytes=lots", mentions=["hbm.bytes"])
        self.assert_refused(*run, "--set", "sim.quantum_cycles=0", mentions=["sim.quantum_cycles"])
        self.assert_refused("params", "--chip", "nosuch", mentions=["nosuch"])
        self.assert_refused("params", "hbm.byte_s", mentions=["hbm.byte_s"])
        self.assert_refused("decode-error", "BUSS", mentions=["BUS"])
        self.assert_refused("decode-error", "77777", mentions=["77777"])

    def test_models(self):
        missing = self.folder / "no.onnx"
        self.assert_refused("run", missing, "--input", IMAGES, mentions=[str(missing)])
        self.assert_refused("run", self.folder, "--input", IMAGES, mentions=[str(self.folder)])
        foreign = self.folder / "foreign.onnx"
        foreign.write_bytes(b"\x7fELF" + bytes(range(256)) * 8)
        self.assert_refused("run", foreign, "--input", IMAGES, mentions=["foreign.onnx"])
        short = self.folder / "short.onnx"
        short.write_bytes(MODEL.read_bytes()[:100000])
        self.assert_refused("run", short, "--input", IMAGES, mentions=["short.onnx"])
        empty = self.folder / "empty.onnx"
        empty.write_bytes(b"")
        self.assert_refused("run", empty, "--input", IMAGES, mentions=["empty.onnx"])
        huge = self.folder / "huge.onnx"
        with open(huge, "wb") as stream:
            stream.truncate(5 << 30)
        self.assert_refused("run", huge, "--input", IMAGES, mentions=["huge.onnx"])
        # An operator of another name, with the same length so that the file stays well-formed.
        odd = self.folder / "odd.onnx"
        odd.write_bytes(MODEL.read_bytes().replace(b"\x07Softmax", b"\x07Sofzmax"))
        self.assert_refused("run", odd, "--input", IMAGES, mentions=["probability", "Sofzmax"])

    def test_inputs(self):
        missing = self.folder / "no.npy"
        self.assert_refused("run", MODEL, "--input", missing, mentions=[str(missing)])
        wrong = npy(self.folder / "wrong.npy", [0.0] * 27 * 28, [1, 1, 27, 28])
        self.assert_refused("run", MODEL, "--input", wrong, mentions=["1x1x27x28", "28x28"])
        short = self.folder / "short.npy"
        short.write_bytes(npy(self.folder / "x.npy", [0.0] * 784, [1, 1, 28, 28]).read_bytes()[:-5])
        self.assert_refused("run", MODEL, "--input", short, mentions=["short.npy"])
        text = self.folder / "text.npy"
        text.write_text("hello")
        self.assert_refused("run", MODEL, "--input", text, mentions=["text.npy"])
        cut = self.folder / "cut.idx"
        cut.write_bytes(gunzipped(IMAGES, 5000))
        self.assert_refused("run", MODEL, "--input", cut, mentions=["cut.idx"])
        self.assert_refused("run", MODEL, "--input", IMAGES, "--images", "10001", mentions=["10000"])
        self.assert_refused("run", MODEL, "--input", IMAGES, "--labels", IMAGES, mentions=["label"])
        few = npy(self.folder / "few.npy", [1, 2], [2], "<i4")
        self.assert_refused("run", MODEL, "--input", IMAGES, "--labels", few, "--images", "3",
                            mentions=["few.npy", "3 images"])
        self.assert_refused("run", MODEL, "--input", IMAGES, "--input", IMAGES, mentions=["only 1"])
        self.assert_refused("run", MODEL, "--input", f"imgae={IMAGES}", mentions=["'image'"])

    def test_values(self):
        """Labels that are none, and values that the chip cannot hold."""
        run = ["run", MODEL, "--input", IMAGES, "--images", "1", "--chip", "tiny"]
        for label, kind, said in ((3.5, "<f4", "3.5"), (-3, "<i4", "-3"), (10, "<i4", "10 classes")):
            labels = npy(self.folder / "labels.npy", [label], [1], kind)
            self.assert_refused(*run, "--labels", labels, mentions=["labels.npy", "label 0", said])
        large = npy(self.folder / "large.npy", [0.0] * 783 + [1e6], [1, 1, 28, 28])
        self.assert_refused("run", MODEL, "--input", large, "--chip", "tiny", mentions=["large.npy", "1e+06", "65504"])
        for option in ("--images", "--batch", "--max-cores"):
            for value in ("0", "-1", "x", "1.5", "99999999999999999999"):
                self.assert_refused(*run[:4], option, value, mentions=[option, value, "whole number"])

    def test_results_that_cannot_be_written(self):
        """Found before the run, not at its end; and nothing is deleted that is no file."""
        run = ["run", MODEL, "--input", IMAGES, "--chip", "tiny"]
        for option in ("--output", "--trace", "--wave", "--report", "--json"):
            self.assert_refused(*run, option, self.folder / "no" / "x.out", mentions=["x.out"])
            self.assert_refused(*run, option, self.folder, mentions=[str(self.folder)])
            self.assert_refused(*run, option, "", mentions=[option, "empty"])
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        self.assert_refused(*run, "--wave", pipe, mentions=["device"])
        self.assertTrue(stat.S_ISFIFO(pipe.stat().st_mode))
        self.assertEqual(sorted(self.folder.iterdir()), [pipe])

    def test_chips_that_cannot_run_it(self):
        run = ["run", MODEL, "--input", IMAGES, "--images", "1", "--chip", "tiny", "--set"]
        self.assert_refused(*run, "chip.aics=0", mentions=["node 'conv1'", "cube cores"])
        self.assert_refused(*run, "chip.aivs=0", mentions=["vector cores"])
        for name in ("l1", "l0a", "l0b", "ub"):  # too small for any tile: found by the kernel
            done = cubist(*run, f"core.{name}_bytes=512", timeout=60)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertEqual(len(done.stderr.strip().split("\n")), 1, done.stderr)
            self.assertIn("smallest tile", done.stderr)

    def test_not_enough_memory(self):
        self.assert_refused("run", MODEL, "--input", IMAGES, "--images", "64", "--batch", "64", "--chip",
                            "tiny", "--set", "hbm.bytes=1M", mentions=["HBM", "1048576"])
        self.assert_refused("run", MODEL, "--input", IMAGES, "--images", "4000", "--batch", "4000",
                            "--chip", "tiny", mentions=["HBM", "smaller batch"])

    def test_kernels(self):
        x = npy(self.folder / "x.npy", [1.0] * 8, [8])
        self.assert_refused("launch", self.folder / "no.elf", "--arg", x, mentions=["no.elf"])
        self.assert_refused("launch", x, "--chip", "tiny", "--arg", x, mentions=["not an ELF"])
        self.assert_refused("launch", "/bin/true", "--chip", "tiny", "--arg", x, mentions=["machine"])
        self.assert_refused("launch", x, "--blocks", "0", mentions=["blocks"])
        self.assert_refused("launch", x, "--out", "y.npy:float33:8", mentions=["float33"])
        self.assert_refused("launch", x, "--out", "y.npy:float32:8x", mentions=["shape"])
        self.assert_refused("launch", x, "--out", "y.npy:like=0", mentions=["like=0"])

    def test_firmware(self):
        run = ["run", MODEL, "--input", IMAGES, "--images", "1", "--chip", "tiny"]
        self.assert_refused(*run, "--firmware", self.folder / "no.elf", mentions=["no.elf"])
        self.assert_refused(*run, "--firmware", SOURCE / "LICENSE", mentions=["ELF"])
        self.assert_refused(*run, "--trace", self.folder / "no" / "t.json", mentions=["t.json"])


if __name__ == "__main__":
    unittest.main()

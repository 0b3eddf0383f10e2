# SPDX-License-Identifier: Apache-2.0
"""Networks that nobody has seen before: random ones of all supported operators against float64.

CUBIST_MODELS=FIRST:COUNT chooses which ones; `python3 make_models.py` makes one of them again.
"""
import json
import os
import unittest

try:
    import numpy as np
    import make_models
except ImportError:  # the generator is the only part that needs more than Python
    make_models = None

from support import Case

FIRST, COUNT = map(int, os.environ.get("CUBIST_MODELS", "0:60").split(":"))
# Small buffers make the kernels cut everything into many tiles.
SMALL = ["--set", "core.ub_bytes=16K", "--set", "core.l1_bytes=64K", "--set", "core.l0a_bytes=4K",
         "--set", "core.l0b_bytes=1K", "--set", "core.l0c_bytes=8K"]


@unittest.skipUnless(make_models, "needs python3-numpy and python3-onnx")
class Models(Case):
    def run_model(self, facts, *options):
        """(bytes of the first output, cycles); checks the output and, unless told not to, every layer."""
        output, report = self.folder / "y.npy", self.folder / "r.json"
        inputs = [word for name, file in facts["inputs"].items() for word in ("--input", f"{name}={file}")]
        self.assert_works("run", facts["model"], *inputs, "--output", output, "--json", report, *options)
        got, expected = np.load(output), np.load(facts["expected"])
        self.assertEqual(got.shape, expected.shape)
        # Every value is rounded to 11 bits some times on its way; the strict bound is each layer's own.
        self.assertLessEqual(np.abs(got - expected).max(), 0.006 * max(1.0, facts["largest"]))
        return output.read_bytes(), json.loads(report.read_text())["cycles"]

    def test_random_networks(self):
        for seed in range(FIRST, FIRST + COUNT):
            facts = make_models.make(self.folder, seed)
            with self.subTest(seed=seed, opset=facts["opset"], operators=facts["operators"]):
                first = self.run_model(facts, "--chip", "tiny")
                if seed % 3 == 0:
                    self.assertEqual(self.run_model(facts)[0], first[0])
                if seed % 4 == 0:
                    self.assertEqual(self.run_model(facts, "--chip", "tiny", "--cube=rtl"), first)
                if seed % 4 == 1:
                    self.assertEqual(self.run_model(facts, "--chip", "tiny", "--cube=check:1"), first)
                if seed % 4 == 2:
                    self.assertEqual(self.run_model(facts, "--chip", "tiny", "--max-cores", "1")[0], first[0])
                if seed % 4 == 3:
                    self.assertEqual(self.run_model(facts, "--chip", "tiny", "--no-check")[0], first[0])
                if seed % 5 == 0:
                    self.run_model(facts, "--chip", "tiny", *SMALL)
                if facts["open_batch"] and not facts["mixes_batch"] and facts["batch"] > 1:
                    self.assertEqual(self.run_model(facts, "--chip", "tiny", "--batch", "2")[0], first[0])


if __name__ == "__main__":
    unittest.main()

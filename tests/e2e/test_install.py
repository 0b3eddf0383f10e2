# SPDX-License-Identifier: Apache-2.0
"""Installs Cubist to an empty folder, builds the examples against it as a user would, runs them."""
import os
import subprocess
import unittest

from support import BUILD, IMAGES, MODELS, SOURCE, Case


class Install(Case):
    def run_it(self, *command, **more):
        # Nothing of the build tree may help: the installed files alone must do.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CUBIST")}
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=500,
                              check=False, env=environment, **more)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")
        return done.stdout

    def test_examples(self):
        prefix, build = self.folder / "prefix", self.folder / "build"
        self.run_it("cmake", "--install", BUILD, "--prefix", prefix)
        self.run_it("cmake", "-G", "Ninja", "-S", SOURCE / "examples", "-B", build,
                    f"-DCMAKE_PREFIX_PATH={prefix}")
        self.run_it("cmake", "--build", build, "-j", "2")
        self.assertIn("100000 sums on 4 vector cores, all right",
                      self.run_it(build / "vector_add", cwd=build))
        self.assertIn("all within the bound", self.run_it(build / "matmul", cwd=build))
        # Cube and vector cores of a block, handing tiles over through device memory.
        self.assertIn("all within the bound", self.run_it(build / "fused", cwd=build))
        tool = prefix / "bin" / "cubist"
        self.assertIn("tiny", self.run_it(tool, "chips"))
        self.run_it(tool, "run", MODELS / "fashion.onnx", "--input", IMAGES, "--images", "1", "--chip", "tiny")
        # The example's kernel also runs without a host program of its own.
        out = self.folder / "z.npy"
        self.run_it(tool, "launch", build / "vector_add.elf", "--chip", "tiny",
                    "--arg", MODELS / "odd_input.npy", "--arg", MODELS / "odd_input.npy",
                    "--out", f"{out}:like=0", "--arg", "100")
        self.assertTrue(out.exists())


if __name__ == "__main__":
    unittest.main()

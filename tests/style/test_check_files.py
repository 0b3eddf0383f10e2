#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each rule of check_files.py finds what it is for, and a good file passes."""
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check_files  # noqa: E402

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"


class Rules(unittest.TestCase):
    def expect(self, path, text, *words):
        data = text if isinstance(text, bytes) else text.encode()
        problems = check_files.problems_of(path, data)
        self.assertEqual(len(problems), len(words), problems)
        for problem, word in zip(problems, words):
            self.assertIn(word, problem)
            self.assertTrue(problem.startswith(path + ":"), problem)

    def test_good(self):
        self.expect("a.h", SPDX + "#pragma once\n")
        self.expect("a.h", SPDX + "#ifndef A_H\n#define A_H\n#endif\n")
        self.expect("a.md", "Text with a dash \u2013 fine in prose, as /usr/share/data is.  \n")
        self.expect("a.bin", b"\0" + b"TO" b"DO")

    def test_licence(self):
        self.expect("a.cpp", "int x;\n", "SPDX")
        self.expect("tools/CMakeLists.txt", "add_library(x)\n", "SPDX")

    def test_length(self):
        self.expect("a.cpp", SPDX + "\n" * 499)
        self.expect("a.cpp", SPDX + "\n" * 500, "501 lines")

    def test_guard(self):
        self.expect("a.h", SPDX + "int x;\n", "#pragma once")
        self.expect("a.h", SPDX + "#ifndef A_H\n#define B_H\n#endif\n", "#pragma once")

    def test_text(self):
        self.expect("a.cpp", SPDX + "// \u00b5s\n", "a.cpp:2: not ASCII")
        self.expect("a.cpp", SPDX + "int x; \n", "a.cpp:2: trailing")
        self.expect("a.cpp", SPDX + "int x;", "a.cpp:2: no line feed")

    def test_marks_and_paths(self):
        self.expect("a.md", "later: TO" "DO\n", "unfinished")
        self.expect("a.md", "see /ho" "me/someone/x\n", "folder")
        self.expect("a.md", "see ${ROOT}/home/x and docs/home/y\n")

    def test_names(self):
        self.expect("a.cpp", SPDX + 'TEST_CASE("a, b") {\n', *[])
        self.expect("a.cpp", SPDX + 'TEST_CASE(' '"a; b") {\n', "semicolon")

    def test_size(self):
        self.expect("a.bin", b"x" * (check_files.MAX_BYTES + 1), "at most")


if __name__ == "__main__":
    unittest.main()

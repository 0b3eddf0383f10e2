// SPDX-License-Identifier: Apache-2.0
#include "tests/observe/support.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace cubist::test {

TemporaryFile::TemporaryFile(const std::string& ending) {
  static int count = 0;
  path_ = (std::filesystem::temp_directory_path() /
           ("cubist-test-" + std::to_string(getpid()) + "-" + std::to_string(++count) + ending))
              .string();
}

TemporaryFile::~TemporaryFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::string text;
  char buffer[65536];
  for (size_t got; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, got);
  INFO(command);
  REQUIRE(pclose(pipe) == 0);
  return text;
}

}  // namespace cubist::test

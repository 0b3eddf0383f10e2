// SPDX-License-Identifier: Apache-2.0
// The reader of DWARF line tables against binutils, and against damaged tables.
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "runtime/host/elf_image.h"
#include "runtime/host/line_table.h"

using namespace cubist::host;

namespace {

struct Kernels {
  Kernels() {
    std::ifstream in(CUBIST_KERNELS, std::ios::binary);
    file.assign(std::istreambuf_iterator<char>(in), {});
    REQUIRE_FALSE(file.empty());
  }
  LineSections sections() const {
    const ElfImage image(file, "kernels.elf");
    const auto part = [&image](const char* name) {
      const ElfSection* s = image.section(name);
      return s == nullptr ? std::span<const uint8_t>{} : s->bytes;
    };
    return {part(".debug_line"), part(".debug_line_str"), part(".debug_str")};
  }
  std::vector<uint8_t> file;
};

/// What binutils says about these addresses: "file:line", "" where it does not know.
std::vector<std::string> addr2line(const std::vector<uint64_t>& addresses) {
  const std::string list = "line_table_addresses.txt";
  {
    std::ofstream out(list);
    for (const uint64_t a : addresses) out << std::hex << "0x" << a << '\n';
  }
  const std::string command =
      std::string("\"") + CUBIST_ADDR2LINE + "\" -e \"" + CUBIST_KERNELS + "\" < " + list;
  std::FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::vector<std::string> lines;
  char text[4096];
  while (std::fgets(text, sizeof text, pipe) != nullptr) {
    std::string line(text);
    line = line.substr(0, line.find_first_of(" \n"));
    if (line.find(":0") == line.size() - 2 || line.find('?') != std::string::npos) line.clear();
    lines.push_back(line.substr(line.rfind('/') + 1));
  }
  REQUIRE(pclose(pipe) == 0);
  std::remove(list.c_str());
  REQUIRE(lines.size() == addresses.size());
  return lines;
}

}  // namespace

TEST_CASE("source lines of all kernels, as binutils gives them") {
  const Kernels kernels;
  const ElfImage image(kernels.file, "kernels.elf");
  const LineTable table(kernels.sections());
  REQUIRE(table.size() > 1000);
  std::vector<uint64_t> addresses;
  for (const ElfSymbol& f : image.functions()) {
    if (f.address < 0x40) continue;  // The start code, whose lines are left out.
    for (uint64_t at = 0; at < f.size; at += 2) addresses.push_back(f.address + at);
  }
  REQUIRE(addresses.size() > 5000);
  const std::vector<std::string> expected = addr2line(addresses);
  size_t known = 0;
  for (size_t i = 0; i < addresses.size(); ++i) {
    const auto found = table.find(addresses[i]);
    INFO("address " << addresses[i]);
    REQUIRE((found ? found->brief() : std::string()) == expected[i]);
    known += found ? 1 : 0;
  }
  CHECK(known > addresses.size() / 2);
  // Intrinsics are shown where they are called, other code as it is.
  size_t intrinsics = 0;
  for (size_t i = 0; i < addresses.size(); ++i) {
    const auto caller = table.find_caller(addresses[i], "/cubist_intrinsics.h");
    if (expected[i].rfind("cubist_intrinsics.h:", 0) != 0) {
      REQUIRE((caller ? caller->brief() : std::string()) == expected[i]);
    } else if (caller) {
      intrinsics += caller->brief().rfind("cubist_intrinsics.h:", 0) != 0 ? 1 : 0;
    }
  }
  CHECK(intrinsics > 500);
}

TEST_CASE("a damaged line table gives fewer lines, never a crash") {
  const Kernels kernels;
  const LineSections good = kernels.sections();
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    std::vector<uint8_t> bytes(good.line.begin(), good.line.begin() + 4000);
    for (int i = 0; i < 5; ++i) bytes[random() % (round % 2 == 0 ? 300 : bytes.size())] ^= random();
    bytes.resize(bytes.size() - random() % 100);
    const LineTable table({bytes, good.line_strings, good.strings});
    for (uint64_t address = 0; address < 0x2000; address += 64) table.find(address);
  }
  CHECK(LineTable(LineSections{}).size() == 0);
}

// SPDX-License-Identifier: Apache-2.0
// The ELF loader: a good file's contents, and one precise line for every kind of bad one.
#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "systemc/riscv/elf.h"

namespace {

using namespace cubist::riscv;
using Bytes = std::vector<uint8_t>;

template <typename T>
void put(Bytes& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

constexpr std::size_t kSegment0 = 64, kSegment1 = 64 + 56;

/// Two segments, no sections: code at 0x80000000, 0x100 bytes of data and zeros at 0x80001000.
Bytes small_elf() {
  Bytes b(64 + 2 * 56 + 16, 0);
  const uint8_t start[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
  std::memcpy(b.data(), start, sizeof start);
  put<uint16_t>(b, 16, 2);
  put<uint16_t>(b, 18, 243);
  put<uint64_t>(b, 24, 0x80000000);
  put<uint64_t>(b, 32, 64);
  put<uint16_t>(b, 54, 56);
  put<uint16_t>(b, 56, 2);
  for (unsigned i = 0; i < 2; ++i) {
    const std::size_t at = 64 + 56 * i;
    put<uint32_t>(b, at, 1);
    put<uint32_t>(b, at + 4, i == 0 ? 5 : 6);
    put<uint64_t>(b, at + 8, 64 + 2 * 56 + 8 * i);
    put<uint64_t>(b, at + 16, 0x80000000 + 0x1000 * i);
    put<uint64_t>(b, at + 24, 0x80000000 + 0x1000 * i);
    put<uint64_t>(b, at + 32, 8);
    put<uint64_t>(b, at + 40, i == 0 ? 8 : 0x100);
  }
  b[176] = 0x13;
  b[184] = 0xaa;
  return b;
}

std::string error_of(const Bytes& bytes, const ElfLimits& limits = {}) {
  const ElfResult r = parse_elf(bytes.data(), bytes.size(), "x.elf", limits);
  CHECK(r.image.has_value() == r.error.empty());
  CHECK(r.error.find('\n') == std::string::npos);
  return r.error;
}

/// The error after one change to the good file.
template <typename T>
std::string error_with(std::size_t at, T value) {
  Bytes b = small_elf();
  put<T>(b, at, value);
  return error_of(b);
}

using Catch::Matchers::Contains;

TEST_CASE("a small file gives its segments") {
  const Bytes b = small_elf();
  const ElfResult r = parse_elf(b.data(), b.size(), "x.elf");
  REQUIRE(r.image.has_value());
  CHECK(r.image->entry == 0x80000000);
  REQUIRE(r.image->segments.size() == 2);
  CHECK(r.image->segments[0].executable);
  CHECK(!r.image->segments[0].writable);
  CHECK(r.image->segments[0].data[0] == 0x13);
  CHECK(r.image->segments[1].writable);
  CHECK(r.image->segments[1].memory_size == 0x100);
  CHECK(r.image->segments[1].data == Bytes{0xaa, 0, 0, 0, 0, 0, 0, 0});
  CHECK(r.image->symbols.empty());
  CHECK(r.image->locate(0x80000004) == "0x80000004");
}

TEST_CASE("foreign files are named for what they are") {
  CHECK_THAT(error_of({}), Contains("x.elf: is not an ELF file"));
  CHECK_THAT(error_of(Bytes(5000, 'a')), Contains("is not an ELF file"));
  CHECK_THAT(error_of({0x7f, 'E', 'L', 'F'}), Contains("truncated"));
  CHECK_THAT(error_with<uint8_t>(4, 1), Contains("64-bit"));
  CHECK_THAT(error_with<uint8_t>(5, 2), Contains("little-endian"));
  CHECK_THAT(error_with<uint8_t>(6, 0), Contains("version 0"));
  CHECK_THAT(error_with<uint16_t>(18, 62), Contains("machine 62"));
  CHECK_THAT(error_with<uint16_t>(16, 3), Contains("type 3"));
  CHECK_THAT(error_with<uint32_t>(48, 8), Contains("RVE"));
}

TEST_CASE("impossible headers are refused") {
  CHECK_THAT(error_with<uint16_t>(56, 0), Contains("no program headers"));
  CHECK_THAT(error_with<uint16_t>(56, 0xffff), Contains("65535 program headers"));
  CHECK_THAT(error_with<uint16_t>(54, 32), Contains("32 bytes, not 56"));
  CHECK_THAT(error_with<uint64_t>(32, ~uint64_t{0} - 10), Contains("program headers"));
  CHECK_THAT(error_with<uint64_t>(24, 0x80000100), Contains("entry at 0x80000100"));
  CHECK_THAT(error_with<uint64_t>(24, 0x80000001), Contains("odd"));
  Bytes b = small_elf();
  put<uint32_t>(b, kSegment0, 0);
  put<uint32_t>(b, kSegment1, 0);
  CHECK_THAT(error_of(b), Contains("no loadable segment"));
}

TEST_CASE("impossible segments are refused") {
  CHECK_THAT(error_with<uint64_t>(kSegment0 + 8, 1 << 20), Contains("truncated: segment 0"));
  CHECK_THAT(error_with<uint64_t>(kSegment0 + 8, ~uint64_t{0}), Contains("truncated: segment 0"));
  CHECK_THAT(error_with<uint64_t>(kSegment0 + 40, 4), Contains("only 4 in memory"));
  CHECK_THAT(error_with<uint64_t>(kSegment1 + 40, uint64_t{1} << 40), Contains("bytes of memory"));
  CHECK_THAT(error_with<uint64_t>(kSegment1 + 40, ~uint64_t{0}), Contains("segment 1"));
  CHECK_THAT(error_with<uint64_t>(kSegment1 + 24, ~uint64_t{0} - 15), Contains("wraps around"));
  CHECK_THAT(error_with<uint64_t>(kSegment1 + 24, 0x80000004), Contains("overlapping"));
  CHECK_THAT(error_with<uint64_t>(kSegment1 + 24, 0x80000000 - 0xf8), Contains("overlapping"));
  CHECK(error_with<uint64_t>(kSegment1 + 24, 0x80000008).empty());
  CHECK(error_with<uint64_t>(kSegment1 + 24, 0x80000000 - 0x100).empty());
  ElfLimits limits;
  limits.memory_bytes = 0x107;
  CHECK_THAT(error_of(small_elf(), limits), Contains("together may have 0x107"));
  limits.memory_bytes = 0x108;
  CHECK(error_of(small_elf(), limits).empty());
}

Bytes read_program(const std::string& name) {
  std::ifstream file(std::string(CUBIST_RISCV_PROGRAMS) + "/" + name + ".elf", std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

TEST_CASE("a linked program has its symbols") {
  const ElfResult r = load_elf(std::string(CUBIST_RISCV_PROGRAMS) + "/interrupts.elf");
  REQUIRE(r.image.has_value());
  const ElfImage& image = *r.image;
  REQUIRE(image.find("tohost") != nullptr);
  CHECK(image.find("tohost")->address % 0x1000 == 0);
  CHECK(image.find("no such symbol") == nullptr);
  const ElfSymbol* start = image.find("_start");
  REQUIRE(start != nullptr);
  CHECK(start->address == image.entry);
  CHECK(image.locate(image.entry) == "_start");
  CHECK(image.locate(image.entry + 2) == "_start+0x2");
  const ElfSymbol* leaf = image.find("leaf");
  REQUIRE(leaf != nullptr);
  CHECK(image.locate(leaf->address) == "leaf");
  CHECK(image.covering(0) == nullptr);
  CHECK(image.locate(0x12340000) == "0x12340000");
}

TEST_CASE("a program cut off anywhere is refused") {
  const Bytes whole = read_program("interrupts");
  REQUIRE(whole.size() > 4096);
  REQUIRE(error_of(whole).empty());
  for (std::size_t size = 0; size < whole.size(); size += size < 512 ? 1 : 61) {
    INFO("cut to " << size << " bytes");
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    REQUIRE(!error_of(part).empty());
  }
}

TEST_CASE("random damage is either harmless or one clear line") {
  const Bytes whole = read_program("interrupts");
  std::mt19937_64 random(7);
  unsigned refused = 0;
  for (unsigned round = 0; round < 20000; ++round) {
    Bytes b = whole;
    for (unsigned n = 1 + random() % 4; n > 0; --n) {
      // The headers, the symbol tables near the end, or anywhere.
      const std::size_t range = round % 3 == 0 ? 240 : round % 3 == 1 ? 3000 : b.size();
      const std::size_t at = round % 3 == 1 ? b.size() - 1 - random() % range : random() % range;
      b[at] = static_cast<uint8_t>(random() % 3 == 0 ? 0xff : random());
    }
    const ElfResult r = parse_elf(b.data(), b.size(), "x.elf");
    REQUIRE(r.image.has_value() != !r.error.empty());
    if (!r.image) ++refused;
    if (r.image) r.image->locate(r.image->entry);
  }
  CHECK(refused > 1000);
}

TEST_CASE("files that cannot be read") {
  CHECK_THAT(load_elf("/nonexistent/x.elf").error,
             Contains("/nonexistent/x.elf: cannot be opened"));
  CHECK_THAT(load_elf("/").error, Contains("/: is not a regular file"));
  ElfLimits limits;
  limits.file_bytes = 100;
  CHECK_THAT(load_elf(std::string(CUBIST_RISCV_PROGRAMS) + "/fails.elf", limits).error,
             Contains("up to 100 bytes"));
}

}  // namespace

// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <vector>

#include "abi/cubist_abi.h"
#include "systemc/core/vector/vector_fields.h"

using namespace cubist::core;

namespace {

constexpr uint32_t kUb = 192 * 1024;

VectorInstruction random_copy(std::mt19937& random) {
  VectorInstruction in;
  in.op = kVadds;  // adding zero to INT16 is a copy that goes through the whole path
  in.src0 = random() % 5000 * 32;
  in.dst = random() % 6144 * 32;
  in.config = random() % 20 | uint64_t{random() % 9} << 8 | uint64_t{random() % 9} << 16 |
              uint64_t{random() % 64} << 32 | uint64_t{random() % 64} << 40 | 5ull << 56;
  in.mask0 = random() % 3 == 0 ? ~0ull : uint64_t{random()} << 32 | random();
  in.mask1 = random() % 3 == 0 ? ~0ull : uint64_t{random()} << 32 | random();
  if (random() % 2) {
    in.config |= 1ull << 60;
    in.mask0 = random() % 2000;
  }
  return in;
}

}  // namespace

TEST_CASE("strides, masks and counters address what the definition says") {
  std::mt19937 random(11);
  int executed = 0, refused = 0;
  for (int trial = 0; trial < 1200; ++trial) {
    VectorInstruction in = random_copy(random);
    std::vector<uint8_t> ub(kUb);
    for (uint8_t& byte : ub) byte = static_cast<uint8_t>(random());
    std::vector<uint8_t> expected = ub;
    const auto field = [&](unsigned lo) { return in.config >> lo & 255; };
    const bool counter = (in.config >> 60 & 1) != 0;
    const uint64_t repeats = counter ? (in.mask0 + 127) / 128 : field(0);
    bool outside = false;
    for (uint64_t r = 0; r < repeats && !outside; ++r) {
      std::vector<std::pair<uint64_t, uint16_t>> writes;
      for (uint32_t e = 0; e < 128; ++e) {
        const bool active = counter ? r * 128 + e < in.mask0
                                    : ((e < 64 ? in.mask0 >> e : in.mask1 >> (e - 64)) & 1) != 0;
        if (!active) continue;
        const uint64_t from = in.src0 + r * field(40) * 32 + e / 16 * field(16) * 32 + e % 16 * 2;
        const uint64_t to = in.dst + r * field(32) * 32 + e / 16 * field(8) * 32 + e % 16 * 2;
        if (from + 2 > kUb || to + 2 > kUb) {
          outside = true;
          continue;
        }
        uint16_t value;
        std::memcpy(&value, &expected[from], 2);
        writes.emplace_back(to, value);
      }
      for (const auto& [to, value] : writes) std::memcpy(&expected[to], &value, 2);
    }
    const VectorError error = check_vector(in, ub);
    REQUIRE((error.code == CUBIST_ERROR_BUFFER_OVERRUN) == outside);
    if (outside) {
      ++refused;
      continue;
    }
    ++executed;
    execute_vector(in, ub);
    REQUIRE(ub == expected);
  }
  REQUIRE(executed > 400);
  REQUIRE(refused > 10);
}

TEST_CASE("a transpose turns rows into columns") {
  std::vector<uint8_t> ub(kUb);
  std::mt19937 random(5);
  for (uint8_t& byte : ub) byte = static_cast<uint8_t>(random());
  const std::vector<uint8_t> before = ub;
  VectorInstruction in;
  in.op = kVtrans;
  in.dst = 0x10000;
  // Two tiles; source rows 2 blocks apart, destination rows 3 blocks apart.
  in.config = 2 | 3ull << 8 | 2ull << 16 | 48ull << 32 | 32ull << 40;
  REQUIRE(check_vector(in, ub).code == 0);
  execute_vector(in, ub);
  for (uint32_t tile = 0; tile < 2; ++tile) {
    for (uint32_t row = 0; row < 16; ++row) {
      for (uint32_t column = 0; column < 16; ++column) {
        const uint32_t from = tile * 1024 + row * 64 + column * 2;
        const uint32_t to = 0x10000 + tile * 1536 + column * 96 + row * 2;
        REQUIRE(std::memcmp(&ub[to], &before[from], 2) == 0);
      }
    }
  }
}

TEST_CASE("illegal vector instructions are named") {
  VectorInstruction in;
  in.config = 1 | 1ull << 8 | 1ull << 16 | 1ull << 24;
  in.mask0 = in.mask1 = ~0ull;
  const auto code = [&](uint8_t op, uint64_t type, uint32_t dst) {
    VectorInstruction x = in;
    x.op = op;
    x.config |= type << 56;
    x.dst = dst;
    return check_vector(x, std::vector<uint8_t>(kUb)).code;
  };
  REQUIRE(code(kVadd, 0, 0) == 0);
  REQUIRE(code(12, 0, 0) == CUBIST_ERROR_ILLEGAL_INSTRUCTION);
  REQUIRE(code(127, 0, 0) == CUBIST_ERROR_ILLEGAL_INSTRUCTION);
  REQUIRE(code(kVadd, 3, 0) == CUBIST_ERROR_BAD_CONFIG);
  REQUIRE(code(kVexp, 6, 0) == CUBIST_ERROR_BAD_CONFIG);
  REQUIRE(code(kVadd, 0, 16) == CUBIST_ERROR_MISALIGNED);
  REQUIRE(code(kVadd, 0, kUb - 32) == CUBIST_ERROR_BUFFER_OVERRUN);
  REQUIRE(code(kVcadd, 0, 2) == 0);
  REQUIRE(code(kVcadd, 0, kUb) == CUBIST_ERROR_BUFFER_OVERRUN);
}

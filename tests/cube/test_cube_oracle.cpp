// SPDX-License-Identifier: Apache-2.0
// Model and RTL against the oracle: the cases of docs/numerics.md, corners times corners, and
// random dot products of every kind of data. CUBIST_CUBE_DOTS sets how many random ones a type
// gets.
#include <bit>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "tests/cube/oracle_stream.h"

using namespace cubist;
using core::CubeInit;
using core::CubeInstruction;
using core::CubeType;
using test::CubeTile;

namespace {

uint64_t random_dots() {
  const char* text = std::getenv("CUBIST_CUBE_DOTS");
  return text ? std::strtoull(text, nullptr, 10) : 1'000'000;
}

uint32_t bits(float f) {
  return std::bit_cast<uint32_t>(f);
}
float two_to(int e) {
  return std::bit_cast<float>(e >= -126 ? uint32_t(e + 127) << 23 : 1u << (e + 149));
}

/// One dot product through model, RTL and oracle, which must all give `expected`.
void expect_dot(CubeType type, const std::vector<uint32_t>& a, const std::vector<uint32_t>& b,
                uint32_t c, uint32_t expected) {
  CubeInstruction i;
  i.m = i.n = 1;
  i.k = static_cast<uint16_t>(a.size());
  i.type = type;
  i.init = CubeInit::accumulate;
  CubeTile tile(i);
  for (unsigned k = 0; k < i.k; ++k) {
    tile.set_a(0, k, a[k]);
    tile.set_b(k, 0, b[k]);
  }
  tile.set_c(0, 0, c);
  test::CubeOracle oracle;
  test::CubeUnits units;
  CHECK(test::compare_with_oracle(units, tile, oracle) == "");
  CHECK(tile.c(0, 0) == expected);
}

constexpr uint32_t kOne16 = 0x3C00, kMinusOne16 = 0xBC00, kOneB = 0x3F80, kMinusOneB = 0xBF80;
constexpr uint32_t kTwoToMinus12 = 0x0C00;  // FP16

}  // namespace

TEST_CASE("a zero product leaves a tiny accumulator alone") {
  expect_dot(CubeType::fp16, {0}, {kOne16}, bits(two_to(-120)), bits(two_to(-120)));
  expect_dot(CubeType::bf16, {0x8000}, {0x7F7F}, bits(two_to(-120)), bits(two_to(-120)));
}

TEST_CASE("what lies below the window after cancellation is lost, what lies inside is kept") {
  const uint32_t x = 0x3E00;  // 1.5
  expect_dot(CubeType::fp16, {x, 0xBE00}, {x, x}, bits(two_to(-56)), 0);
  expect_dot(CubeType::fp16, {kOne16, kMinusOne16}, {kOne16, kOne16}, bits(-two_to(-60)), 0);
  expect_dot(CubeType::fp16, {kOne16, kMinusOne16}, {kOne16, kOne16}, bits(two_to(-54)),
             bits(two_to(-54)));
  expect_dot(CubeType::fp16, {kOne16, kMinusOne16}, {kOne16, kOne16}, bits(two_to(-55)),
             bits(two_to(-55)));
  expect_dot(CubeType::bf16, {0x7180, 0xF180, 0x3F80}, {0x3F80, 0x3F80, 0x3A80}, 0, 0);  // 2^100
}

TEST_CASE("signs of zero") {
  expect_dot(CubeType::fp16, {0x8000, 0x8000}, {kOne16, kOne16}, 0x80000000, 0);
  expect_dot(CubeType::bf16, {0x8000}, {kOneB}, 0x80000000, 0);
  expect_dot(CubeType::fp16, {kOne16}, {kOne16}, bits(-1.0f), 0);
  // A nonzero negative sum that rounds to zero keeps its sign: -2^-75 * 2^-76.
  expect_dot(CubeType::bf16, {0x9A00}, {0x1980}, 0, 0x80000000);
  // IEEE for FP32: -0 + -0 is -0, x - x is +0.
  expect_dot(CubeType::fp32, {0x80000000}, {bits(1)}, 0x80000000, 0x80000000);
  expect_dot(CubeType::fp32, {bits(1)}, {bits(1)}, bits(-1), 0);
}

TEST_CASE("NaN and infinities") {
  expect_dot(CubeType::fp16, {0x7C00, 0xFC00}, {kOne16, kOne16}, 0, 0x7FC00000);
  expect_dot(CubeType::fp16, {0x7C00}, {kOne16}, 0xFF800000, 0x7FC00000);
  expect_dot(CubeType::fp16, {0x7C00}, {0x8000}, 0, 0x7FC00000);
  expect_dot(CubeType::bf16, {0xFF80}, {kMinusOneB}, 0, 0x7F800000);
  expect_dot(CubeType::fp16, {kOne16}, {kOne16}, 0xFFFFFFFF, 0x7FC00000);
  expect_dot(CubeType::hf32, {0x7F800001}, {bits(1)}, 0, 0x7FC00000);
  expect_dot(CubeType::hf32, {0x7F7FFFFF}, {bits(1)}, 0, 0x7F800000);  // Rounds to infinity.
  expect_dot(CubeType::fp32, {0x7F800000}, {0}, 0, 0x7FC00000);
  expect_dot(CubeType::fp32, {0x7F800000}, {bits(1)}, 0xFF800000, 0x7FC00000);
}

TEST_CASE("one rounding a step") {
  expect_dot(CubeType::fp16, {kOne16, kTwoToMinus12}, {kOne16, kTwoToMinus12}, bits(two_to(-100)),
             bits(1.0f));
  // 1 + 2^-24 + 2^-24: together above the tie, one at a time two ties to even.
  expect_dot(CubeType::fp16, {kOne16, kTwoToMinus12, kTwoToMinus12},
             {kOne16, kTwoToMinus12, kTwoToMinus12}, 0, bits(1.0f + two_to(-23)));
  std::vector<uint32_t> a(17, 0), b(17, 0);
  a[0] = b[0] = kOne16;
  a[1] = b[1] = a[16] = b[16] = kTwoToMinus12;
  expect_dot(CubeType::fp16, a, b, 0, bits(1.0f));
}

TEST_CASE("limits of the formats") {
  expect_dot(CubeType::fp16, {0x0001}, {0x7BFF}, 0, bits(65504.0f * two_to(-24)));
  expect_dot(CubeType::fp16, {0x0001}, {0x0001}, 0, bits(two_to(-48)));
  // FP32 subnormal results and their ties: 2^-75 * 2^-75 = half of the smallest, to even zero.
  expect_dot(CubeType::bf16, {0x1A00}, {0x1A00}, 0, 0x00000001 / 2);
  expect_dot(CubeType::bf16, {0x1A00}, {0x1A40}, 0, 0x00000001);
  expect_dot(CubeType::bf16, {0x1A00}, {0x1A00}, 0x00000001, 0x00000002);
  expect_dot(CubeType::fp32, {0x1A000000}, {0x1A000000}, 0x00000002, 0x00000002);
  // Overflow by rounding: the largest FP32 plus half an ulp.
  expect_dot(CubeType::bf16, {0x7300}, {kOneB}, 0x7F7FFFFF, 0x7F800000);
  expect_dot(CubeType::bf16, {0x7280}, {kOneB}, 0x7F7FFFFF, 0x7F7FFFFF);
}

TEST_CASE("INT8 wraps around") {
  expect_dot(CubeType::s8, {0x80}, {0x80}, 0x7FFFFFFF, 0x80003FFF);
  expect_dot(CubeType::u8, {0xFF}, {0xFF}, 0, 65025);
  expect_dot(CubeType::s8u8, {0xFF}, {0xFF}, 0, static_cast<uint32_t>(-255));
  expect_dot(CubeType::u8s8, {0xFF}, {0x80}, 0, static_cast<uint32_t>(-32640));
}

TEST_CASE("corners times corners") {
  const unsigned t = GENERATE(0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u);
  const auto type = static_cast<CubeType>(t);
  const int e = type == CubeType::fp16 ? 5 : 8;
  const int f = type == CubeType::fp16 ? 10 : type == CubeType::bf16 ? 7 : 23;
  std::vector<uint32_t> corners, starts;
  const auto add_format = [](std::vector<uint32_t>& list, int eb, int fb) {
    const uint32_t fields[] = {
        0, 1, 2, (1u << (eb - 1)) - 2, (1u << (eb - 1)) - 1, (1u << eb) - 2, (1u << eb) - 1};
    const uint32_t last = (1u << fb) - 1;
    for (uint32_t field : fields)
      for (uint32_t fraction : {0u, 1u, 1u << (fb - 1), last})
        for (uint32_t sign : {0u, 1u}) list.push_back(sign << (eb + fb) | field << fb | fraction);
  };
  if (core::is_int8(type)) {
    for (uint32_t v = 0; v < 256; ++v) corners.push_back(v);
    starts = {0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
  } else {
    add_format(corners, e, f);
    add_format(starts, 8, 23);
    starts.push_back(bits(two_to(-54)));
    starts.push_back(bits(two_to(-55)));
    starts.push_back(bits(two_to(-56)));
  }
  // Rows are corners with one or two products (the second cancels, almost cancels or adds a small
  // one), columns are corners; the start changes from tile to tile.
  test::CubeUnits units;
  test::CubeOracle oracle;
  const uint32_t sign = core::is_int8(type) ? 0 : 1u << (e + f);
  for (size_t s = 0; s < starts.size(); ++s) {
    CubeInstruction i;
    i.type = type;
    i.m = static_cast<uint16_t>(corners.size());
    i.n = static_cast<uint16_t>(corners.size());
    i.k = 3;
    i.init = CubeInit::accumulate;
    if (core::footprint(i).c > 128 << 10) i.n = 64;
    CubeTile tile(i);
    for (unsigned m = 0; m < i.m; ++m) {
      tile.set_a(m, 0, corners[m]);
      tile.set_a(m, 1,
                 s % 3 == 0   ? corners[m] ^ sign
                 : s % 3 == 1 ? 0
                              : corners[(m * 7 + s) % corners.size()]);
      tile.set_a(m, 2, s % 2 ? 0 : corners[(m + 3 * s) % corners.size()]);
      for (unsigned n = 0; n < i.n; ++n) tile.set_c(m, n, starts[s]);
    }
    for (unsigned n = 0; n < i.n; ++n) {
      tile.set_b(0, n, corners[n]);
      tile.set_b(1, n, corners[n]);
      tile.set_b(2, n, corners[(5 * n + s) % corners.size()]);
    }
    INFO("type " << testbench::name_of(type) << " start " << s);
    REQUIRE(test::compare_with_oracle(units, tile, oracle) == "");
  }
}

// One case per type, so that they run as processes of their own.
// Catch's macros run once a case: a million of them would take longer than the oracle.
static void random_against_oracle(CubeType type) {
  test::OracleStream stream(type, 0xC0FFEE + static_cast<unsigned>(type));
  std::string difference;
  for (const uint64_t wanted = random_dots(); difference.empty() && stream.dots() < wanted;)
    difference = stream.next();
  CHECK(difference == "");
}

TEST_CASE("random dot products: fp16") {
  random_against_oracle(CubeType::fp16);
}
TEST_CASE("random dot products: bf16") {
  random_against_oracle(CubeType::bf16);
}
TEST_CASE("random dot products: hf32") {
  random_against_oracle(CubeType::hf32);
}
TEST_CASE("random dot products: fp32") {
  random_against_oracle(CubeType::fp32);
}
TEST_CASE("random dot products: s8") {
  random_against_oracle(CubeType::s8);
}
TEST_CASE("random dot products: u8") {
  random_against_oracle(CubeType::u8);
}
TEST_CASE("random dot products: s8u8") {
  random_against_oracle(CubeType::s8u8);
}
TEST_CASE("random dot products: u8s8") {
  random_against_oracle(CubeType::u8s8);
}

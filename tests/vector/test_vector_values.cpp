// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <vector>

#include "systemc/core/vector/half.h"
#include "systemc/core/vector/vector_fields.h"
#include "tests/vector/mpfr_reference.h"

using namespace cubist::core;
using namespace cubist::test;

namespace {

constexpr uint32_t kUb = 192 * 1024;

uint64_t config(unsigned repeat, unsigned type, bool counter = false, unsigned mode = 0) {
  return repeat | 1ull << 8 | 1ull << 16 | 1ull << 24 | 8ull << 32 | 8ull << 40 | 8ull << 48 |
         uint64_t{type} << 56 | uint64_t{counter} << 60 | uint64_t{mode} << 61;
}

struct Bench {
  std::vector<uint8_t> ub = std::vector<uint8_t>(kUb);
  VectorInstruction in;

  Bench(uint8_t op, unsigned type, unsigned repeat) {
    in.op = op;
    in.src0 = 0;
    in.src1 = 0x8000;
    in.dst = 0x10000;
    in.config = config(repeat, type);
    in.mask0 = in.mask1 = ~0ull;
  }
  void run() {
    const VectorError error = check_vector(in, ub);
    INFO(error.text);
    REQUIRE(error.code == 0);
    execute_vector(in, ub);
  }
  void put16(uint32_t at, uint16_t v) { std::memcpy(&ub[at], &v, 2); }
  void put32(uint32_t at, uint32_t v) { std::memcpy(&ub[at], &v, 4); }
  uint16_t get16(uint32_t at) const {
    uint16_t v;
    std::memcpy(&v, &ub[at], 2);
    return v;
  }
  uint32_t get32(uint32_t at) const {
    uint32_t v;
    std::memcpy(&v, &ub[at], 4);
    return v;
  }
};

using Binary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);

bool same(double got, double expected) {
  return (std::isnan(got) && std::isnan(expected)) ||
         (got == expected && (expected != 0 || std::signbit(got) == std::signbit(expected)));
}

}  // namespace

TEST_CASE("FP16 and FP32 arithmetic rounds once, as MPFR does, over all exponents") {
  struct Case {
    uint8_t op;
    Binary reference;
  };
  const auto op = GENERATE(Case{kVadd, mpfr_add}, Case{kVsub, mpfr_sub}, Case{kVmul, mpfr_mul},
                           Case{kVdiv, mpfr_div});
  std::mt19937_64 random(op.op + 7);
  for (int round = 0; round < 20; ++round) {
    Bench half(op.op, 0, 128), single(op.op, 1, 128);
    for (uint32_t i = 0; i < 128 * 128; ++i) {
      half.put16(i * 2, static_cast<uint16_t>(random()));
      half.put16(0x8000 + i * 2, static_cast<uint16_t>(random()));
    }
    for (uint32_t i = 0; i < 128 * 64; ++i) {
      single.put32(i * 4, static_cast<uint32_t>(random()));
      // Half of the pairs have close exponents, where cancellation happens.
      const auto other = static_cast<uint32_t>(random());
      single.put32(0x8000 + i * 4,
                   i % 2 ? other : (single.get32(i * 4) & 0x7f800000u) ^ (other & 0x80ffffffu));
    }
    half.run();
    single.run();
    for (uint32_t i = 0; i < 128 * 128; ++i) {
      const Exact a(float_from_half(half.get16(i * 2))),
          b(float_from_half(half.get16(0x8000 + i * 2)));
      const double expected = rounded(
          kHalf, [&](mpfr_t out) { return op.reference(out, a.get(), b.get(), MPFR_RNDN); });
      if (!same(float_from_half(half.get16(0x10000 + i * 2)), expected)) {
        FAIL("FP16 op " << int(op.op) << " of " << half.get16(i * 2) << ", "
                        << half.get16(0x8000 + i * 2));
      }
    }
    for (uint32_t i = 0; i < 128 * 64; ++i) {
      const Exact a(float_from_bits(single.get32(i * 4)));
      const Exact b(float_from_bits(single.get32(0x8000 + i * 4)));
      const double expected = rounded(
          kSingle, [&](mpfr_t out) { return op.reference(out, a.get(), b.get(), MPFR_RNDN); });
      if (!same(float_from_bits(single.get32(0x10000 + i * 4)), expected)) {
        FAIL("FP32 op " << int(op.op) << " of " << single.get32(i * 4) << ", "
                        << single.get32(0x8000 + i * 4));
      }
    }
  }
}

TEST_CASE("multiply-add rounds once") {
  std::mt19937_64 random(3);
  Bench half(kVmadd, 0, 128), single(kVmadd, 1, 128);
  std::vector<uint16_t> c16(128 * 128);
  std::vector<uint32_t> c32(128 * 64);
  for (uint32_t i = 0; i < c16.size(); ++i) {
    half.put16(i * 2, static_cast<uint16_t>(random()));
    half.put16(0x8000 + i * 2, static_cast<uint16_t>(random()));
    half.put16(0x10000 + i * 2, c16[i] = static_cast<uint16_t>(random()));
  }
  for (uint32_t i = 0; i < c32.size(); ++i) {
    single.put32(i * 4, (random() & 0x83ffffff) + 0x3e000000);
    single.put32(0x8000 + i * 4, (random() & 0x83ffffff) + 0x3e000000);
    single.put32(0x10000 + i * 4, c32[i] = (random() & 0x83ffffff) + 0x3e000000);
  }
  half.run();
  single.run();
  for (uint32_t i = 0; i < c16.size(); ++i) {
    const Exact a(float_from_half(half.get16(i * 2))),
        b(float_from_half(half.get16(0x8000 + i * 2)));
    const Exact c(float_from_half(c16[i]));
    const double expected = rounded(
        kHalf, [&](mpfr_t out) { return mpfr_fma(out, a.get(), b.get(), c.get(), MPFR_RNDN); });
    REQUIRE(same(float_from_half(half.get16(0x10000 + i * 2)), expected));
  }
  for (uint32_t i = 0; i < c32.size(); ++i) {
    const Exact a(float_from_bits(single.get32(i * 4)));
    const Exact b(float_from_bits(single.get32(0x8000 + i * 4))), c(float_from_bits(c32[i]));
    const double expected = rounded(
        kSingle, [&](mpfr_t out) { return mpfr_fma(out, a.get(), b.get(), c.get(), MPFR_RNDN); });
    REQUIRE(same(float_from_bits(single.get32(0x10000 + i * 4)), expected));
  }
}

TEST_CASE("vmla multiplies by the destination, vaxpy by the scalar, rounded once") {
  std::mt19937_64 random(17);
  for (const uint8_t op : {kVmla, kVaxpy}) {
    Bench bench(op, 1, 128);
    bench.in.scalar = bits_from_float(1.3f);
    std::vector<uint32_t> old(128 * 64);
    for (uint32_t i = 0; i < old.size(); ++i) {
      bench.put32(i * 4, (random() & 0x83ffffff) + 0x3e000000);
      bench.put32(0x8000 + i * 4, (random() & 0x83ffffff) + 0x3e000000);
      bench.put32(0x10000 + i * 4, old[i] = (random() & 0x83ffffff) + 0x3e000000);
    }
    bench.run();
    for (uint32_t i = 0; i < old.size(); ++i) {
      const Exact a(float_from_bits(bench.get32(i * 4)));
      const Exact b(float_from_bits(op == kVmla ? old[i] : bits_from_float(1.3f)));
      const Exact c(float_from_bits(op == kVmla ? bench.get32(0x8000 + i * 4) : old[i]));
      const double expected = rounded(
          kSingle, [&](mpfr_t out) { return mpfr_fma(out, a.get(), b.get(), c.get(), MPFR_RNDN); });
      REQUIRE(same(float_from_bits(bench.get32(0x10000 + i * 4)), expected));
    }
  }
}

TEST_CASE("sums and differences under ReLU") {
  std::mt19937_64 random(18);
  for (const uint8_t op : {kVaddrelu, kVsubrelu}) {
    Bench bench(op, 1, 64);
    for (uint32_t i = 0; i < 64 * 64; ++i) {
      bench.put32(i * 4, (random() & 0x83ffffff) + 0x3e000000);
      bench.put32(0x8000 + i * 4, (random() & 0x83ffffff) + 0x3e000000);
    }
    bench.run();
    for (uint32_t i = 0; i < 64 * 64; ++i) {
      const Exact a(float_from_bits(bench.get32(i * 4)));
      const Exact b(float_from_bits(bench.get32(0x8000 + i * 4)));
      const double sum = rounded(kSingle, [&](mpfr_t out) {
        return (op == kVaddrelu ? mpfr_add : mpfr_sub)(out, a.get(), b.get(), MPFR_RNDN);
      });
      REQUIRE(static_cast<double>(float_from_bits(bench.get32(0x10000 + i * 4))) ==
              (sum > 0 ? sum : 0));
    }
  }
}

TEST_CASE("sums and cubes overflow in FP16") {
  Bench sum(kVadd, 0, 1), cube(kVmul, 0, 1);
  sum.put16(0, half_from_float(60000));
  sum.put16(0x8000, half_from_float(6000));
  cube.put16(0, half_from_float(1681));
  cube.put16(0x8000, half_from_float(41));
  sum.run();
  cube.run();
  REQUIRE(sum.get16(0x10000) == 0x7c00);
  REQUIRE(cube.get16(0x10000) == 0x7c00);
}

TEST_CASE("maximum and minimum order zeros and keep NaN") {
  const std::vector<uint16_t> values = {0x0000, 0x8000, 0x3c00, 0xbc00, 0x7c00, 0xfc00, 0x7e00};
  for (const uint16_t a : values) {
    for (const uint16_t b : values) {
      Bench larger(kVmax, 0, 1), smaller(kVmin, 0, 1);
      for (Bench* bench : {&larger, &smaller}) {
        bench->put16(0, a);
        bench->put16(0x8000, b);
        bench->run();
      }
      const auto key = [](uint16_t v) { return (v & 0x8000) ? -(v & 0x7fff) - 1 : int(v); };
      const bool nan = a == 0x7e00 || b == 0x7e00;
      REQUIRE(larger.get16(0x10000) == (nan ? 0x7e00 : key(a) > key(b) ? a : b));
      REQUIRE(smaller.get16(0x10000) == (nan ? 0x7e00 : key(a) < key(b) ? a : b));
    }
  }
}

TEST_CASE("reductions add pairwise over the active elements only") {
  Bench bench(kVcadd, 0, 2);
  for (uint32_t i = 0; i < 256; ++i) bench.put16(i * 2, half_from_float(static_cast<float>(i)));
  bench.in.mask0 = 0xffff;  // elements 0 to 15 of each repeat
  bench.in.mask1 = 0;
  bench.in.config = (bench.in.config & ~(255ull << 32)) | 1ull << 32;
  bench.run();
  REQUIRE(float_from_half(bench.get16(0x10000)) == 120.0f);
  REQUIRE(float_from_half(bench.get16(0x10002)) == 120.0f + 16 * 128);

  Bench blocks(kVcgmax, 0, 1);
  for (uint32_t i = 0; i < 128; ++i)
    blocks.put16(i * 2, half_from_float(static_cast<float>(i ^ 5)));
  blocks.run();
  for (uint32_t b = 0; b < 8; ++b) {
    REQUIRE(float_from_half(blocks.get16(0x10000 + b * 2)) == static_cast<float>(b * 16 + 15));
  }
}

TEST_CASE("casts to integers round and saturate by mode") {
  struct Case {
    float x;
    unsigned mode;
    int32_t expected;
  };
  const auto c = GENERATE(Case{2.5f, 0, 2}, Case{3.5f, 0, 4}, Case{-2.5f, 1, -3}, Case{2.1f, 2, 3},
                          Case{2.5f, 3, 3}, Case{-2.9f, 4, -2}, Case{2.1f, 5, 3}, Case{4.0f, 5, 4},
                          Case{-2.1f, 5, -3}, Case{3e9f, 0, INT32_MAX}, Case{-3e9f, 0, INT32_MIN});
  Bench bench(kVconvS32, 1, 1);
  bench.in.config = config(1, 1, false, c.mode);
  bench.put32(0, bits_from_float(c.x));
  bench.run();
  REQUIRE(static_cast<int32_t>(bench.get32(0x10000)) == c.expected);
}

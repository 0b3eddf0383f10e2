// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <random>

#include "systemc/core/vector/half.h"
#include "systemc/core/vector/vector_math.h"
#include "tests/vector/mpfr_reference.h"

using namespace cubist::core;
using namespace cubist::test;

namespace {

// The value of an FP16 pattern by its definition.
double half_value(uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const int fraction = bits & 1023;
  double value;
  if (exponent == 31)
    value = fraction == 0 ? HUGE_VAL : NAN;
  else if (exponent == 0)
    value = std::ldexp(fraction, -24);
  else
    value = std::ldexp(1024 + fraction, exponent - 25);
  return (bits & 0x8000) != 0 ? -value : value;
}

double round_to(const Format& format, double x) {
  const Exact exact(x);
  return rounded(format, [&](mpfr_t out) { return mpfr_set(out, exact.get(), MPFR_RNDN); });
}

}  // namespace

TEST_CASE("every FP16 value widens exactly and comes back") {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const double expected = half_value(half);
    const float widened = float_from_half(half);
    if (std::isnan(expected)) {
      REQUIRE(std::isnan(widened));
      REQUIRE(half_from_float(widened) == kNanF16);
    } else {
      REQUIRE(static_cast<double>(widened) == expected);
      REQUIRE(half_from_float(widened) == half);
      REQUIRE(half_from_double(expected) == half);
    }
  }
}

TEST_CASE("narrowing rounds to nearest even as MPFR does") {
  std::mt19937_64 random(1);
  const auto check = [](double x) {
    const double half = round_to(kHalf, x);
    const auto single = static_cast<float>(x);
    INFO("x = " << x);
    REQUIRE(half_value(half_from_double(x)) == half);
    REQUIRE(half_value(half_from_float(single)) == round_to(kHalf, single));
    REQUIRE(static_cast<double>(float_from_bfloat(bfloat_from_float(single))) ==
            round_to(kBfloat, single));
  };
  for (int i = 0; i < 200'000; ++i) {
    const int exponent = static_cast<int>(random() % 50) - 30;
    const double mantissa = 1.0 + std::ldexp(static_cast<double>(random() >> 12), -52);
    check(std::ldexp(random() & 1 ? -mantissa : mantissa, exponent));
  }
  // Ties, their neighbours, and the edges of the range.
  for (uint32_t bits = 0; bits < 0x7bff; ++bits) {
    const double low = half_value(static_cast<uint16_t>(bits));
    const double tie = (low + half_value(static_cast<uint16_t>(bits + 1))) / 2;
    check(tie);
    check(std::nextafter(tie, 0.0));
    check(std::nextafter(tie, 1e9));
  }
  for (const double x : {65504.0, 65519.99999, 65520.0, 65536.0, 1e30, 0x1p-25, 0x1.000001p-25}) {
    check(x);
    check(-x);
  }
}

TEST_CASE("NaN becomes the canonical NaN whatever its payload") {
  for (const uint32_t bits : {0x7f800001u, 0xffffffffu, 0x7fc12345u, 0xff800001u}) {
    REQUIRE(half_from_float(float_from_bits(bits)) == kNanF16);
    REQUIRE(bits_from_float(canonical(float_from_bits(bits))) == kNanF32);
  }
}

TEST_CASE("exp is within 0.5001 units in the last place of MPFR's") {
  std::mt19937 random(2);
  std::uniform_real_distribution<float> wide(-104.0f, 89.0f), near(-1.0f, 1.0f);
  int off_by_one = 0;
  for (int i = 0; i < 200'000; ++i) {
    const float x = i % 2 ? wide(random) : near(random);
    const Exact exact(x);
    const double expected =
        rounded(kSingle, [&](mpfr_t out) { return mpfr_exp(out, exact.get(), MPFR_RNDN); });
    const auto got = static_cast<float>(exp_double(x));
    INFO("x = " << x);
    if (static_cast<double>(got) != expected) {
      ++off_by_one;
      REQUIRE(std::abs(static_cast<double>(bits_from_float(got)) -
                       bits_from_float(static_cast<float>(expected))) <= 1);
    }
  }
  REQUIRE(off_by_one <= 2);
  REQUIRE(exp_double(0.0) == 1.0);
  REQUIRE(std::isinf(exp_double(HUGE_VAL)));
  REQUIRE(exp_double(-HUGE_VAL) == 0.0);
  REQUIRE(std::isnan(exp_double(NAN)));
}

TEST_CASE("ln is within 0.5001 units in the last place of MPFR's") {
  std::mt19937 random(4);
  int off_by_one = 0;
  for (int i = 0; i < 200'000; ++i) {
    // Any positive FP32 number, and those around 1, where the result is near zero.
    const float x = i % 2 ? float_from_bits(random() % 0x7f800000u)
                          : 1.0f + std::ldexp(static_cast<float>(random() % 4096) - 2048.0f, -20);
    const Exact exact(x);
    const double expected =
        rounded(kSingle, [&](mpfr_t out) { return mpfr_log(out, exact.get(), MPFR_RNDN); });
    const auto got = static_cast<float>(ln_double(x));
    INFO("x = " << x);
    if (static_cast<double>(got) != expected) {
      ++off_by_one;
      REQUIRE(std::abs(static_cast<double>(bits_from_float(got)) -
                       bits_from_float(static_cast<float>(expected))) <= 1);
    }
  }
  REQUIRE(off_by_one <= 2);
  REQUIRE(ln_double(1.0) == 0.0);
  REQUIRE(ln_double(0.0) == -HUGE_VAL);
  REQUIRE(ln_double(-0.0) == -HUGE_VAL);
  REQUIRE(ln_double(HUGE_VAL) == HUGE_VAL);
  REQUIRE(std::isnan(ln_double(-1.0)));
  REQUIRE(std::isnan(ln_double(NAN)));
}

TEST_CASE("exp and ln of every FP16 number are rounded as MPFR rounds them, but for at most one") {
  int different = 0;
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float x = float_from_half(static_cast<uint16_t>(bits));
    if (std::isnan(x)) continue;
    const Exact exact(x);
    const double exp =
        rounded(kHalf, [&](mpfr_t out) { return mpfr_exp(out, exact.get(), MPFR_RNDN); });
    if (half_value(half_from_double(exp_double(x))) != exp) ++different;
    if (x <= 0 || std::isinf(x)) continue;
    const double ln =
        rounded(kHalf, [&](mpfr_t out) { return mpfr_log(out, exact.get(), MPFR_RNDN); });
    if (half_value(half_from_double(ln_double(x))) != ln) ++different;
  }
  REQUIRE(different <= 1);
}

// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "runtime/graph/half.h"

using namespace cubist::graph;

namespace {

// Magnitude of a finite half by the definition of the format.
double by_definition(unsigned bits) {
  const int exponent = static_cast<int>((bits >> 10) & 0x1F);
  const double fraction = bits & 0x3FF;
  const double value =
      exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return (bits & 0x8000) != 0 ? -value : value;
}

}  // namespace

TEST_CASE("every half widens exactly and comes back") {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float wide = half_to_float(half);
    if ((bits & 0x7C00) == 0x7C00) {
      if ((bits & 0x3FF) == 0) {
        REQUIRE(std::isinf(wide));
        REQUIRE(float_to_half(wide) == half);
      } else {
        REQUIRE(std::isnan(wide));
        REQUIRE(float_to_half(wide) == 0x7E00);
      }
      continue;
    }
    REQUIRE(static_cast<double>(wide) == by_definition(bits));
    REQUIRE(float_to_half(wide) == half);
  }
}

TEST_CASE("between two halves the nearest is taken, ties to even") {
  for (unsigned bits = 0; bits < 0x7C00; ++bits) {
    const double low = by_definition(bits);
    const double high = bits == 0x7BFF ? 65536.0 : by_definition(bits + 1);
    const double middle = (low + high) / 2;  // exact
    const unsigned even = (bits & 1) == 0 ? bits : bits + 1;
    REQUIRE(double_to_half(middle) == even);
    REQUIRE(double_to_half(-middle) == (even | 0x8000));
    REQUIRE(double_to_half(std::nextafter(middle, 0.0)) == bits);
    REQUIRE(double_to_half(std::nextafter(middle, 1e9)) == bits + 1);
  }
}

TEST_CASE("the ends of the range") {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  CHECK(double_to_half(0.0) == 0x0000);
  CHECK(double_to_half(-0.0) == 0x8000);
  CHECK(double_to_half(std::numeric_limits<double>::denorm_min()) == 0x0000);
  CHECK(double_to_half(-1e-300) == 0x8000);
  CHECK(double_to_half(65519.999) == 0x7BFF);
  CHECK(double_to_half(65520.0) == 0x7C00);
  CHECK(double_to_half(1e300) == 0x7C00);
  CHECK(double_to_half(-kInf) == 0xFC00);
  CHECK(double_to_half(std::nan("")) == 0x7E00);
  // One rounding, not two: 1 + 2^-11 + 2^-40 is above the tie, though float would make it the tie.
  CHECK(double_to_half(1 + 0x1p-11 + 0x1p-40) == 0x3C01);
}

// SPDX-License-Identifier: Apache-2.0
#include "tests/cube/cube_oracle.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace cubist::test {
namespace {

using core::CubeType;

constexpr uint32_t kNan = 0x7FC00000;
// The widest sum: products and accumulator from 2^-298 to 2^260, exactly.
constexpr mpfr_prec_t kExact = 1200;

/// Exponent of the smallest normal operand.
int smallest_normal(CubeType type) {
  return type == CubeType::fp16 ? -14 : -126;
}

/// Field exponent: that of the leading bit, but not below the smallest normal one.
int field_exponent(double x, int smallest) {
  return std::max(std::ilogb(x), smallest);
}

float as_float(uint32_t bits) {
  float f;
  std::memcpy(&f, &bits, 4);
  return f;
}
uint32_t as_bits(float f) {
  uint32_t bits;
  std::memcpy(&bits, &f, 4);
  return bits;
}

/// Limits MPFR to a format while it rounds, and opens the range again.
class Range {
 public:
  Range(mpfr_exp_t smallest, mpfr_exp_t largest) : min_(mpfr_get_emin()), max_(mpfr_get_emax()) {
    mpfr_set_emin(smallest);
    mpfr_set_emax(largest);
  }
  ~Range() {
    mpfr_set_emin(min_);
    mpfr_set_emax(max_);
  }

 private:
  mpfr_exp_t min_, max_;
};

}  // namespace

double value_of(uint32_t bits, int exponent_bits, int fraction_bits) {
  const uint32_t fraction = bits % (1u << fraction_bits);
  const uint32_t field = bits / (1u << fraction_bits) % (1u << exponent_bits);
  const bool negative = bits / (1u << fraction_bits) / (1u << exponent_bits) % 2;
  const int bias = (1 << (exponent_bits - 1)) - 1;
  double magnitude;
  if (field == (1u << exponent_bits) - 1) {
    magnitude = fraction ? std::numeric_limits<double>::quiet_NaN()
                         : std::numeric_limits<double>::infinity();
  } else if (field == 0) {
    magnitude = std::ldexp(fraction, 1 - bias - fraction_bits);
  } else {
    magnitude = std::ldexp((1u << fraction_bits) + fraction,
                           static_cast<int>(field) - bias - fraction_bits);
  }
  return negative ? -magnitude : magnitude;
}

CubeOracle::CubeOracle() {
  mpfr_init2(term_, kExact);
  mpfr_init2(sum_, kExact);
  mpfr_init2(wide_, kExact);
  mpfr_init2(single_, 24);
  mpfr_init2(half_, 11);
}

CubeOracle::~CubeOracle() {
  mpfr_clears(term_, sum_, wide_, single_, half_, nullptr);
}

double CubeOracle::operand(CubeType type, uint32_t bits) {
  if (type == CubeType::fp16) return value_of(bits, 5, 10);
  if (type == CubeType::bf16) return value_of(bits, 8, 7);
  // HF32: to 11 significant bits, the last one not below 2^-136.
  const double x = value_of(bits, 8, 23);
  const Range range(-135, 128);
  int inexact = mpfr_set_d(half_, x, MPFR_RNDN);
  inexact = mpfr_check_range(half_, inexact, MPFR_RNDN);
  mpfr_subnormalize(half_, inexact, MPFR_RNDN);
  return mpfr_get_d(half_, MPFR_RNDN);
}

uint32_t CubeOracle::to_fp32(mpfr_t value) {
  const Range range(-148, 128);
  int inexact = mpfr_set(single_, value, MPFR_RNDN);
  inexact = mpfr_check_range(single_, inexact, MPFR_RNDN);
  mpfr_subnormalize(single_, inexact, MPFR_RNDN);
  return as_bits(mpfr_get_flt(single_, MPFR_RNDN));
}

uint32_t CubeOracle::step(CubeType type, const uint32_t* a, const uint32_t* b, unsigned terms,
                          uint32_t c_bits) {
  double x[32], y[32];
  const double c = value_of(c_bits, 8, 23);
  double special = std::isfinite(c) ? 0 : c;  // Sums as IEEE says: NaN, infinity or zero.
  int largest = c != 0 && std::isfinite(c) ? field_exponent(c, -126) : -100000;
  for (unsigned i = 0; i < terms; ++i) {
    x[i] = operand(type, a[i]);
    y[i] = operand(type, b[i]);
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) {
      special += x[i] * y[i];
    } else if (x[i] != 0 && y[i] != 0) {
      largest = std::max(largest, field_exponent(x[i], smallest_normal(type)) +
                                      field_exponent(y[i], smallest_normal(type)));
    }
  }
  if (std::isnan(special)) return kNan;
  if (std::isinf(special)) return as_bits(static_cast<float>(special));
  mpfr_set_zero(sum_, 1);
  const auto add = [&] {  // The magnitude of `term_`, truncated to a multiple of 2^(largest - 55).
    mpfr_mul_2si(term_, term_, 55 - largest, MPFR_RNDN);
    mpfr_trunc(wide_, term_);
    mpfr_add(sum_, sum_, wide_, MPFR_RNDN);
  };
  if (c != 0) {
    mpfr_set_d(term_, c, MPFR_RNDN);
    add();
  }
  for (unsigned i = 0; i < terms; ++i) {
    if (x[i] == 0 || y[i] == 0) continue;
    mpfr_set_d(term_, x[i], MPFR_RNDN);
    mpfr_mul_d(term_, term_, y[i], MPFR_RNDN);
    add();
  }
  if (mpfr_zero_p(sum_)) return 0;
  mpfr_mul_2si(sum_, sum_, largest - 55, MPFR_RNDN);
  return to_fp32(sum_);
}

uint32_t CubeOracle::fused(uint32_t a, uint32_t b, uint32_t c) {
  mpfr_t x, y, z;
  mpfr_inits2(24, x, y, z, nullptr);
  mpfr_set_flt(x, as_float(a), MPFR_RNDN);
  mpfr_set_flt(y, as_float(b), MPFR_RNDN);
  mpfr_set_flt(z, as_float(c), MPFR_RNDN);
  uint32_t result;
  {
    const Range range(-148, 128);
    int inexact = mpfr_fma(single_, x, y, z, MPFR_RNDN);
    inexact = mpfr_check_range(single_, inexact, MPFR_RNDN);
    mpfr_subnormalize(single_, inexact, MPFR_RNDN);
    result = mpfr_nan_p(single_) ? kNan : as_bits(mpfr_get_flt(single_, MPFR_RNDN));
  }
  mpfr_clears(x, y, z, nullptr);
  return result;
}

uint32_t CubeOracle::dot(CubeType type, const std::vector<uint32_t>& a,
                         const std::vector<uint32_t>& b, uint32_t c) {
  const unsigned n = static_cast<unsigned>(a.size());
  switch (type) {
    case CubeType::fp32:
      for (unsigned i = 0; i < n; ++i) c = fused(a[i], b[i], c);
      return c;
    case CubeType::s8:
    case CubeType::u8:
    case CubeType::s8u8:
    case CubeType::u8s8: {
      int64_t sum = c;
      for (unsigned i = 0; i < n; ++i) {
        int64_t x = a[i] % 256, y = b[i] % 256;
        if (x > 127 && (type == CubeType::s8 || type == CubeType::s8u8)) x -= 256;
        if (y > 127 && (type == CubeType::s8 || type == CubeType::u8s8)) y -= 256;
        sum += x * y;
      }
      return static_cast<uint32_t>(sum);  // Modulo 2^32.
    }
    default:
      for (unsigned i = 0; i < n; i += 16) {
        c = step(type, &a[i], &b[i], std::min(16u, n - i), c);
      }
      return c;
  }
}

}  // namespace cubist::test

// SPDX-License-Identifier: Apache-2.0
// Correct rounding by GNU MPFR: the oracle for the vector unit's arithmetic.
#pragma once

#include <mpfr.h>

#include <cmath>
#include <cstdint>
#include <functional>

namespace cubist::test {

/// A binary format as MPFR needs it: precision and exponent range (of 0.1xxx, as MPFR counts).
struct Format {
  mpfr_prec_t precision;
  mpfr_exp_t emin, emax;
};
inline constexpr Format kHalf{11, -23, 16};
inline constexpr Format kSingle{24, -148, 128};
inline constexpr Format kBfloat{8, -132, 128};

/// Rounds the result of `compute` once to nearest even in `format`, subnormals included, and
/// returns it as a double (exact). `compute` fills its argument and returns MPFR's ternary value.
inline double rounded(const Format& format, const std::function<int(mpfr_t)>& compute) {
  const mpfr_exp_t old_min = mpfr_get_emin(), old_max = mpfr_get_emax();
  mpfr_set_emin(format.emin);
  mpfr_set_emax(format.emax);
  mpfr_t value;
  mpfr_init2(value, format.precision);
  int ternary = compute(value);
  ternary = mpfr_check_range(value, ternary, MPFR_RNDN);
  mpfr_subnormalize(value, ternary, MPFR_RNDN);
  const double result = mpfr_get_d(value, MPFR_RNDN);
  mpfr_clear(value);
  mpfr_set_emin(old_min);
  mpfr_set_emax(old_max);
  return result;
}

/// An operand of any format; doubles hold them exactly.
class Exact {
 public:
  explicit Exact(double value) {
    mpfr_init2(value_, 53);
    mpfr_set_d(value_, value, MPFR_RNDN);
  }
  ~Exact() { mpfr_clear(value_); }
  Exact(const Exact&) = delete;
  Exact& operator=(const Exact&) = delete;
  mpfr_srcptr get() const { return value_; }

 private:
  mpfr_t value_;
};

}  // namespace cubist::test

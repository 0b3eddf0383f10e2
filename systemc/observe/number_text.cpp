// SPDX-License-Identifier: Apache-2.0
#include "systemc/observe/number_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace cubist::observe {
namespace {

std::string print(const char* format, int digits, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, digits, value);
  return text.data();
}

}  // namespace

std::string group_thousands(std::string number) {
  const size_t start = !number.empty() && number[0] == '-' ? 1 : 0;
  size_t at = std::min(number.find('.'), number.size());
  while (at > start + 3) number.insert(at -= 3, 1, ',');
  return number;
}

std::string number_text(double value, int digits) {
  if (!std::isfinite(value)) return "\u2013";
  digits = std::clamp(digits, 0, 15);
  const double size = std::fabs(value);
  const bool vanishes = size > 0 && size < 0.5 * std::pow(10, -digits) && digits > 0;
  if (size >= 1e18 || vanishes) return print("%.*e", 2, value);
  return group_thousands(print("%.*f", digits, value));
}

std::string tick_text(double value, double step) {
  // Judged by the step alone, so that all marks of an axis have the same suffix.
  struct Suffix {
    double from_step, unit;
    const char* text;
  };
  static constexpr std::array<Suffix, 5> kSuffixes{
      {{1e11, 1e12, " T"}, {1e8, 1e9, " G"}, {1e5, 1e6, " M"}, {1e4, 1e3, " k"}, {0, 1, ""}}};
  step = std::fabs(step);
  const Suffix& suffix = *std::find_if(kSuffixes.begin(), kSuffixes.end(),
                                       [step](const Suffix& s) { return !(step < s.from_step); });
  if (value != 0 && std::fabs(value) < 1e-6) return print("%.*g", 3, value);
  if (std::fabs(value) < step * 1e-6) value = 0;
  int digits = 0;
  for (double s = step / suffix.unit; digits < 9 && std::fabs(s - std::round(s)) > 1e-6 * s;
       s *= 10) {
    ++digits;
  }
  const std::string text = group_thousands(print("%.*f", digits, value / suffix.unit));
  return value == 0 ? text : text + suffix.text;
}

std::string short_text(double value) {
  if (!std::isfinite(value)) return "\u2013";
  const double size = std::fabs(value);
  if (size == 0) return "0";
  if (size >= 1e15 || size < 1e-3) return print("%.*e", 2, value);
  const int digits = size >= 100 || value == std::round(value) ? 0 : size >= 10 ? 1 : 2;
  return group_thousands(print("%.*f", digits, value));
}

}  // namespace cubist::observe

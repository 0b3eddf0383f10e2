// SPDX-License-Identifier: Apache-2.0
// Simulated time: one unit for the whole chip, and the conversion between it and a clock's cycles.
#pragma once

#include <cstdint>

namespace cubist::base {

/// Simulated time in femtoseconds since the start. 64 bits hold five hours.
using Time = uint64_t;

inline constexpr Time kFemtosecond = 1;
inline constexpr Time kPicosecond = 1'000;
inline constexpr Time kNanosecond = 1'000'000;
inline constexpr Time kMicrosecond = 1'000'000'000;
inline constexpr Time kMillisecond = 1'000'000'000'000;
inline constexpr Time kNever = ~Time{0};

/// A clock that runs from time zero. Its period is a whole number of femtoseconds, so cycle n lies
/// at exactly n * period; 1.85 GHz becomes 540541 fs, which is 0.0001 % slow.
class Clock {
 public:
  explicit constexpr Clock(double hertz) : period_(static_cast<Time>(1e15 / hertz + 0.5)) {}

  constexpr Time period() const { return period_; }
  constexpr Time time_of(uint64_t cycle) const { return cycle * period_; }
  /// The cycle that `time` lies in.
  constexpr uint64_t cycle_at(Time time) const { return time / period_; }
  /// The first cycle that begins at `time` or later.
  constexpr uint64_t cycle_from(Time time) const { return (time + period_ - 1) / period_; }
  constexpr Time span(uint64_t cycles) const { return cycles * period_; }
  constexpr double hertz() const { return 1e15 / static_cast<double>(period_); }

 private:
  Time period_;
};

}  // namespace cubist::base

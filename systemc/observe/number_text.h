// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them.
#pragma once

#include <string>

namespace cubist::observe {

/// Inserts commas into the digits before the point: "1234567.5" -> "1,234,567.5".
std::string group_thousands(std::string number);

/// With `digits` (0 to 15) digits after the point and commas; very large and very small numbers in
/// scientific notation; a dash for what is not a number.
std::string number_text(double value, int digits);

/// With as few digits as tell it from its neighbours `step` away, and k, M, G, T for thousands and
/// more: tick marks.
std::string tick_text(double value, double step);

/// With about three significant digits: values beside bars.
std::string short_text(double value);

}  // namespace cubist::observe

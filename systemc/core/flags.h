// SPDX-License-Identifier: Apache-2.0
// The flags that order pipes: one bit for each (source pipe, destination pipe, id).
#pragma once

#include <array>
#include <cstdint>

#include "abi/core_isa.h"

namespace cubist::core {

struct Flag {
  uint8_t source = 0, destination = 0;  ///< Pipes.
  uint8_t id = 0;                       ///< 0 to 7.
};

class FlagTable {
 public:
  /// False when it was set already: nobody has waited for the last one.
  bool set(const Flag& f) {
    uint8_t& row = rows_[f.source * abi::kPipes + f.destination];
    const auto bit = static_cast<uint8_t>(1u << f.id);
    if ((row & bit) != 0) return false;
    row |= bit;
    return true;
  }
  /// Clears it; false when it was not set.
  bool take(const Flag& f) {
    uint8_t& row = rows_[f.source * abi::kPipes + f.destination];
    const auto bit = static_cast<uint8_t>(1u << f.id);
    if ((row & bit) == 0) return false;
    row &= static_cast<uint8_t>(~bit);
    return true;
  }
  void clear() { rows_.fill(0); }

 private:
  std::array<uint8_t, abi::kPipes * abi::kPipes> rows_{};
};

}  // namespace cubist::core

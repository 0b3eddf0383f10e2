// SPDX-License-Identifier: Apache-2.0
// The flags that order pipes: one bit for each (source pipe, destination pipe, id). Cross-core
// flags go by the same type, but live in cross_core.h.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "abi/core_isa.h"
#include "abi/cubist_abi.h"

namespace cubist::core {

/// Stands for the other end of a cross-core flag.
inline constexpr uint8_t kCrossCore = CUBIST_CROSS_CORE_FLAG;

struct Flag {
  uint8_t source = 0, destination = 0;  ///< Pipes; kCrossCore: a flag of or for other cores.
  uint8_t id = 0;                       ///< 0 to 7; of a cross-core flag 0 to 15.
  uint8_t mode = 0;                     ///< Of a set of a cross-core flag.

  bool same(const Flag& other) const {
    return source == other.source && destination == other.destination && id == other.id;
  }
};

/// "flag 3 (MTE2 to V)", "cross-core flag 5".
inline std::string flag_text(const Flag& f) {
  if (f.source == kCrossCore || f.destination == kCrossCore) {
    return "cross-core flag " + std::to_string(f.id);
  }
  return "flag " + std::to_string(f.id) + " (" + std::string(abi::kPipeNames[f.source]) + " to " +
         std::string(abi::kPipeNames[f.destination]) + ")";
}

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

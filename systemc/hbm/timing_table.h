// SPDX-License-Identifier: Apache-2.0
// The timings that a file may give: one table for reading, declaring and converting them.
#pragma once

#include <string>
#include <vector>

#include "systemc/hbm/dram_timing.h"

namespace cubist::hbm {

inline constexpr unsigned kMaxBanks = 64;  ///< Of a pseudo-channel, all stack ids together.

/// One timing: "tRCDRD" in unit "ns" is "tRCDRD_ns" in a file and "hbm.trcdrd_ns" as a parameter.
struct TimingEntry {
  const char* name;
  const char* unit;  ///< "ns", or "nCK" for what the standard counts in clocks.
  unsigned DramTiming::*field;
  double value;  ///< Default: hbm2e_3600.
  double maximum;
  const char* meaning;

  std::string key() const { return std::string(name) + "_" + unit; }
  std::string path() const {
    std::string path = "hbm." + key();
    for (char& c : path) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return path;
  }
};

const std::vector<TimingEntry>& timing_entries();

}  // namespace cubist::hbm

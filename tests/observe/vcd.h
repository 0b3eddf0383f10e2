// SPDX-License-Identifier: Apache-2.0
// Reads the VCD text that GTKWave's fst2vcd makes of an FST file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cubist::test {

struct VcdSignal {
  std::string type;
  unsigned bits = 0;
  /// In order of time; the values of one time in order of the file.
  std::vector<std::pair<uint64_t, std::string>> changes;
};

struct Vcd {
  std::string timescale;
  std::vector<std::string> order;            ///< Paths as declared.
  std::map<std::string, VcdSignal> signals;  ///< By dotted path, as "a.b.data[7:0]".
  uint64_t end = 0;                          ///< The last time mentioned.

  /// Changes that differ from the value before, from an initial value on.
  std::vector<std::pair<uint64_t, std::string>> transitions(const std::string& path,
                                                            const std::string& initial) const;
};

/// Converts `fst_path` and reads the result.
Vcd read_fst(const std::string& fst_path);

}  // namespace cubist::test

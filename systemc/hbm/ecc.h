// SPDX-License-Identifier: Apache-2.0
// Sideband ECC: each word of 64 bits has its check bits beside the data, so it costs no time.
#pragma once

#include <cstdint>
#include <map>

namespace cubist::hbm {

/// Which stored bits are wrong, and what a code that corrects one and detects two errors a word
/// makes of them.
class Ecc {
 public:
  static constexpr unsigned kWordBytes = 8;

  void flip(uint64_t address, unsigned bit);
  bool clean() const { return wrong_.empty(); }

  struct Outcome {
    unsigned corrected = 0;      ///< Words with one wrong bit.
    unsigned uncorrectable = 0;  ///< Words with more; reported, whatever they hold.
    uint64_t first = 0;          ///< Address of the first uncorrectable word.
  };
  /// A read: wrong bits stay, as no scrubber writes them back.
  Outcome read(uint64_t address, uint64_t bytes) const;
  /// A write: words that it covers are right again. Of a word that it covers in part the controller
  /// must read the rest, so errors there stay.
  void write(uint64_t address, uint64_t bytes);

 private:
  std::map<uint64_t, uint64_t> wrong_;  // Word number to a mask of its wrong bits.
};

}  // namespace cubist::hbm

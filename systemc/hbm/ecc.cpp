// SPDX-License-Identifier: Apache-2.0
#include "systemc/hbm/ecc.h"

#include <bit>

namespace cubist::hbm {

void Ecc::flip(uint64_t address, unsigned bit) {
  const uint64_t word = address / kWordBytes;
  const uint64_t mask = uint64_t{1} << (address % kWordBytes * 8 + bit % 8);
  if ((wrong_[word] ^= mask) == 0) wrong_.erase(word);
}

Ecc::Outcome Ecc::read(uint64_t address, uint64_t bytes) const {
  Outcome outcome;
  if (bytes == 0) return outcome;
  const uint64_t last = (address + bytes - 1) / kWordBytes;
  for (auto at = wrong_.lower_bound(address / kWordBytes); at != wrong_.end() && at->first <= last;
       ++at) {
    if (std::popcount(at->second) == 1) {
      ++outcome.corrected;
    } else if (outcome.uncorrectable++ == 0) {
      outcome.first = at->first * kWordBytes;
    }
  }
  return outcome;
}

void Ecc::write(uint64_t address, uint64_t bytes) {
  const uint64_t first = (address + kWordBytes - 1) / kWordBytes;
  const uint64_t end = (address + bytes) / kWordBytes;
  if (first < end) wrong_.erase(wrong_.lower_bound(first), wrong_.lower_bound(end));
}

}  // namespace cubist::hbm

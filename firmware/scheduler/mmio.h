// SPDX-License-Identifier: Apache-2.0
// Device registers: 64 bits wide, addresses from cubist_abi.h.
#pragma once

#include <stdint.h>

#include "abi/cubist_abi.h"

namespace cubist::firmware {

inline uint64_t read_register(uint64_t address) {
  return *reinterpret_cast<const volatile uint64_t*>(address);
}
inline void write_register(uint64_t address, uint64_t value) {
  *reinterpret_cast<volatile uint64_t*>(address) = value;
}

constexpr uint64_t bit(unsigned index) {
  return uint64_t{1} << index;
}

constexpr uint64_t low_bits(unsigned count) {
  return count >= 64 ? ~uint64_t{0} : bit(count) - 1;
}

/// A de Bruijn sequence: its 64 windows of 6 bits all differ, so that the top 6 bits of the
/// sequence times a power of two name that power. The hart has no instruction that counts zeros.
struct BitIndex {
  static constexpr uint64_t kSequence = 0x03f7'9d71'b4cb'0a89;
  uint8_t of[64]{};
  constexpr BitIndex() {
    for (unsigned i = 0; i < 64; ++i) of[kSequence << i >> 58] = static_cast<uint8_t>(i);
  }
};
inline constexpr BitIndex kBitIndex;

/// How many bits are set: sums of pairs, of fours, of bytes, of all.
inline unsigned count_bits(uint64_t bits) {
  constexpr uint64_t kPairs = ~uint64_t{0} / 3, kFours = ~uint64_t{0} / 5,
                     kBytes = ~uint64_t{0} / 17, kOnes = ~uint64_t{0} / 255;
  bits -= bits >> 1 & kPairs;
  bits = (bits & kFours) + (bits >> 2 & kFours);
  return static_cast<unsigned>(((bits + (bits >> 4)) & kBytes) * kOnes >> 56);
}

/// Index of the lowest set bit; `bits` must not be 0.
inline unsigned lowest_bit(uint64_t bits) {
  return kBitIndex.of[(bits & -bits) * BitIndex::kSequence >> 58];
}

}  // namespace cubist::firmware

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "systemc/hbm/pseudo_channel.h"
#include "systemc/memory/interleave.h"

namespace cubist::hbm {
namespace {
constexpr unsigned kAtomsPerLine = memory::Interleave::kLineBytes / HbmConfig::kAtomBytes;
}

AddressMap::AddressMap(const HbmConfig& config)
    : lines_per_row_(std::max(1u, config.row_set_bytes / memory::Interleave::kLineBytes)),
      sets_(config.row_sets),
      order_(config.order),
      hash_(config.bank_hash),
      bits_(static_cast<unsigned>(std::countr_zero(config.row_sets))) {}

Coordinates AddressMap::decode(uint64_t index) const {
  Coordinates c;
  c.pseudo_channel = static_cast<unsigned>(index % HbmConfig::kPseudoChannels);
  uint64_t rest = index / HbmConfig::kPseudoChannels;
  const auto digit = [&rest](unsigned radix) {
    const auto d = static_cast<unsigned>(rest % radix);
    rest /= radix;
    return d;
  };
  if (order_ == LineOrder::stream) {
    c.column = digit(lines_per_row_) * kAtomsPerLine;
    c.bank = digit(sets_);
  } else {
    c.bank = digit(sets_);
    c.column = digit(lines_per_row_) * kAtomsPerLine;
  }
  c.row = static_cast<uint32_t>(rest);
  if (hash_) {
    // All bits of the row, folded to as many as number the sets: a permutation of each row's sets.
    uint32_t fold = c.row;
    for (unsigned shift = bits_; shift != 0 && shift < 32; shift *= 2) fold ^= fold >> shift;
    c.bank = (c.bank ^ fold) % sets_;
  }
  return c;
}

}  // namespace cubist::hbm

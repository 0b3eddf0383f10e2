// SPDX-License-Identifier: Apache-2.0
// Row sets: the banks over which the atoms of a request rotate.
//
// With a stripe of one a set is a bank. With a stripe of n it is one bank of each of n consecutive
// bank groups; sets are numbered by group / n, then by bank of the group. Banks are numbered
// (stack id x groups + group) x banks + bank.
#pragma once

#include <array>
#include <cstdint>

#include "systemc/hbm/timing_table.h"

namespace cubist::hbm {

class RowSets {
 public:
  /// `stripe` is a power of two and at most the bank groups.
  RowSets(const DramTiming& t, unsigned stripe)
      : stripe_(stripe), step_(t.banks_per_group), count_(t.banks() / stripe) {
    for (unsigned bank = 0; bank < t.banks(); ++bank) {
      const unsigned set = bank / step_ / stripe * step_ + bank % step_;
      set_of_[bank] = static_cast<uint8_t>(set);
      if (bank / step_ % stripe == 0) first_[set] = static_cast<uint8_t>(bank);
    }
  }

  unsigned stripe() const { return stripe_; }
  unsigned count() const { return count_; }
  unsigned set_of(unsigned bank) const { return set_of_[bank]; }
  /// Member `i` of a set, counted on beyond the stripe.
  unsigned bank(unsigned set, unsigned i) const {
    return first_[set] + (i & (stripe_ - 1)) * step_;
  }

 private:
  unsigned stripe_, step_, count_;
  std::array<uint8_t, kMaxBanks> first_{}, set_of_{};
};

}  // namespace cubist::hbm

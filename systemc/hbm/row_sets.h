// SPDX-License-Identifier: Apache-2.0
// Row sets: the banks over which the atoms of a request rotate.
//
// With a stripe of one a set is a bank. With a stripe of n it is one bank of each of n consecutive
// bank groups; sets of one stack id are numbered by group / n, then by bank of the group.
#pragma once

#include "systemc/hbm/timing_rules.h"

namespace cubist::hbm {

/// Number of the bank (stack id x groups + group) x banks + bank of member `i` of a set.
inline unsigned bank_of_set(const DramTiming& t, unsigned set, unsigned stripe, unsigned i) {
  const unsigned bank = set % t.banks_per_group;
  const unsigned group = set / t.banks_per_group * stripe + i;
  return group * t.banks_per_group + bank;
}

/// The set that a bank belongs to.
inline unsigned set_of_bank(const DramTiming& t, unsigned bank, unsigned stripe) {
  return bank / t.banks_per_group / stripe * t.banks_per_group + bank % t.banks_per_group;
}

}  // namespace cubist::hbm

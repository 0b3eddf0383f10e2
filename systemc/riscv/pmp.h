// SPDX-License-Identifier: Apache-2.0
// Physical memory protection: up to 16 entries, TOR, NA4 and NAPOT, with locks.
#pragma once

#include <array>
#include <cstdint>

#include "systemc/riscv/hart_bus.h"
#include "systemc/riscv/trap.h"

namespace cubist::riscv {

class Pmp {
 public:
  static constexpr unsigned kMaxEntries = 16;

  /// `entries` is 0 to 16; registers of further entries read as zero and ignore writes.
  explicit Pmp(unsigned entries);

  void reset();

  /// Whether every byte of an access may be touched. The lowest entry that matches any byte
  /// decides, and an access that it covers only in part is refused; with no match M mode may and
  /// U mode may not (unless there are no entries at all).
  bool allows(uint64_t address, uint64_t size, Access access, Mode mode) const;

  /// pmpcfg of entries 8*n .. 8*n+7 (RV64 has the even-numbered registers only: n = number / 2).
  uint64_t config(unsigned n) const;
  void set_config(unsigned n, uint64_t value);
  uint64_t address(unsigned entry) const;
  void set_address(unsigned entry, uint64_t value);

 private:
  struct Entry {
    uint8_t config = 0;
    uint64_t address = 0;  // As in pmpaddr: bits 55:2 of the physical address.
    uint64_t first = 1;    // Covered range, inclusive; empty when first > last.
    uint64_t last = 0;
  };
  void update_ranges();

  unsigned entries_;
  std::array<Entry, kMaxEntries> entry_{};
};

}  // namespace cubist::riscv

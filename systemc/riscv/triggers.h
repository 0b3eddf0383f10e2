// SPDX-License-Identifier: Apache-2.0
// Debug triggers of type 2 (mcontrol): match an address on execute, load or store.
// Source: RISC-V Debug Support 0.13.2, chapter 5. Left out: data matches, chains, icount.
#pragma once

#include <cstdint>
#include <vector>

#include "systemc/riscv/hart_bus.h"
#include "systemc/riscv/trap.h"

namespace cubist::riscv {

enum class TriggerAction : uint8_t { none, exception, debug };

class Triggers {
 public:
  static constexpr unsigned kMax = 16;

  explicit Triggers(unsigned count);

  void reset();
  unsigned count() const { return static_cast<unsigned>(triggers_.size()); }

  /// tselect keeps its value when a write names a trigger that does not exist.
  uint64_t select() const { return select_; }
  void set_select(uint64_t value);

  /// tdata1 and tdata2 of the selected trigger. A trigger with dmode set changes only when
  /// `debugger` is true.
  uint64_t data1() const;
  void set_data1(uint64_t value, bool debugger);
  uint64_t data2() const;
  void set_data2(uint64_t value, bool debugger);
  /// tinfo: a bit for each supported type.
  uint64_t info() const { return triggers_.empty() ? 1 : 1u << 2; }

  bool any_execute() const { return any_execute_; }
  bool any_data() const { return any_data_; }

  /// What happens on an access at `address` of `size` bytes in `mode`; marks the trigger as hit.
  /// Data accesses match when any of their bytes does; code matches on its first byte.
  TriggerAction match(uint64_t address, unsigned size, Access access, Mode mode);
  /// Whether an execute trigger might fire at `address` in some mode.
  bool may_execute(uint64_t address) const;

 private:
  struct Trigger {
    uint64_t data1 = 0;
    uint64_t data2 = 0;
  };
  void update();
  static bool address_matches(const Trigger& t, uint64_t first, uint64_t last);

  std::vector<Trigger> triggers_;
  uint64_t select_ = 0;
  bool any_execute_ = false;
  bool any_data_ = false;
};

}  // namespace cubist::riscv

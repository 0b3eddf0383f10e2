// SPDX-License-Identifier: Apache-2.0
// Timer and software interrupt of the control hart. MTIME counts nanoseconds of simulated time.
#pragma once

#include "systemc/control/control_config.h"
#include "systemc/control/device.h"
#include "systemc/control/lines.h"

namespace cubist::control {

class Clint final : public Device, private base::Agent {
 public:
  // Causes of the hart that this device drives.
  static constexpr unsigned kSoftwareCause = 3;
  static constexpr unsigned kTimerCause = 7;

  /// `hart` takes causes 3 and 7.
  Clint(sc_core::sc_module_name name, base::Simulation& simulation, const ControlConfig& config,
        InterruptLine& hart);

 private:
  bool read_register(unsigned bank, unsigned index, uint64_t offset, uint64_t& value) override;
  bool write_register(unsigned bank, unsigned index, uint64_t offset, uint64_t value) override;
  uint64_t peek_register(unsigned bank, unsigned index, uint64_t offset) const override;
  void wake(uint64_t token) override;
  uint64_t ticks() const { return simulation_.now() / base::kNanosecond; }
  void compare();

  InterruptLine& hart_;
  uint64_t msip_ = 0;
  uint64_t mtimecmp_ = ~uint64_t{0};
  uint64_t generation_ = 0;  // Of mtimecmp_: wake-ups of earlier ones are void.
};

}  // namespace cubist::control

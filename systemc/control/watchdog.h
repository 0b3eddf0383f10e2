// SPDX-License-Identifier: Apache-2.0
// Watchdog: reports firmware that does not come by in time, once until the next kick. Off after
// reset.
#pragma once

#include "systemc/control/control_config.h"
#include "systemc/control/device.h"

namespace cubist::control {

class Watchdog final : public Device, private base::Agent {
 public:
  Watchdog(sc_core::sc_module_name name, base::Simulation& simulation, const ControlConfig& config);

  /// How often a period passed without a kick.
  uint64_t bites() const { return bites_; }

 private:
  bool read_register(unsigned bank, unsigned index, uint64_t offset, uint64_t& value) override;
  bool write_register(unsigned bank, unsigned index, uint64_t offset, uint64_t value) override;
  uint64_t peek_register(unsigned, unsigned, uint64_t) const override { return period_; }
  void wake(uint64_t token) override;
  void restart();

  uint64_t period_ = 0;      // Nanoseconds.
  uint64_t generation_ = 0;  // Of the running period.
  uint64_t bites_ = 0;
};

}  // namespace cubist::control

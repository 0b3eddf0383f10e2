// SPDX-License-Identifier: Apache-2.0
// Interrupt controller: level lines, an enable mask, one output to the hart.
#pragma once

#include "systemc/control/control_config.h"
#include "systemc/control/device.h"
#include "systemc/control/lines.h"

namespace cubist::control {

class Intc final : public Device, public InterruptLine {
 public:
  static constexpr unsigned kExternalCause = 11;
  static constexpr unsigned kLines = 64;

  /// `hart` takes cause 11.
  Intc(sc_core::sc_module_name name, base::Simulation& simulation, const ControlConfig& config,
       InterruptLine& hart);

  /// Input `number` (CUBIST_IRQ_*, below kLines) has `level`.
  void set_line(unsigned number, bool level) override;

 private:
  bool read_register(unsigned bank, unsigned index, uint64_t offset, uint64_t& value) override;
  bool write_register(unsigned bank, unsigned index, uint64_t offset, uint64_t value) override;
  uint64_t peek_register(unsigned bank, unsigned index, uint64_t offset) const override;
  void update();

  InterruptLine& hart_;
  uint64_t pending_ = 0;
  uint64_t enable_ = 0;
  bool output_ = false;
};

}  // namespace cubist::control

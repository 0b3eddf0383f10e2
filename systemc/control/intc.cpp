// SPDX-License-Identifier: Apache-2.0
#include "systemc/control/intc.h"

#include "abi/cubist_abi.h"

namespace cubist::control {

Intc::Intc(sc_core::sc_module_name name, base::Simulation& simulation, const ControlConfig& config,
           InterruptLine& hart)
    : Device(name, simulation,
             {{"INTC",
               0,
               CUBIST_REGION_INTC_SIZE,
               1,
               {{"PENDING", CUBIST_INTC_PENDING, RegisterAccess::ro},
                {"ENABLE", CUBIST_INTC_ENABLE, RegisterAccess::rw}}}},
             config.bus, config.bus),
      hart_(hart) {}

void Intc::set_line(unsigned number, bool level) {
  const uint64_t bit = uint64_t{1} << number;
  pending_ = level ? pending_ | bit : pending_ & ~bit;
  update();
}

void Intc::update() {
  const bool output = (pending_ & enable_) != 0;
  if (output == output_) return;
  output_ = output;
  hart_.set_line(kExternalCause, output);
}

uint64_t Intc::peek_register(unsigned, unsigned, uint64_t offset) const {
  return offset == CUBIST_INTC_PENDING ? pending_ : enable_;
}

bool Intc::read_register(unsigned bank, unsigned index, uint64_t offset, uint64_t& value) {
  value = peek_register(bank, index, offset);
  return true;
}

bool Intc::write_register(unsigned, unsigned, uint64_t, uint64_t value) {
  enable_ = value;
  update();
  return true;
}

}  // namespace cubist::control

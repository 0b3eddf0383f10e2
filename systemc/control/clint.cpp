// SPDX-License-Identifier: Apache-2.0
#include "systemc/control/clint.h"

#include "abi/cubist_abi.h"

namespace cubist::control {

Clint::Clint(sc_core::sc_module_name name, base::Simulation& simulation,
             const ControlConfig& config, InterruptLine& hart)
    : Device(name, simulation,
             {{"CLINT",
               0,
               CUBIST_REGION_CLINT_SIZE,
               1,
               {{"MSIP", CUBIST_CLINT_MSIP, RegisterAccess::rw},
                {"MTIMECMP", CUBIST_CLINT_MTIMECMP, RegisterAccess::rw},
                {"MTIME", CUBIST_CLINT_MTIME, RegisterAccess::ro}}}},
             config.bus, config.bus),
      hart_(hart) {}

uint64_t Clint::peek_register(unsigned, unsigned, uint64_t offset) const {
  switch (offset) {
    case CUBIST_CLINT_MSIP:
      return msip_;
    case CUBIST_CLINT_MTIMECMP:
      return mtimecmp_;
    default:
      return ticks();
  }
}

bool Clint::read_register(unsigned bank, unsigned index, uint64_t offset, uint64_t& value) {
  value = peek_register(bank, index, offset);
  return true;
}

bool Clint::write_register(unsigned, unsigned, uint64_t offset, uint64_t value) {
  if (offset == CUBIST_CLINT_MSIP) {
    msip_ = value & 1;
    hart_.set_line(kSoftwareCause, msip_ != 0);
  } else {
    mtimecmp_ = value;
    ++generation_;
    compare();
  }
  return true;
}

void Clint::compare() {
  const bool due = ticks() >= mtimecmp_;
  hart_.set_line(kTimerCause, due);
  // Times beyond the end of the 64-bit axis never come.
  if (!due && mtimecmp_ < base::kNever / base::kNanosecond) {
    simulation_.agenda().at(mtimecmp_ * base::kNanosecond, rank_of(Unit::clint), *this,
                            generation_);
  }
}

void Clint::wake(uint64_t token) {
  if (token == generation_) compare();
}

}  // namespace cubist::control

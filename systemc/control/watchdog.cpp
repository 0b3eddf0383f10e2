// SPDX-License-Identifier: Apache-2.0
#include "systemc/control/watchdog.h"

#include <algorithm>

#include "abi/cubist_abi.h"

namespace cubist::control {
namespace {

// An hour: longer periods would leave the time axis.
constexpr uint64_t kLongestPeriod = 3'600'000'000'000;

}  // namespace

Watchdog::Watchdog(sc_core::sc_module_name name, base::Simulation& simulation,
                   const ControlConfig& config)
    : Device(name, simulation,
             {{"WATCHDOG",
               0,
               CUBIST_REGION_WATCHDOG_SIZE,
               1,
               {{"PERIOD", CUBIST_WATCHDOG_PERIOD, RegisterAccess::rw},
                {"KICK", CUBIST_WATCHDOG_KICK, RegisterAccess::wo}}}},
             config.bus, config.bus) {}

bool Watchdog::read_register(unsigned, unsigned, uint64_t, uint64_t& value) {
  value = period_;
  return true;
}

bool Watchdog::write_register(unsigned, unsigned, uint64_t offset, uint64_t value) {
  if (offset == CUBIST_WATCHDOG_PERIOD) period_ = std::min(value, kLongestPeriod);
  restart();
  return true;
}

void Watchdog::restart() {
  ++generation_;
  if (period_ == 0) return;
  simulation_.agenda().at(simulation_.now() + period_ * base::kNanosecond, rank_of(Unit::watchdog),
                          *this, generation_);
}

void Watchdog::wake(uint64_t token) {
  if (token != generation_) return;
  ++bites_;
  complain("the firmware has not kicked the watchdog for " + std::to_string(period_) + " ns");
}

}  // namespace cubist::control

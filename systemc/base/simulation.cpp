// SPDX-License-Identifier: Apache-2.0
#include "systemc/base/simulation.h"

#include <utility>

namespace cubist::base {

Simulation::Simulation(ParameterTable parameters) : parameters_(std::move(parameters)) {
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  agenda_ = std::make_unique<Agenda>("agenda");
}

Simulation::~Simulation() = default;

void Simulation::report(Report report) {
  report.time = now();
  reports_.push_back(std::move(report));
}

void Simulation::add_statistic(std::string path, std::string unit, const uint64_t* value) {
  statistics_.push_back({std::move(path), std::move(unit), value});
}

}  // namespace cubist::base

// The library owns sc_main because SystemC's own start-up code refers to it; the user owns main.
int sc_main(int, char**) {
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// The simulation: what every unit of every chip in one process shares.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "systemc/base/agenda.h"
#include "systemc/base/event_bus.h"
#include "systemc/base/parameters.h"

namespace cubist::base {

class WaveSink;

/// One event that somebody must hear of although the simulation goes on: a fault, a dropped sample,
/// a mismatch between model and RTL.
struct Report {
  Time time = 0;
  std::string source;  ///< Dotted path of the unit.
  std::string text;    ///< One line.
  bool is_defect =
      false;  ///< A defect of the simulator (RTL mismatch, dropped sample): fails the run.
};

/// A number that a unit counts, by path; the report prints them, a debugger reads them.
struct Statistic {
  std::string path;  ///< "chip.core0.aic.mte2.busy_cycles"
  std::string unit;  ///< "cycles", "bytes", ""
  const uint64_t* value;
};

/// Owns agenda, bus and configuration. Construct one before any module of the chip; it sets
/// SystemC's time resolution to 1 fs. One per process (SystemC elaborates once).
class Simulation {
 public:
  explicit Simulation(ParameterTable parameters);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  Agenda& agenda() { return *agenda_; }
  EventBus& bus() { return bus_; }
  const ParameterTable& parameters() const { return parameters_; }
  Time now() const { return agenda_->now(); }

  /// The waveform, or nullptr when none is written.
  WaveSink* wave() const { return wave_; }
  void set_wave(WaveSink* wave) { wave_ = wave; }

  void report(Report report);
  const std::vector<Report>& reports() const { return reports_; }

  void add_statistic(std::string path, std::string unit, const uint64_t* value);
  const std::vector<Statistic>& statistics() const { return statistics_; }

 private:
  ParameterTable parameters_;
  EventBus bus_;
  std::unique_ptr<Agenda> agenda_;
  WaveSink* wave_ = nullptr;
  std::vector<Report> reports_;
  std::vector<Statistic> statistics_;
};

}  // namespace cubist::base

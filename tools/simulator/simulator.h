// SPDX-License-Identifier: Apache-2.0
// A simulated chip for host programs: preset in, HostTransport out; with traces if wanted.
//
//   cubist::Simulator simulator({.chip = "ascend-910b1"});
//   cubist::Device device = simulator.open();
//
// No SystemC in this header. One Simulator per process, as SystemC elaborates once.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/cubist.h"

namespace cubist {

class HostTransport;
namespace chip {
class InProcess;
}

struct SimulatorOptions {
  std::string chip = "ascend-910b1";       ///< Preset's name, or the path of a preset file.
  std::vector<std::string> settings = {};  ///< "path=value", see `cubist params`.
  std::string firmware = {};  ///< Scheduler firmware ELF; empty: the one that ships with Cubist.
  std::string trace = {};     ///< Perfetto trace to write; *.json for Chrome's format.
  std::string wave = {};      ///< FST waveform to write, with a GTKWave save file beside it.
  /// Simulated nanoseconds that the waveform shows; `wave_to_ns` 0: to the end.
  double wave_from_ns = 0, wave_to_ns = 0;
  bool statistics = false;  ///< Add up busy and stalled time of pipes.
  bool hash = false;        ///< Hash everything that happens.
};

/// Time of one kind of pipe ("aic.mte2"), summed over the cores that did anything.
struct PipeShare {
  std::string pipe;
  double busy_ns = 0, idle_ns = 0;
  std::map<std::string, double> stall_ns;  ///< By reason: "wait_flag", "wait_queue", ...
  uint64_t instructions = 0;
  uint64_t tracks = 0;  ///< Pipes that were summed.
};

class Simulator {
 public:
  /// Throws base::UserError for unknown presets, parameters and files.
  explicit Simulator(SimulatorOptions options);
  /// Finishes traces.
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  HostTransport& transport();
  /// The chip behind the transport, for tools that look inside.
  chip::InProcess& chip();
  /// Opens a device with the chip's memory size, and with commands shown in traces.
  Device open(DeviceOptions options = {});

  /// Lets a wait end early; safe in a signal handler.
  void request_stop();

  /// Completes trace and waveform; call it before looking at the files. Later events are lost.
  void finish();

  uint64_t cycles() const;  ///< Of the cores' clock, of simulated time.
  uint64_t cube_instructions() const;
  uint64_t rtl_instructions() const;  ///< Cube instructions that the RTL ran or checked.
  uint64_t mismatches() const;        ///< Checked ones that differed.
  /// Sum of all statistics whose path starts and ends so ("chip.hbm", ".read_bytes").
  uint64_t statistic(const std::string& prefix, const std::string& suffix) const;
  /// With SimulatorOptions::statistics, up to now.
  std::vector<PipeShare> pipes();
  /// With SimulatorOptions::hash: 32 hexadecimal digits over all events so far.
  std::string trace_hash() const;
  /// Defects of the simulator that units reported (RTL mismatch, dropped samples), one line each.
  std::vector<std::string> defects() const;
  /// What the firmware printed so far.
  const std::string& uart() const;
  /// Effective value of a parameter as text, and all of them as JSON.
  std::string parameter(const std::string& path) const;
  std::string parameters_json() const;
  const std::string& home() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cubist

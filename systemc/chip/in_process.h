// SPDX-License-Identifier: Apache-2.0
// A chip in this very process, behind the host's transport: what runtime, tools and tests build.
//
//   auto options = chip::ChipOptions{chip::load_parameters(configs, "tiny", {"sim.cube=check"})};
//   options.firmware_elf = read_file("scheduler.elf");
//   chip::InProcess device(std::move(options));
//
// Simulated time advances only inside the transport's calls. One per process: SystemC elaborates
// once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/host_transport.h"
#include "systemc/base/parameters.h"

namespace cubist::base {
class Simulation;
}

namespace cubist::chip {

class Chip;

/// What a chip is built from.
struct ChipOptions {
  base::ParameterTable parameters;    ///< From load_parameters().
  std::vector<uint8_t> firmware_elf;  ///< The scheduler's ELF file; its entry lies in SRAM.
  /// Called once after the simulation exists and before any unit is built: the place to attach
  /// sinks of the event bus and the waveform. May be empty.
  std::function<void(base::Simulation&)> before_build;
};

/// A preset as listed to the user.
struct PresetInfo {
  std::string name;         ///< "ascend-910b1": the file's name without ".json".
  std::string description;  ///< Its "description" text.
  std::string file;
};

/// Declares the parameters of every room and of the simulation itself ("sim.*").
void declare_all_parameters(base::ParameterTable& parameters);

/// The presets in `directory`, sorted by name. Throws base::UserError when it cannot be read.
std::vector<PresetInfo> list_presets(const std::string& directory);

/// All parameters with a preset's values and then the "path=value" texts of `sets` applied.
/// `preset` is a name in `directory` or the path of a ".json" file. Throws base::UserError (unknown
/// preset with the nearest name, unknown parameter, value out of range).
base::ParameterTable load_parameters(const std::string& directory, const std::string& preset,
                                     const std::vector<std::string>& sets);

class InProcess final : public HostTransport {
 public:
  /// Builds the chip and puts the firmware into SRAM; its hart starts with the first call that lets
  /// time pass. Throws base::UserError for a bad configuration or firmware file.
  explicit InProcess(ChipOptions options);
  ~InProcess() override;

  base::Simulation& simulation();
  Chip& chip();

  // --- Beside the transport ------------------------------------------------------------------
  /// Everything the firmware printed so far.
  const std::string& uart_output() const;
  /// Called for each line the firmware prints, without its line end.
  void on_uart_line(std::function<void(std::string_view)> callback);
  /// Bytes that the firmware receives.
  void uart_input(std::string_view text);

  /// Asks a waiting call to return WaitResult::interrupted. Safe in a signal handler.
  void request_stop();

  /// Hands what traced RTL still holds to the waveform. Call before the waveform is closed; the
  /// waveform must outlive this object or the call.
  void finish_wave();

  uint64_t rtl_instructions() const;   ///< Cube instructions that RTL ran or checked.
  uint64_t cube_instructions() const;  ///< All cube instructions.
  uint64_t cube_mismatches() const;    ///< Checked ones that differed between model and RTL.
  /// Cycles of the cores' clock that simulated time has passed.
  uint64_t core_cycles() const;

  // --- HostTransport -------------------------------------------------------------------------
  bool read_register(uint64_t address, uint64_t& value) override;
  bool write_register(uint64_t address, uint64_t value) override;
  void doorbell(unsigned queue, uint64_t tail) override;
  std::span<uint8_t> allocate_host(size_t bytes, uint64_t& device_address) override;
  WaitResult wait_interrupt(uint64_t ns) override;
  bool debug_read(uint64_t address, std::span<uint8_t> out) override;
  bool debug_write(uint64_t address, std::span<const uint8_t> in) override;
  double now_ns() override;
  double core_hertz() override;
  std::string describe_state() override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cubist::chip

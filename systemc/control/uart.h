// SPDX-License-Identifier: Apache-2.0
// UART: what the firmware prints, and what it is sent.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "systemc/control/control_config.h"
#include "systemc/control/device.h"
#include "systemc/control/lines.h"

namespace cubist::control {

class Uart final : public Device {
 public:
  static constexpr uint64_t kNothingReceived = 0x100;  ///< RX when there was no byte.
  static constexpr size_t kLongestLine = 4096;         ///< Longer ones are broken.

  /// Input CUBIST_IRQ_UART of `interrupts` is high while a received byte waits.
  Uart(sc_core::sc_module_name name, base::Simulation& simulation, const ControlConfig& config,
       InterruptLine& interrupts);

  /// All bytes sent so far.
  const std::string& output() const { return output_; }
  /// Called with each line that is sent, without its line end.
  void on_line(std::function<void(std::string_view)> callback) { on_line_ = std::move(callback); }
  /// Bytes arrive from outside.
  void receive(std::string_view bytes);

 private:
  bool read_register(unsigned bank, unsigned index, uint64_t offset, uint64_t& value) override;
  bool write_register(unsigned bank, unsigned index, uint64_t offset, uint64_t value) override;
  uint64_t peek_register(unsigned bank, unsigned index, uint64_t offset) const override;
  void end_line();

  InterruptLine& interrupts_;
  std::string output_, line_;
  std::deque<uint8_t> received_;
  std::function<void(std::string_view)> on_line_;
  base::TrackId track_;
};

}  // namespace cubist::control

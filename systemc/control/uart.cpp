// SPDX-License-Identifier: Apache-2.0
#include "systemc/control/uart.h"

#include "abi/cubist_abi.h"

namespace cubist::control {

Uart::Uart(sc_core::sc_module_name name, base::Simulation& simulation, const ControlConfig& config,
           InterruptLine& interrupts)
    : Device(name, simulation,
             {{"UART",
               0,
               CUBIST_REGION_UART_SIZE,
               1,
               {{"TX", CUBIST_UART_TX, RegisterAccess::wo},
                {"RX", CUBIST_UART_RX, RegisterAccess::ro},
                {"STATUS", CUBIST_UART_STATUS, RegisterAccess::ro}}}},
             config.bus, config.bus),
      interrupts_(interrupts),
      track_(simulation.bus().track(this->name())) {}

void Uart::receive(std::string_view bytes) {
  received_.insert(received_.end(), bytes.begin(), bytes.end());
  interrupts_.set_line(CUBIST_IRQ_UART, !received_.empty());
}

void Uart::end_line() {
  if (simulation_.bus().active()) {
    base::Event event{base::EventKind::instant, track_, simulation_.bus().name(line_),
                      simulation_.now()};
    simulation_.bus().emit(event);
  }
  if (on_line_) on_line_(line_);
  line_.clear();
}

uint64_t Uart::peek_register(unsigned, unsigned, uint64_t offset) const {
  switch (offset) {
    case CUBIST_UART_RX:
      return received_.empty() ? kNothingReceived : received_.front();
    case CUBIST_UART_STATUS:
      return received_.empty() ? 1 : 3;
    default:
      return 0;
  }
}

bool Uart::read_register(unsigned bank, unsigned index, uint64_t offset, uint64_t& value) {
  value = peek_register(bank, index, offset);
  if (offset == CUBIST_UART_RX && !received_.empty()) {
    received_.pop_front();
    interrupts_.set_line(CUBIST_IRQ_UART, !received_.empty());
  }
  return true;
}

bool Uart::write_register(unsigned, unsigned, uint64_t, uint64_t value) {
  const char byte = static_cast<char>(value & 0xff);
  output_ += byte;
  if (byte == '\n') {
    end_line();
  } else if (byte != '\r') {
    line_ += byte;
    if (line_.size() >= kLongestLine) end_line();
  }
  return true;
}

}  // namespace cubist::control

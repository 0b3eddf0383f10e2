// SPDX-License-Identifier: Apache-2.0
// Wires of the control subsystem: interrupt lines and the host's interrupt.
#pragma once

#include <cstdint>

namespace cubist::control {

/// Takes a level. `number` is an input of the interrupt controller (CUBIST_IRQ_*) or a cause of the
/// hart (3 software, 7 timer, 11 external), as the receiver says.
class InterruptLine {
 public:
  virtual void set_line(unsigned number, bool level) = 0;

 protected:
  ~InterruptLine() = default;
};

/// The chip's interrupt to the host: a pulse for each completion.
class HostInterrupt {
 public:
  virtual void raise_host_interrupt() = 0;

 protected:
  ~HostInterrupt() = default;
};

/// The registers of one AI core (block CORE of the ABI) as the control bus reaches them.
class CorePort {
 public:
  virtual bool read_register(uint64_t offset, uint64_t& value) = 0;
  virtual bool write_register(uint64_t offset, uint64_t value) = 0;

 protected:
  ~CorePort() = default;
};

}  // namespace cubist::control

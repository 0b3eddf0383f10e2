// SPDX-License-Identifier: Apache-2.0
// The wire between host software and a chip: all that the runtime may know of it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace cubist {

/// What a wait ended with.
enum class WaitResult : uint8_t {
  interrupt,    ///< The chip raised its interrupt (now acknowledged).
  idle,         ///< Nothing is left to happen in the chip: waiting longer cannot help.
  timeout,      ///< The given simulated time has passed.
  interrupted,  ///< The user pressed Ctrl-C.
};

/// Back ends: in-process (systemc/chip), later a chip process over shared memory and a socket.
/// Simulated time advances only inside these calls; each has a configured simulated cost.
class HostTransport {
 public:
  virtual ~HostTransport() = default;

  /// Memory-mapped access to device registers through the bridge: 8 bytes, aligned. Returns false
  /// on a bus error.
  virtual bool read_register(uint64_t address, uint64_t& value) = 0;
  virtual bool write_register(uint64_t address, uint64_t value) = 0;

  /// Posted write of a queue's doorbell.
  virtual void doorbell(unsigned queue, uint64_t tail) = 0;

  /// Host memory that the chip can reach: allocated once, freed with the transport.
  /// `device_address` is what the chip uses. Throws base::UserError when `bytes` is not to be had.
  virtual std::span<uint8_t> allocate_host(size_t bytes, uint64_t& device_address) = 0;

  /// Runs the chip until it interrupts the host or `nanoseconds` of simulated time have passed.
  virtual WaitResult wait_interrupt(uint64_t nanoseconds) = 0;

  /// Debug access to device memory: no simulated time, no caches. For loaders of golden data and
  /// for checks, not for the data path.
  virtual bool debug_read(uint64_t address, std::span<uint8_t> out) = 0;
  virtual bool debug_write(uint64_t address, std::span<const uint8_t> in) = 0;

  /// Simulated time in nanoseconds, and the core clock's frequency for conversion to cycles.
  virtual double now_ns() = 0;
  virtual double core_hertz() = 0;

  /// Who waits for what, in a few lines: for messages about hangs.
  virtual std::string describe_state() = 0;
};

}  // namespace cubist

// SPDX-License-Identifier: Apache-2.0
// What all peripherals of the control subsystem have in common: a TLM target with named 64-bit
// registers whose accesses are checked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include "systemc/base/simulation.h"

namespace cubist::control {

enum class RegisterAccess : uint8_t { ro, rw, wo, w1c };

/// One register of a bank; all are 64 bits wide and 8-byte aligned.
struct RegisterInfo {
  const char* name;
  uint64_t offset;  ///< Within the bank.
  RegisterAccess access;
};

/// Registers at `base` (offset in the device), repeated `count` times every `stride` bytes.
struct RegisterBank {
  const char* name;
  uint64_t base;
  uint64_t stride;
  unsigned count;
  std::vector<RegisterInfo> registers;
};

/// A peripheral. Accesses of another size than 8 bytes, at an unknown offset, or against a
/// register's access kind get a TLM error response and a report, and do nothing.
class Device : public sc_core::sc_module {
 public:
  /// Payload addresses are offsets within the device. Targets never wait: the latency is annotated.
  tlm_utils::simple_target_socket<Device> socket;

  const std::vector<RegisterBank>& banks() const { return banks_; }
  /// A register's value by bank, index and offset, without side effects: for debuggers.
  uint64_t peek(unsigned bank, unsigned index, uint64_t offset) const {
    return peek_register(bank, index, offset);
  }

 protected:
  Device(sc_core::sc_module_name name, base::Simulation& simulation,
         std::vector<RegisterBank> banks, base::Time read_latency, base::Time write_latency);

  /// Called for accesses that passed the checks. `bank` counts banks(), `index` the repetition.
  /// False: this one cannot be served (reported as an address error).
  virtual bool read_register(unsigned bank, unsigned index, uint64_t offset, uint64_t& value) = 0;
  virtual bool write_register(unsigned bank, unsigned index, uint64_t offset, uint64_t value) = 0;
  virtual uint64_t peek_register(unsigned bank, unsigned index, uint64_t offset) const = 0;

  /// How long a read of a register of this bank takes.
  virtual base::Time read_time(unsigned) const { return read_latency_; }

  /// Tells the user of something that software did wrong with this device.
  void complain(const std::string& text);

  base::Simulation& simulation_;

 private:
  struct Place {
    const RegisterInfo* info = nullptr;
    unsigned bank = 0, index = 0;
  };
  Place find(uint64_t offset) const;
  tlm::tlm_response_status access(bool write, uint64_t address, unsigned size, uint8_t* data);
  void block(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(tlm::tlm_generic_payload& payload);

  std::vector<RegisterBank> banks_;
  base::Time read_latency_, write_latency_;
};

}  // namespace cubist::control

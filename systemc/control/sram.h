// SPDX-License-Identifier: Apache-2.0
// Small memories of the control subsystem: boot ROM and scheduler SRAM.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include "systemc/base/time.h"

namespace cubist::control {

/// Plain memory as a TLM target; payload addresses are offsets. Its owner's hart reaches the bytes
/// directly; others (the host, debuggers) come over the bus.
class Sram : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Sram> socket;

  Sram(sc_core::sc_module_name name, uint64_t bytes, bool writable, base::Time latency);

  std::span<uint8_t> bytes() { return bytes_; }
  std::span<const uint8_t> bytes() const { return bytes_; }

 private:
  bool access(tlm::tlm_generic_payload& payload, bool debug);
  void block(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(tlm::tlm_generic_payload& payload);

  std::vector<uint8_t> bytes_;
  bool writable_;
  base::Time latency_;
};

}  // namespace cubist::control

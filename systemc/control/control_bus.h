// SPDX-License-Identifier: Apache-2.0
// The control subsystem's bus: decodes addresses to devices and memories.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

namespace cubist::control {

class ControlBus : public sc_core::sc_module {
 public:
  /// The control hart.
  tlm_utils::simple_target_socket<ControlBus> from_hart;
  /// The host's register window.
  tlm_utils::simple_target_socket<ControlBus> from_host;

  explicit ControlBus(sc_core::sc_module_name name);

  /// Connects a target at [base, base + bytes); it sees offsets. Before the simulation starts.
  template <typename Socket>
  void attach(const std::string& name, uint64_t base, uint64_t bytes, Socket& socket) {
    add(name, base, bytes).bind(socket);
  }

  /// "UART + 0x10", or "unmapped; nearest is ...".
  std::string describe(uint64_t address) const;
  bool maps(uint64_t address) const { return find(address) != nullptr; }

 private:
  using Out = tlm_utils::simple_initiator_socket<ControlBus>;
  struct Range {
    std::string name;
    uint64_t base, bytes;
    std::unique_ptr<Out> out;
  };

  Out& add(const std::string& name, uint64_t base, uint64_t bytes);
  const Range* find(uint64_t address) const;
  void block(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(tlm::tlm_generic_payload& payload);

  std::vector<Range> ranges_;
};

}  // namespace cubist::control

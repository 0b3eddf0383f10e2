// SPDX-License-Identifier: Apache-2.0
// Host memory as the chip sees it: a TLM-2.0 target with a latency, a bandwidth in each direction
// and a bounded number of requests in flight. A full bridge refuses like an HBM channel.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include "systemc/base/simulation.h"
#include "systemc/control/control_config.h"
#include "systemc/memory/link_calendar.h"
#include "systemc/memory/memory_port.h"

namespace cubist::control {

class HostBridge final : public sc_core::sc_module, private base::Agent {
 public:
  tlm_utils::simple_target_socket<HostBridge> target;

  HostBridge(sc_core::sc_module_name name, base::Simulation& simulation,
             const ControlConfig& config, memory::MemoryPort& memory);

  uint64_t read_bytes() const { return read_bytes_; }
  uint64_t write_bytes() const { return write_bytes_; }
  uint64_t refusals() const { return refusals_; }

 private:
  tlm::tlm_sync_enum forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  void block(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(tlm::tlm_generic_payload& payload);
  void wake(uint64_t token) override;
  base::Time serve(const tlm::tlm_generic_payload& payload, base::Time arrival);

  base::Simulation& simulation_;
  memory::MemoryPort& memory_;
  base::Time latency_;
  double byte_time_;
  memory::LinkCalendar up_, down_;  // To the host, from the host.
  std::vector<base::Time> slots_;   // When each place is free, used in turn.
  size_t next_ = 0;
  tlm::tlm_generic_payload* refused_ = nullptr;
  uint64_t read_bytes_ = 0, write_bytes_ = 0, refusals_ = 0;
};

}  // namespace cubist::control

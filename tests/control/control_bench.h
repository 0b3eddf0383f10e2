// SPDX-License-Identifier: Apache-2.0
// The control subsystem on a bench: memory with a fixed latency behind a real interconnect, and
// register access from the host's side.
#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <vector>

#include "abi/cubist_abi.h"
#include "systemc/base/parameters.h"
#include "systemc/control/control_subsystem.h"
#include "systemc/noc/noc.h"
#include "tests/memory/stalling_target.h"

namespace cubist::test {

inline constexpr uint64_t kHbm = CUBIST_REGION_HBM_BASE;
inline constexpr uint64_t kHost = CUBIST_REGION_HOST_BASE;
inline constexpr base::Time kInterruptPath = 100 * base::kNanosecond;  // 100 cycles at 1 GHz

class ControlBench : private control::HostInterrupt {
 public:
  explicit ControlBench(const std::vector<std::string>& sets = {})
      : simulation(table(sets)),
        config(control::control_config(simulation.parameters())),
        map(kHbm, 16 << 20),
        interleave(kHbm, 1),
        noc("noc", simulation, noc_config(), interleave, map),
        hbm("hbm", simulation, map),
        control("control", simulation, config, map, *this, 0),
        host_("host") {
    host = *map.add_host_range(kHost, 1 << 20);
    control.hart.memory_side.bind(noc.nodes[0]);
    control.sdma.memory_side.socket.bind(noc.nodes[1]);
    control.queues.memory_side.socket.bind(noc.nodes[2]);
    noc.targets[0].bind(hbm.socket);
    noc.targets[1].bind(control.bridge.target);
    host_.socket.bind(control.bus.from_host);
    simulation.agenda().run(0);  // Elaborates.
  }

  static base::ParameterTable table(const std::vector<std::string>& sets) {
    base::ParameterTable t;
    control::declare_parameters(t);
    noc::declare_parameters(t);
    t.declare_int("sim.quantum_cycles", "cycles", 64, 1, 100, "");
    t.declare_choice("sim.timing", "full", {"none", "fast", "full"}, "");
    t.declare_choice("sim.values", "on", {"on", "off"}, "");
    for (const auto& s : sets) t.set_assignment(s);
    return t;
  }
  noc::NocConfig noc_config() const {
    noc::NocConfig c = noc::noc_config(simulation.parameters());
    c.nodes.resize(control::ControlSubsystem::kNodes);
    c.targets.resize(2);
    return c;
  }

  /// Register access; false on a bus error.
  bool access(bool write, uint64_t address, uint64_t& value, unsigned size = 8) {
    tlm::tlm_generic_payload p;
    p.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    p.set_address(address);
    p.set_data_ptr(reinterpret_cast<uint8_t*>(&value));
    p.set_data_length(size);
    p.set_streaming_width(size);
    latency = sc_core::SC_ZERO_TIME;
    host_.socket->b_transport(p, latency);
    return p.is_response_ok();
  }
  uint64_t read(uint64_t address) {
    uint64_t value = 0;
    INFO("read of " << std::hex << address);
    REQUIRE(access(false, address, value));
    return value;
  }
  void write(uint64_t address, uint64_t value) {
    INFO("write of " << std::hex << address);
    REQUIRE(access(true, address, value));
  }
  bool fails(bool write, uint64_t address, unsigned size = 8) {
    uint64_t value = 0;
    return !access(write, address, value, size);
  }

  /// Lets `time` pass.
  void wait(base::Time time) { simulation.agenda().run(simulation.now() + time); }
  /// Lets everything happen that is going to.
  void settle() { simulation.agenda().run(); }
  const std::string& last_report() const { return simulation.reports().back().text; }

  /// Whether interrupt controller line `irq` is high.
  bool line(unsigned irq) { return (read(CUBIST_INTC_PENDING_AT) >> irq & 1) != 0; }

  base::Simulation simulation;
  control::ControlConfig config;
  memory::MemoryMap map;
  memory::Interleave interleave;
  noc::Noc noc;
  StallingTarget hbm;
  control::ControlSubsystem control;
  std::span<uint8_t> host;
  sc_core::sc_time latency;  ///< Of the last register access.
  std::vector<base::Time> host_interrupts;

 private:
  void raise_host_interrupt() override { host_interrupts.push_back(simulation.now()); }
  struct HostPort : sc_core::sc_module {
    explicit HostPort(sc_core::sc_module_name name) : sc_module(name), socket("socket") {}
    tlm_utils::simple_initiator_socket<HostPort> socket;
  };
  HostPort host_;
};

}  // namespace cubist::test

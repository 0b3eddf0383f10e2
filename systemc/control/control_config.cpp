// SPDX-License-Identifier: Apache-2.0
#include "systemc/control/control_config.h"

#include "systemc/base/error.h"
#include "systemc/base/parameters.h"

namespace cubist::control {
namespace {

base::Time nanoseconds(const base::ParameterTable& table, const char* path) {
  return static_cast<base::Time>(table.get_real(path) * base::kNanosecond + 0.5);
}

}  // namespace

void declare_parameters(base::ParameterTable& t) {
  t.declare_real("control.hertz", "Hz", 1e9, 1e6, 1e10, "Clock of the control hart (assumed)");
  t.declare_int("control.interrupt_cycles", "cycles", 100, 1, 100000,
                "From the change of an interrupt line to the control hart; sim.quantum_cycles may "
                "not exceed it (assumed)");
  t.declare_real("control.bus_ns", "ns", 5, 0, 10000,
                 "A register access on the control bus (5 ns posted store, measured on A3)");
  t.declare_real("control.core_read_ns", "ns", 100, 0, 10000,
                 "Reading a register of an AI core (95 to 105 ns measured on A3)");
  t.declare_real("control.core_done_ns", "ns", 80, 0, 10000,
                 "From the end of a block to its done bit; with the interrupt 180 ns (least value "
                 "measured on A3)");
  t.declare_int("control.sdma_outstanding", "requests", 64, 1, 1024,
                "Line requests an SDMA channel keeps in flight (assumed)");
  t.declare_real("bridge.latency_ns", "ns", 400, 0, 100000,
                 "Host memory through the bridge, request to response (assumed, PCIe class)");
  t.declare_real("bridge.bytes_per_second", "bytes/s", 25e9, 1e6, 1e13,
                 "Host bridge, each direction (PCIe 4 x16 class, net)");
  t.declare_int("bridge.depth", "requests", 128, 1, 4096,
                "Requests in flight over the host bridge (assumed)");
}

ControlConfig control_config(const base::ParameterTable& t) {
  ControlConfig c;
  c.hertz = t.get_real("control.hertz");
  c.interrupt_cycles = static_cast<uint64_t>(t.get_int("control.interrupt_cycles"));
  c.quantum_cycles = static_cast<uint64_t>(t.get_int("sim.quantum_cycles"));
  c.bus = nanoseconds(t, "control.bus_ns");
  c.core_read = nanoseconds(t, "control.core_read_ns");
  c.core_done = nanoseconds(t, "control.core_done_ns");
  c.sdma_outstanding = static_cast<unsigned>(t.get_int("control.sdma_outstanding"));
  c.bridge_latency = nanoseconds(t, "bridge.latency_ns");
  c.bridge_byte_time = 1e15 / t.get_real("bridge.bytes_per_second");
  c.bridge_depth = static_cast<unsigned>(t.get_int("bridge.depth"));
  c.instant = t.get_string("sim.timing") == "none";
  if (c.quantum_cycles > c.interrupt_cycles) {
    throw base::UserError("sim.quantum_cycles is " + std::to_string(c.quantum_cycles) +
                          ", more than control.interrupt_cycles (" +
                          std::to_string(c.interrupt_cycles) +
                          "); a hart must not run ahead of its interrupts: lower the quantum");
  }
  return c;
}

}  // namespace cubist::control

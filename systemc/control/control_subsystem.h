// SPDX-License-Identifier: Apache-2.0
// The task-scheduler subsystem, put together: hart, memories, bus and devices.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <systemc>

#include "systemc/control/clint.h"
#include "systemc/control/control_bus.h"
#include "systemc/control/control_hart.h"
#include "systemc/control/core_window.h"
#include "systemc/control/host_bridge.h"
#include "systemc/control/intc.h"
#include "systemc/control/queue_engine.h"
#include "systemc/control/sdma.h"
#include "systemc/control/sram.h"
#include "systemc/control/uart.h"
#include "systemc/control/watchdog.h"
#include "systemc/riscv/elf.h"

namespace cubist::control {

class ControlSubsystem final : public sc_core::sc_module {
 public:
  /// Ports of the interconnect that the subsystem's initiators use, from `first_node` on.
  static constexpr unsigned kNodes = 3;

  ControlSubsystem(sc_core::sc_module_name name, base::Simulation& simulation,
                   const ControlConfig& config, memory::MemoryMap& memory, HostInterrupt& host,
                   unsigned first_node);

  /// Puts a program into SRAM and a stub into the boot ROM that jumps to its entry. Throws
  /// base::UserError when `program` does not lie in SRAM below CUBIST_PREFETCH_OFFSET.
  void load_firmware(const riscv::ElfImage& program);

  std::string describe_state() const;

 private:
  void attach_devices();

 public:
  // In the order of construction.
  ControlBus bus;
  Sram rom, sram;
  ControlHart hart;
  Clint clint;
  Intc intc;
  Uart uart;
  Watchdog watchdog;
  Sdma sdma;
  QueueEngine queues;
  CoreWindow cores;
  HostBridge bridge;
};

/// The code of the boot ROM: sets a0 to the hart's number and jumps to `entry`.
std::vector<uint8_t> boot_stub(uint64_t entry);

}  // namespace cubist::control

// SPDX-License-Identifier: Apache-2.0
// The task scheduler's RISC-V hart in its surroundings: boot ROM and SRAM at full speed, devices
// over the control bus, HBM and host memory over the interconnect.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>
#include <tlm>

#include "systemc/base/request.h"
#include "systemc/base/simulation.h"
#include "systemc/control/control_config.h"
#include "systemc/control/lines.h"
#include "systemc/control/sram.h"
#include "systemc/memory/memory_map.h"
#include "systemc/riscv/hart.h"

namespace cubist::control {

class ControlHart final : public sc_core::sc_module,
                          public InterruptLine,
                          private riscv::HartBus,
                          private base::Agent {
 public:
  /// To the control bus.
  tlm_utils::simple_initiator_socket<ControlHart> devices;
  /// To the interconnect.
  tlm_utils::simple_initiator_socket<ControlHart> memory_side;

  /// `rom` and `sram` lie at their regions of the ABI. SRAM below CUBIST_PREFETCH_OFFSET is the
  /// hart's own: nobody else writes it while the hart runs. `node` is its port of the interconnect.
  ControlHart(sc_core::sc_module_name name, base::Simulation& simulation,
              const ControlConfig& config, Sram& rom, Sram& sram, memory::MemoryMap& memory,
              unsigned node);

  /// Lets the hart run from the present time on, from its reset vector.
  void start();

  /// Cause `number` of the hart has `level`, after the interrupt latency; at once when the hart
  /// itself lowers it by an access to a device.
  void set_line(unsigned number, bool level) override;

  riscv::Hart& hart() { return hart_; }
  const riscv::Hart& hart() const { return hart_; }
  /// Goes on after a breakpoint or a halt.
  void resume();
  /// What it is doing, one line.
  std::string describe_state() const;
  /// Text with which describe_state() names a pc; set by whoever knows the firmware's symbols.
  void set_symbols(std::function<std::string(uint64_t)> locate) { locate_ = std::move(locate); }

 private:
  // --- riscv::HartBus
  riscv::FastPage page(uint64_t address) override;
  riscv::BusReply fetch(uint64_t address, unsigned size) override;
  riscv::BusReply load(uint64_t address, unsigned size) override;
  riscv::BusReply store(uint64_t address, unsigned size, uint64_t data) override;
  bool atomic_allowed(uint64_t address) override;
  uint64_t time() override;
  riscv::BusReply custom(uint32_t instruction, uint64_t rd, uint64_t rs1, uint64_t rs2,
                         bool& writes_rd, bool& illegal) override;
  bool read_csr(uint16_t, uint64_t&) override { return false; }
  bool write_csr(uint16_t, uint64_t) override { return false; }

  void wake(uint64_t token) override;
  void run();
  void schedule(uint64_t cycle);
  uint8_t* local(uint64_t address, unsigned size);
  riscv::BusReply transact(bool write, uint64_t address, unsigned size, uint64_t data);
  void note_trap(const riscv::Trap& trap);
  void emit_trap(const riscv::Trap& trap);

  static constexpr uint64_t kTrapToken = 0;  // Of wake(); generations count from 1.

  base::Simulation& simulation_;
  const ControlConfig config_;
  const base::Clock clock_;
  Sram& rom_;
  Sram& sram_;
  memory::MemoryMap& memory_;
  riscv::Hart hart_;
  base::RequestInfo info_;
  tlm::tlm_generic_payload payload_;
  uint64_t generation_ = 0;  // Of the scheduled wake-up: earlier ones are void.
  bool asleep_ = true;       // No wake-up is scheduled: WFI, breakpoint or halt.
  bool in_access_ = false;   // The hart is within an access to a device.
  riscv::Stop stop_ = riscv::Stop::budget;
  std::map<unsigned, uint64_t> line_since_;  // Cycle of the last change of each cause.
  std::function<std::string(uint64_t)> locate_;
  std::deque<riscv::Trap> traps_;  // Taken, not yet shown.
  base::TrackId track_;
};

}  // namespace cubist::control

// SPDX-License-Identifier: Apache-2.0
// One AI core as the chip sees it: a register block, a memory socket, and a listener that hears
// when a block of a kernel is over.
//
// Registers: block CORE of firmware/abi/abi.toml. Writing 1 to START runs the kernel at ENTRY with
// a0 = ARGS; STATUS tells how it ended. docs/core.md explains what goes on inside.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>
#include <tlm>

#include "systemc/core/core_config.h"

namespace cubist::base {
class Simulation;
}
namespace cubist::memory {
class MemoryPort;
}
namespace cubist::riscv {
class Hart;
}

namespace cubist::core {

class CrossCoreUnit;
class DirtyLines;

/// aic: cube core (M, MTE1, MTE2, MTE3, FIX); aiv: vector core (V, MTE2, MTE3).
enum class CoreKind : uint8_t { aic, aiv };

/// Hears of the end of blocks. Called in agenda time, after STATUS has changed.
class CoreListener {
 public:
  /// The block on core `index` of `kind` is done or has failed. Not called after a kill.
  virtual void core_finished(CoreKind kind, unsigned index) = 0;

 protected:
  ~CoreListener() = default;
};

class AiCore : public sc_core::sc_module {
 public:
  /// Requests to GM. Bulk transfers go through nb_transport (timing only, see base::RequestInfo),
  /// scalar loads and stores through b_transport with data; both at any time, also interleaved.
  tlm_utils::simple_initiator_socket<AiCore> gm;

  /// `rank_core` orders this core's wake-ups among all cores and must be unique on the chip.
  /// `cube` is the engine of an AIC, alive as long as the core and used by nobody else; nullptr for
  /// an AIV.
  AiCore(sc_core::sc_module_name name, base::Simulation& simulation, CoreKind kind, unsigned index,
         uint32_t rank_core, const CoreConfig& config, memory::MemoryPort& memory, CubeUnit* cube,
         CoreListener& listener);
  ~AiCore() override;

  /// What requests carry as RequestInfo::initiator and RequestInfo::node; both `rank_core` until
  /// set.
  void set_identity(uint32_t initiator, uint32_t node);

  /// Where its cross-core flags meet those of others, and what their data caches hold; before the
  /// first block.
  void connect(CrossCoreUnit& unit, DirtyLines& dirty);

  /// From now on the byte of one of the core's buffers (by its address in the core's map) has an
  /// error that correction cannot restore: an instruction of a mover, mmad or the scalar unit that
  /// reads it stops the core with ECC. It heals when the present or the next block ends. False when
  /// no buffer but the scalar unit's private memory is there.
  bool inject_ecc(uint64_t address);

  /// Registers by offset within the core's block; false when there is no such register or it does
  /// not allow the access. A write acts at the current simulated time.
  bool read_register(uint64_t offset, uint64_t& value);
  bool write_register(uint64_t offset, uint64_t value);

  CoreKind core_kind() const;
  unsigned index() const;
  bool running() const;
  /// Who waits for what: one line for the scalar unit and for each pipe that is not idle, each with
  /// the core's path in front and a line end behind; empty when the core is idle.
  std::string describe_state() const;
  /// What went wrong in the last block, one line; empty when nothing did.
  std::string error_text() const;

  /// The scalar unit's hart, for debuggers and profilers.
  riscv::Hart& hart();

 private:
  tlm::tlm_sync_enum receive(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);

  class Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace cubist::core

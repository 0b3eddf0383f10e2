// SPDX-License-Identifier: Apache-2.0
// The top: builds a chip from parameters and connects its units; nothing more.
//
//   cores, SDMA, queue engine, control hart -> Noc -> L2 slices -> crossbar -> HBM channels
//                                                  -> host bridge
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <systemc>

#include "systemc/base/simulation.h"
#include "systemc/control/control_subsystem.h"
#include "systemc/core/ai_core.h"
#include "systemc/memory/crossbar.h"
#include "systemc/memory/interleave.h"
#include "systemc/memory/memory_map.h"

namespace cubist::core {
class CrossCoreUnit;
class DirtyLines;
class VerilatedCube;
}  // namespace cubist::core
namespace cubist::hbm {
class HbmController;
}
namespace cubist::l2 {
class L2Slice;
}
namespace cubist::noc {
class Noc;
}

namespace cubist::chip {

class Chip final : public sc_core::sc_module, private core::CoreListener {
 public:
  /// Reads simulation.parameters(). `host` hears of completions. Throws base::UserError for
  /// parameters that do not fit together.
  Chip(sc_core::sc_module_name name, base::Simulation& simulation, control::HostInterrupt& host);
  ~Chip() override;

  /// Puts the scheduler's firmware into SRAM and lets its hart go. Throws base::UserError for a
  /// file that is no firmware.
  void boot(const std::vector<uint8_t>& firmware_elf);

  unsigned aic_count() const { return static_cast<unsigned>(aics_.size()); }
  unsigned aiv_count() const { return static_cast<unsigned>(aivs_.size()); }
  core::AiCore& aic(unsigned index) { return *aics_.at(index); }
  core::AiCore& aiv(unsigned index) { return *aivs_.at(index); }
  control::ControlSubsystem& control() { return *control_; }
  memory::MemoryMap& memory() { return memory_; }
  noc::Noc& noc() { return *noc_; }
  unsigned slice_count() const { return static_cast<unsigned>(slices_.size()); }
  l2::L2Slice& slice(unsigned index) { return *slices_.at(index); }
  unsigned channel_count() const { return static_cast<unsigned>(channels_.size()); }
  hbm::HbmController& channel(unsigned index) { return *channels_.at(index); }

  uint64_t rtl_instructions() const;
  uint64_t cube_instructions() const { return cube_instructions_; }
  uint64_t cube_mismatches() const { return cube_mismatches_; }
  /// Multiply-accumulates of all cube units.
  uint64_t cube_macs() const;

  /// For benches: L2 as if [address, address + bytes) of device memory had been read (or written,
  /// if `dirty`) in ascending order; no time passes and no traffic is counted.
  void preload_l2(uint64_t address, uint64_t bytes, bool dirty);

  /// Hands what traced RTL still holds to the waveform; before the waveform is closed.
  void finish_wave();

  /// Who waits for what, in a few lines.
  std::string describe_state() const;

 private:
  class Cluster;
  class CoreRegisters;
  class CountedCube;

  void build_memory_path(unsigned aics, unsigned aivs);
  void build_cores(unsigned aics, unsigned aivs);
  std::unique_ptr<core::CubeUnit> make_cube(const core::CoreConfig& config, unsigned index);
  void add_core(core::CoreKind kind, core::AiCore& core);
  void core_finished(core::CoreKind kind, unsigned index) override;

  base::Simulation& simulation_;
  memory::MemoryMap memory_;
  std::unique_ptr<memory::Interleave> interleave_, channel_interleave_;
  std::unique_ptr<memory::Crossbar> crossbar_;
  std::unique_ptr<noc::Noc> noc_;
  std::vector<std::unique_ptr<hbm::HbmController>> channels_;
  std::vector<std::unique_ptr<l2::L2Slice>> slices_;
  std::unique_ptr<control::ControlSubsystem> control_;
  std::unique_ptr<core::CrossCoreUnit> cross_core_;
  std::unique_ptr<core::DirtyLines> dirty_lines_;
  std::vector<std::unique_ptr<core::CubeUnit>> cubes_;
  std::vector<std::unique_ptr<Cluster>> clusters_;
  std::vector<std::unique_ptr<CoreRegisters>> core_registers_;
  std::vector<core::AiCore*> aics_, aivs_;
  std::vector<core::VerilatedCube*> traced_;
  uint64_t cube_instructions_ = 0;
  uint64_t cube_mismatches_ = 0;
};

}  // namespace cubist::chip

// SPDX-License-Identifier: Apache-2.0
#include "systemc/chip/chip.h"

#include <algorithm>

#include "abi/cubist_abi.h"
#include "systemc/base/error.h"
#include "systemc/chip/floorplan.h"
#include "systemc/chip/parameters.h"
#include "systemc/core/cross_core.h"
#include "systemc/core/cube/checked_cube.h"
#include "systemc/core/cube/verilated_cube.h"
#include "systemc/core/data_cache.h"
#include "systemc/hbm/hbm_controller.h"
#include "systemc/l2/l2_slice.h"
#include "systemc/noc/noc.h"

namespace cubist::chip {

/// An AIC and its AIVs: a level of the hierarchy ("chip.core3.aic"), no hardware of its own.
class Chip::Cluster final : public sc_core::sc_module {
 public:
  explicit Cluster(sc_core::sc_module_name name, const std::function<void(Cluster&)>& fill)
      : sc_module(name) {
    fill(*this);
  }
  std::vector<std::unique_ptr<core::AiCore>> cores;
};

/// Counts what goes through an engine.
class Chip::CountedCube final : public core::CubeUnit {
 public:
  CountedCube(std::unique_ptr<core::CubeUnit> unit, uint64_t& count)
      : unit_(std::move(unit)), count_(count) {}
  core::CubeTiming execute(const core::CubeInstruction& instruction,
                           const core::CubeBuffers& buffers, uint64_t offered) override {
    ++count_;
    return unit_->execute(instruction, buffers, offered);
  }
  void settle() override { unit_->settle(); }
  void reset() override { unit_->reset(); }
  void set_arbiter(const core::CubeArbiter* arbiter) override { unit_->set_arbiter(arbiter); }
  uint64_t macs() const override { return unit_->macs(); }
  uint64_t rtl_instructions() const override { return unit_->rtl_instructions(); }

 private:
  std::unique_ptr<core::CubeUnit> unit_;
  uint64_t& count_;
};

/// A core's registers for the control bus.
class Chip::CoreRegisters final : public control::CorePort {
 public:
  explicit CoreRegisters(core::AiCore& core) : core_(core) {}
  bool read_register(uint64_t offset, uint64_t& value) override {
    return core_.read_register(offset, value);
  }
  bool write_register(uint64_t offset, uint64_t value) override {
    return core_.write_register(offset, value);
  }

 private:
  core::AiCore& core_;
};

Chip::Chip(sc_core::sc_module_name name, base::Simulation& simulation, control::HostInterrupt& host)
    : sc_module(name),
      simulation_(simulation),
      memory_(CUBIST_REGION_HBM_BASE,
              static_cast<uint64_t>(simulation.parameters().get_int("hbm.bytes"))) {
  const base::ParameterTable& table = simulation.parameters();
  const auto aics = static_cast<unsigned>(table.get_int("chip.aics"));
  const auto aivs = static_cast<unsigned>(table.get_int("chip.aivs"));
  if (aics + aivs == 0) throw base::UserError("chip.aics and chip.aivs are both 0: no cores");
  build_memory_path(aics, aivs);
  control::ControlConfig control = control::control_config(table);
  control.sdma_bypasses_l2 = !table.get_bool("l2.host_allocate");
  control_ = std::make_unique<control::ControlSubsystem>("control", simulation, control, memory_,
                                                         host, aics + aivs);
  control_->hart.memory_side.bind(noc_->nodes[aics + aivs]);
  control_->sdma.memory_side.socket.bind(noc_->nodes[aics + aivs + 1]);
  control_->queues.memory_side.socket.bind(noc_->nodes[aics + aivs + 2]);
  noc_->targets[slice_count()].bind(control_->bridge.target);
  build_cores(aics, aivs);
}

Chip::~Chip() = default;

void Chip::build_memory_path(unsigned aics, unsigned aivs) {
  const base::ParameterTable& table = simulation_.parameters();
  const hbm::HbmConfig hbm = hbm::hbm_config(table);
  const l2::L2Config l2 = l2::l2_config(table);
  const unsigned slices = l2.slices;
  interleave_ = std::make_unique<memory::Interleave>(memory_.hbm_base(), slices, l2.turn_rounds);
  channel_interleave_ = std::make_unique<memory::Interleave>(memory_.hbm_base(), hbm.channels());
  noc_ = std::make_unique<noc::Noc>("noc", simulation_, floorplan(table, aics, aivs, slices),
                                    *interleave_, memory_);
  crossbar_ =
      std::make_unique<memory::Crossbar>("l2_to_hbm", simulation_, slices, *channel_interleave_,
                                         base::Clock(l2.hertz).span(l2.memory_cycles));
  for (unsigned i = 0; i < slices; ++i) {
    const std::string number = std::to_string(i);
    slices_.push_back(std::make_unique<l2::L2Slice>(("l2_slice" + number).c_str(), simulation_, l2,
                                                    *interleave_, i, memory_.hbm_bytes(), memory_));
    noc_->targets[i].bind(slices_[i]->target);
    slices_[i]->memory_side.socket.bind(crossbar_->sources[i]);
  }
  for (unsigned i = 0; i < hbm.channels(); ++i) {
    channels_.push_back(
        std::make_unique<hbm::HbmController>(("hbm_channel" + std::to_string(i)).c_str(),
                                             simulation_, hbm, *channel_interleave_, i, memory_));
    crossbar_->targets[i].bind(channels_[i]->target);
  }
}

void Chip::build_cores(unsigned aics, unsigned aivs) {
  const core::CoreConfig config = core::core_config(simulation_.parameters());
  dirty_lines_ = std::make_unique<core::DirtyLines>();
  cross_core_ = std::make_unique<core::CrossCoreUnit>(
      simulation_, base::Clock(config.hertz)
                       .span(config.timing == core::Timing::none ? 1 : config.cross_flag_cycles));
  core::CoreListener& listener = *this;
  for (unsigned c = 0; c < cluster_count(aics, aivs); ++c) {
    const auto fill = [&](Cluster& cluster) {
      if (c < aics) {
        cubes_.push_back(std::make_unique<CountedCube>(make_cube(config, c), cube_instructions_));
        cluster.cores.push_back(
            std::make_unique<core::AiCore>("aic", simulation_, core::CoreKind::aic, c, c, config,
                                           memory_, cubes_.back().get(), listener));
        add_core(core::CoreKind::aic, *cluster.cores.back());
      }
      for (unsigned v = 0, own = 0; v < aivs; ++v) {
        if (cluster_of_aiv(aics, aivs, v) != c) continue;
        const std::string name = "aiv" + std::to_string(own++);
        cluster.cores.push_back(std::make_unique<core::AiCore>(
            name.c_str(), simulation_, core::CoreKind::aiv, v, CUBIST_AIV_INDEX + v, config,
            memory_, nullptr, listener));
        add_core(core::CoreKind::aiv, *cluster.cores.back());
      }
    };
    clusters_.push_back(std::make_unique<Cluster>(("core" + std::to_string(c)).c_str(), fill));
  }
}

void Chip::add_core(core::CoreKind kind, core::AiCore& core) {
  const bool aiv = kind == core::CoreKind::aiv;
  (aiv ? aivs_ : aics_).push_back(&core);
  const auto node = static_cast<unsigned>(
      aiv ? simulation_.parameters().get_int("chip.aics") + core.index() : core.index());
  core.set_identity(node, node);
  core.connect(*cross_core_, *dirty_lines_);
  core.gm.bind(noc_->nodes[node]);
  core_registers_.push_back(std::make_unique<CoreRegisters>(core));
  if (aiv) {
    control_->cores.add_aiv(*core_registers_.back());
  } else {
    control_->cores.add_aic(*core_registers_.back());
  }
}

std::unique_ptr<core::CubeUnit> Chip::make_cube(const core::CoreConfig& config, unsigned index) {
  const base::ParameterTable& table = simulation_.parameters();
  const std::string& choice = table.get_string("sim.cube");
  if (!config.values) return core::make_timing_cube(config.cube);
  if (choice == "model") return core::make_cube_model(config.cube);
  std::unique_ptr<core::VerilatedCube> rtl = core::make_verilated_cube(config.cube);
  const std::string scope = std::string(name()) + ".core" + std::to_string(index) + ".aic.cube";
  if (simulation_.wave() != nullptr && index < table.get_int("sim.wave_cubes")) {
    rtl->trace_to(*simulation_.wave(), scope, base::Clock(config.hertz).period(),
                  static_cast<uint64_t>(table.get_int("sim.wave_first_cycle")),
                  static_cast<uint64_t>(table.get_int("sim.wave_last_cycle")));
    traced_.push_back(rtl.get());
  }
  if (choice == "rtl") return rtl;
  const auto every = static_cast<unsigned>(table.get_int("sim.check_every"));
  return core::make_checked_cube(core::make_cube_model(config.cube), std::move(rtl), config.cube,
                                 every, [this, scope](const core::CubeMismatch& mismatch) {
                                   ++cube_mismatches_;
                                   simulation_.report({0, scope, mismatch.text(), true});
                                 });
}

void Chip::boot(const std::vector<uint8_t>& firmware_elf) {
  const riscv::ElfResult result =
      riscv::parse_elf(firmware_elf.data(), firmware_elf.size(), "firmware");
  if (!result.image) throw base::UserError(result.error);
  control_->load_firmware(*result.image);
  control_->hart.start();
}

void Chip::finish_wave() {
  for (core::VerilatedCube* cube : traced_) cube->finish_trace();
}

void Chip::core_finished(core::CoreKind kind, unsigned index) {
  control_->cores.finished(kind == core::CoreKind::aiv, index);
}

uint64_t Chip::rtl_instructions() const {
  uint64_t sum = 0;
  for (const auto& cube : cubes_) sum += cube->rtl_instructions();
  return sum;
}

uint64_t Chip::cube_macs() const {
  uint64_t sum = 0;
  for (const auto& cube : cubes_) sum += cube->macs();
  return sum;
}

void Chip::preload_l2(uint64_t address, uint64_t bytes, bool dirty) {
  constexpr uint64_t kLine = memory::Interleave::kLineBytes;
  for (uint64_t at = address / kLine * kLine; at < address + bytes; at += kLine) {
    slices_[interleave_->place(at).slice]->preload(at, dirty);
  }
}

std::string Chip::describe_state() const {
  std::string text = control_->describe_state();
  for (const core::AiCore* core : aics_) text += core->describe_state();
  for (const core::AiCore* core : aivs_) text += core->describe_state();
  text += noc_->describe_state();
  for (const auto& slice : slices_) text += slice->describe_state();
  text += crossbar_->describe_state();
  for (const auto& channel : channels_) text += channel->describe_state();
  return text;
}

}  // namespace cubist::chip

// SPDX-License-Identifier: Apache-2.0
// Inside an AI core: its units, put together, and what they ask of it. Known to ai_core.cpp and
// core_flags.cpp alone.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <unordered_set>

#include "abi/cubist_abi.h"
#include "systemc/base/error.h"
#include "systemc/base/request.h"
#include "systemc/core/ai_core.h"
#include "systemc/core/core_context.h"
#include "systemc/core/cross_core.h"
#include "systemc/core/cube_pipe.h"
#include "systemc/core/data_cache.h"
#include "systemc/core/error_report.h"
#include "systemc/core/memory_client.h"
#include "systemc/core/mover_pipe.h"
#include "systemc/core/scalar_unit.h"
#include "systemc/core/unit_flags.h"
#include "systemc/core/vector_pipe.h"
#include "systemc/memory/memory_port.h"

namespace cubist::core {

/// Values of register STATUS.
enum Status : uint64_t { kIdle = 0, kRunning = 1, kDone = 2, kError = 3 };

/// Everything inside the core, and what its units ask of it.
class AiCore::Parts final : public CoreServices, public CrossCoreMember, public base::Agent {
 public:
  Parts(AiCore& module, base::Simulation& simulation, CoreKind core_kind, unsigned core_index,
        uint32_t rank_core, const CoreConfig& core_config, memory::MemoryPort& memory_port,
        CubeUnit* cube, CoreListener& core_listener)
      : kind(core_kind),
        index(core_index),
        config(core_config),
        clock(core_config.hertz),
        listener(core_listener),
        names(simulation.bus()),
        unit_flags(core_kind == CoreKind::aic ? core_config.l0c_bytes : 0),
        buffers(config, core_kind == CoreKind::aic),
        client(simulation.agenda(), clock,
               {config.max_outstanding, config.max_outstanding_writes, config.request_bytes,
                config.least_request_bytes, rank_core, rank_core, rank_core},
               [&module](tlm::tlm_generic_payload& p, tlm::tlm_phase& phase, sc_core::sc_time& t) {
                 return module.gm->nb_transport_fw(p, phase, t);
               }),
        context{simulation, config, clock, buffers, flags,     unit_flags,   memory_port,
                client,     *this,  names, flow,    rank_core, module.name()},
        track(simulation, context.path, flow),
        scalar(context, {core_index, core_kind == CoreKind::aic}, scalar_hooks(module)),
        initiator(rank_core),
        node(rank_core) {
    if (kind == CoreKind::aic) {
      if (cube == nullptr) throw base::InternalError(context.path + ": an AIC needs a cube unit");
      pipes[static_cast<unsigned>(abi::Pipe::M)] = std::make_unique<CubePipe>(context, *cube);
      add_mover(abi::Pipe::MTE1);
      add_mover(abi::Pipe::FIX);
    } else {
      pipes[static_cast<unsigned>(abi::Pipe::V)] = std::make_unique<VectorPipe>(context);
    }
    add_mover(abi::Pipe::MTE2);
    add_mover(abi::Pipe::MTE3);
    simulation.add_statistic(context.path + ".requests", "", client.requests_counter());
    simulation.add_statistic(context.path + ".blocks", "", &blocks);
  }

  bool drained() const {
    for (const auto& pipe : pipes) {
      if (pipe && !pipe->drained()) return false;
    }
    return true;
  }

  void start() {
    if (status == kRunning) {
      context.simulation.report(
          {0, context.path, "START written while a block is running; ignored", false});
      return;
    }
    status = kRunning;
    error = {};
    report = {};
    flags.clear();
    unit_flags.clear();
    ++blocks;
    if (cross_core != nullptr && place().launch != 0 && legal_place())
      cross_core->join(*this, place());
    if (track.active()) {
      track.begin(track.event(base::EventKind::begin, names.block)
                      .with(names.index, block & 0xffffffff)
                      .with(names.blocks, block >> 32));
    }
    if (!in_gm(entry) || entry % 2 != 0 || !context.memory.contains(entry, 2)) {
      CoreError bad;
      bad.code = abi::error_code::BAD_KERNEL;
      bad.pc = bad.address = entry;
      bad.text = "kernel entry " + hex(entry) + " is not in device memory (" +
                 context.memory.describe(entry) + ")";
      return fail(bad);
    }
    if (!legal_place()) {
      CoreError bad;
      bad.code = abi::error_code::BAD_CONFIG;
      bad.pc = bad.address = entry;
      bad.text = "register GROUP is " + hex(group) + ", which no block " + hex(block) + " can have";
      return fail(bad);
    }
    const uint64_t cycle = clock.cycle_from(context.simulation.now());
    const unsigned cold = kernels_run.insert(entry).second ? config.cold_start_cycles : 0;
    scalar.start({entry, args, block, group},
                 cycle + (context.timed() ? uint64_t{config.start_cycles} + cold : 1));
  }

  void kill() {
    ++epoch;
    if (status == kRunning) {
      error.pc = scalar.pc();  // Where it hung, for the report of a time-out.
      clear();
    }
    status = kIdle;
  }

  /// Drops all work; answers and wake-ups still on their way are ignored when they come.
  void clear() {
    scalar.stop();
    for (const auto& pipe : pipes) {
      if (pipe) pipe->clear();
    }
    client.cancel();
    flags.clear();
    unit_flags.clear();
    track.end();
    leave(false);
  }

  void leave(bool ended_well) {
    if (cross_core != nullptr) cross_core->leave(*this, ended_well);
  }

  void finish(Status how) {
    status = how;
    buffers.heal();
    context.simulation.agenda().at(context.simulation.now(),
                                   rank_of(context.rank_core, Unit::finish), *this, ++epoch);
  }

  void wake(uint64_t token) override {
    if (token == epoch) listener.core_finished(kind, index);
  }

  // CoreServices
  void fail(const CoreError& what) override {
    error = what;
    take_report();
    if (track.active()) {
      track.instant(track.event(base::EventKind::instant, names.error)
                        .with(names.code, error.code)
                        .with(names.pc, error.pc));
    }
    clear();
    const abi::ErrorInfo* info = abi::find_error(uint64_t{error.code});
    context.simulation.report({0, context.path,
                               "block " + std::to_string(block & 0xffffffff) + " stopped with " +
                                   std::string(info->name) + ": " + error.text,
                               false});
    finish(kError);
  }

  /// Where everybody is, before all is dropped.
  void take_report() {
    report = {};
    set_error_bit(report, error_bit_of(error));
    report.pc_start = entry;
    report.pc_current = scalar.pc();
    const auto word = [this](unsigned pipe) {
      return pipes[pipe] ? pipes[pipe]->info_word() : uint64_t{0};
    };
    const bool mover = error.pipe >= static_cast<uint8_t>(abi::Pipe::MTE1) && pipes[error.pipe];
    report.vec = word(static_cast<unsigned>(abi::Pipe::V));
    report.mte = word(mover ? error.pipe : static_cast<unsigned>(abi::Pipe::MTE2));
    report.ifu = scalar.last_miss();
    report.ccu = scalar.wait_word();
    report.cube = word(static_cast<unsigned>(abi::Pipe::M));
    report.biu = client.requests();
  }

  bool set_flag(const Flag& flag, uint64_t pc, uint8_t op) override;

  bool take_flag(const Flag& flag) override;

  bool set_cross_core(const Flag& flag, uint64_t pc, uint8_t op);

  // CrossCoreMember
  /// The waiter that comes first in the order of pipes gets it; the scalar unit is the last.
  void cross_core_arrived(unsigned id) override;

  bool waits_for_others() const override;

  void cross_core_deadlock(const std::string& others) override { report_deadlock(others); }

  std::string waits_for() const override;

  void unit_flags_changed() override {
    for (const abi::Pipe pipe : {abi::Pipe::M, abi::Pipe::FIX}) {
      if (pipes[static_cast<unsigned>(pipe)]) pipes[static_cast<unsigned>(pipe)]->look_again();
    }
  }

  void slot_freed(unsigned pipe) override {
    if (scalar.waits_for() == ScalarWait::queue && scalar.awaited_pipe() == pipe) scalar.unblock();
  }

  void settled() override;

  /// Nothing happens here any more by itself.
  bool settled_for_good() const;

  bool awaits_cross_core() const;

  LaunchPlace place() const;
  bool legal_place() const;

  std::string describe() const {
    std::string text = scalar.describe();
    for (const auto& pipe : pipes) {
      const std::string line = pipe ? pipe->describe() : std::string();
      if (!line.empty()) text += (text.empty() ? "" : "\n") + line;
    }
    return text;
  }

  const CoreKind kind;
  const unsigned index;
  const CoreConfig config;
  const base::Clock clock;
  CoreListener& listener;
  EventNames names;
  FlagTable flags;
  UnitFlags unit_flags;
  LocalBuffers buffers;
  MemoryClient client;
  uint64_t flow = 0;
  CoreContext context;
  Track track;
  ScalarUnit scalar;
  std::array<std::unique_ptr<Pipe>, abi::kPipes> pipes;
  uint32_t initiator, node;

  CrossCoreUnit* cross_core = nullptr;
  std::unordered_set<uint64_t> kernels_run;  // Entries of blocks so far.
  uint64_t entry = 0, args = 0, block = 0, group = 0;
  uint64_t status = kIdle;
  CoreError error;
  ErrorReport report;
  uint64_t epoch = 0;
  uint64_t blocks = 0;

 private:
  void add_mover(abi::Pipe pipe) {
    pipes[static_cast<unsigned>(pipe)] = std::make_unique<MoverPipe>(context, pipe);
  }

  /// The first pipe that waits for a flag is named, one that others should set before one of this
  /// core; the text lists everybody.
  void report_deadlock(const std::string& others);

  ScalarUnit::Hooks scalar_hooks(AiCore& module) {
    ScalarUnit::Hooks hooks;
    hooks.pipe = [this](unsigned pipe) {
      return pipe < pipes.size() ? pipes[pipe].get() : nullptr;
    };
    hooks.drained = [this] { return drained(); };
    hooks.ended = [this] {
      scalar.stop();
      track.end();
      leave(true);
      finish(kDone);
    };
    hooks.transport = [this, &module](bool write, uint64_t address, std::span<uint8_t> data,
                                      base::Time& delay) {
      tlm::tlm_generic_payload payload;
      base::RequestInfo info;
      info.initiator = initiator;
      info.node = node;
      info.rank = rank_of(context.rank_core, Unit::scalar);
      payload.set_extension(&info);
      payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
      payload.set_address(address);
      payload.set_data_ptr(data.data());
      payload.set_data_length(static_cast<unsigned>(data.size()));
      payload.set_streaming_width(static_cast<unsigned>(data.size()));
      payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
      sc_core::sc_time time = sc_core::SC_ZERO_TIME;
      module.gm->b_transport(payload, time);
      payload.clear_extension(&info);
      delay = time.value();
      return payload.is_response_ok();
    };
    return hooks;
  }

  static constexpr uint8_t kWaitFlagOp = 125, kWaitCrossCoreOp = 123;
  static constexpr uint32_t kMostResident = 64;  // Blocks that can run at once.
};

}  // namespace cubist::core

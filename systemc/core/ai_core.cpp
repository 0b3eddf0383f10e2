// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/ai_core.h"

#include <array>

#include "abi/cubist_abi.h"
#include "systemc/base/error.h"
#include "systemc/base/request.h"
#include "systemc/core/core_context.h"
#include "systemc/core/cube_pipe.h"
#include "systemc/core/memory_client.h"
#include "systemc/core/mover_pipe.h"
#include "systemc/core/scalar_unit.h"
#include "systemc/core/vector_pipe.h"
#include "systemc/memory/memory_port.h"

namespace cubist::core {
namespace {

enum Status : uint64_t { kIdle = 0, kRunning = 1, kDone = 2, kError = 3 };

}  // namespace

/// Everything inside the core, and what its units ask of it.
class AiCore::Parts final : public CoreServices, public base::Agent {
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
        buffers(config, core_kind == CoreKind::aic),
        client(simulation.agenda(), clock,
               {config.max_outstanding, config.request_bytes, config.least_request_bytes, rank_core,
                rank_core, rank_core},
               [&module](tlm::tlm_generic_payload& p, tlm::tlm_phase& phase, sc_core::sc_time& t) {
                 return module.gm->nb_transport_fw(p, phase, t);
               }),
        context{simulation, config, clock, buffers, flags,     memory_port,
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
    flags.clear();
    ++blocks;
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
    const uint64_t cycle = clock.cycle_from(context.simulation.now());
    scalar.start(entry, args, block, cycle + (context.timed() ? uint64_t{config.start_cycles} : 1));
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
    track.end();
  }

  void finish(Status how) {
    status = how;
    context.simulation.agenda().at(context.simulation.now(),
                                   rank_of(context.rank_core, Unit::finish), *this, ++epoch);
  }

  void wake(uint64_t token) override {
    if (token == epoch) listener.core_finished(kind, index);
  }

  // CoreServices
  void fail(const CoreError& what) override {
    error = what;
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

  bool set_flag(const Flag& flag, uint64_t pc, uint8_t op) override {
    if (!flags.set(flag)) {
      CoreError twice;
      twice.code = abi::error_code::FLAG_OVERFLOW;
      twice.pc = pc;
      twice.pipe = flag.source;
      twice.op = op;
      twice.address = flag_address(flag.source, flag.destination, flag.id);
      twice.text = flag_text(flag) + " set at pc " + hex(pc) + " is set already";
      fail(twice);
      return false;
    }
    const auto same = [&flag](const Flag& f) {
      return f.source == flag.source && f.destination == flag.destination && f.id == flag.id;
    };
    if (flag.destination == static_cast<uint8_t>(abi::Pipe::S)) {
      if (scalar.waits_for() != ScalarWait::flag || !same(scalar.awaited())) return true;
      scalar.unblock();
    } else if (Pipe* pipe = pipes[flag.destination].get()) {
      if (pipe->awaited() != nullptr && same(*pipe->awaited())) pipe->flag_set();
    }
    return true;
  }

  void slot_freed(unsigned pipe) override {
    if (scalar.waits_for() == ScalarWait::queue && scalar.awaited_pipe() == pipe) scalar.unblock();
  }

  void settled() override {
    const ScalarWait wait = scalar.waits_for();
    if (wait == ScalarWait::none || wait == ScalarWait::fetch || wait == ScalarWait::load) return;
    for (const auto& pipe : pipes) {
      if (pipe && pipe->active()) return;
    }
    if ((wait == ScalarWait::drain || wait == ScalarWait::end) && drained()) {
      return scalar.unblock();
    }
    report_deadlock();
  }

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
  LocalBuffers buffers;
  MemoryClient client;
  uint64_t flow = 0;
  CoreContext context;
  Track track;
  ScalarUnit scalar;
  std::array<std::unique_ptr<Pipe>, abi::kPipes> pipes;
  uint32_t initiator, node;

  uint64_t entry = 0, args = 0, block = 0;
  uint64_t status = kIdle;
  CoreError error;
  uint64_t epoch = 0;
  uint64_t blocks = 0;

 private:
  void add_mover(abi::Pipe pipe) {
    pipes[static_cast<unsigned>(pipe)] = std::make_unique<MoverPipe>(context, pipe);
  }

  static std::string flag_text(const Flag& f) {
    return "flag " + std::to_string(f.id) + " (" + std::string(abi::kPipeNames[f.source]) + " to " +
           std::string(abi::kPipeNames[f.destination]) + ")";
  }

  /// The first pipe that waits for a flag is named; the text lists everybody.
  void report_deadlock() {
    CoreError stuck;
    stuck.code = abi::error_code::DEADLOCK;
    Flag flag = scalar.awaited();
    stuck.pc = scalar.pc();
    stuck.op = abi::find_instruction(0, kWaitFlagOp)->op;
    for (const auto& pipe : pipes) {
      if (!pipe || pipe->awaited() == nullptr) continue;
      flag = *pipe->awaited();
      stuck.pc = pipe->waiting_entry()->pc;
      stuck.pipe = static_cast<uint8_t>(pipe->number());
      break;
    }
    stuck.address = flag_address(flag.source, flag.destination, flag.id);
    stuck.text =
        "nobody will set " + flag_text(flag) + ", waited for at pc " + hex(stuck.pc) + "; ";
    for (const char c : describe()) stuck.text += c == '\n' ? std::string("; ") : std::string(1, c);
    fail(stuck);
  }

  ScalarUnit::Hooks scalar_hooks(AiCore& module) {
    ScalarUnit::Hooks hooks;
    hooks.pipe = [this](unsigned pipe) {
      return pipe < pipes.size() ? pipes[pipe].get() : nullptr;
    };
    hooks.drained = [this] { return drained(); };
    hooks.ended = [this] {
      scalar.stop();
      track.end();
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

  static constexpr unsigned kWaitFlagOp = 125;
};

AiCore::AiCore(sc_core::sc_module_name name, base::Simulation& simulation, CoreKind kind,
               unsigned index, uint32_t rank_core, const CoreConfig& config,
               memory::MemoryPort& memory, CubeUnit* cube, CoreListener& listener)
    : sc_module(name),
      gm("gm"),
      parts_(std::make_unique<Parts>(*this, simulation, kind, index, rank_core, config, memory,
                                     cube, listener)) {
  gm.register_nb_transport_bw(this, &AiCore::receive);
}

AiCore::~AiCore() = default;

tlm::tlm_sync_enum AiCore::receive(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                   sc_core::sc_time& delay) {
  return parts_->client.receive(payload, phase, delay);
}

void AiCore::set_identity(uint32_t initiator, uint32_t node) {
  parts_->initiator = initiator;
  parts_->node = node;
  parts_->client.set_identity(initiator, node);
}

bool AiCore::read_register(uint64_t offset, uint64_t& value) {
  const Parts& p = *parts_;
  switch (offset) {
    case CUBIST_CORE_ENTRY:
      value = p.entry;
      return true;
    case CUBIST_CORE_ARGS:
      value = p.args;
      return true;
    case CUBIST_CORE_BLOCK:
      value = p.block;
      return true;
    case CUBIST_CORE_FLOW:
      value = p.flow;
      return true;
    case CUBIST_CORE_STATUS:
      value = p.status;
      return true;
    case CUBIST_CORE_ERROR:
      value = p.error.code;
      return true;
    case CUBIST_CORE_ERROR_PC:
      value = p.error.pc;
      return true;
    case CUBIST_CORE_ERROR_ADDRESS:
      value = p.error.address;
      return true;
    case CUBIST_CORE_ERROR_INFO:
      value = p.error.info();
      return true;
    default:
      return false;
  }
}

bool AiCore::write_register(uint64_t offset, uint64_t value) {
  Parts& p = *parts_;
  switch (offset) {
    case CUBIST_CORE_ENTRY:
      p.entry = value;
      return true;
    case CUBIST_CORE_ARGS:
      p.args = value;
      return true;
    case CUBIST_CORE_BLOCK:
      p.block = value;
      return true;
    case CUBIST_CORE_FLOW:
      p.flow = value;
      return true;
    case CUBIST_CORE_START:
      if (value == 1) p.start();
      if (value == 2) p.kill();
      return value == 1 || value == 2;
    default:
      return false;
  }
}

CoreKind AiCore::core_kind() const {
  return parts_->kind;
}
unsigned AiCore::index() const {
  return parts_->index;
}
bool AiCore::running() const {
  return parts_->status == kRunning;
}
std::string AiCore::describe_state() const {
  std::string text;
  bool line_start = true;
  for (const char c : parts_->describe()) {
    if (line_start) text += parts_->context.path + ".";
    line_start = c == '\n';
    text += c;
  }
  return text.empty() ? text : text + "\n";
}
std::string AiCore::error_text() const {
  return parts_->error.text;
}
riscv::Hart& AiCore::hart() {
  return parts_->scalar.hart();
}

}  // namespace cubist::core

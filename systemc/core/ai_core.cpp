// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/ai_core.h"

#include <algorithm>
#include <array>

#include "abi/cubist_abi.h"
#include "systemc/base/error.h"
#include "systemc/base/request.h"
#include "systemc/core/core_context.h"
#include "systemc/core/cross_core.h"
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
    scalar.start({entry, args, block, group},
                 cycle + (context.timed() ? uint64_t{config.start_cycles} : 1));
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
    leave(false);
  }

  void leave(bool ended_well) {
    if (cross_core != nullptr) cross_core->leave(*this, ended_well);
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
    if (flag.destination == kCrossCore) return set_cross_core(flag, pc, op);
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
    if (flag.destination == static_cast<uint8_t>(abi::Pipe::S)) {
      if (scalar.waits_for() != ScalarWait::flag || !flag.same(scalar.awaited())) return true;
      scalar.unblock();
    } else if (Pipe* pipe = pipes[flag.destination].get()) {
      if (pipe->awaited() != nullptr && flag.same(*pipe->awaited())) pipe->flag_set();
    }
    return true;
  }

  bool take_flag(const Flag& flag) override {
    if (flag.source != kCrossCore) return flags.take(flag);
    return cross_core != nullptr && cross_core->take(*this, flag.id);
  }

  bool set_cross_core(const Flag& flag, uint64_t pc, uint8_t op) {
    CrossCoreUnit::SetResult result{CrossCoreUnit::Outcome::illegal, "no unit connects this core"};
    if (cross_core != nullptr) result = cross_core->set(*this, flag.mode, flag.id);
    if (result.outcome == CrossCoreUnit::Outcome::ok) return true;
    CoreError wrong;
    wrong.code = result.outcome == CrossCoreUnit::Outcome::overflow
                     ? abi::error_code::CROSS_CORE_OVERFLOW
                     : abi::error_code::BAD_CONFIG;
    wrong.pc = pc;
    wrong.pipe = flag.source;
    wrong.op = op;
    wrong.address = flag_address(kCrossCore, flag.source, flag.id);
    wrong.text = "set_cross_core (mode " + std::to_string(flag.mode) + ", " + flag_text(flag) +
                 ") at pc " + hex(pc) + ": " + result.text;
    fail(wrong);
    return false;
  }

  // CrossCoreMember
  /// The waiter that comes first in the order of pipes gets it; the scalar unit is the last.
  void cross_core_arrived(unsigned id) override {
    const auto waits = [id](const Flag& f) { return f.source == kCrossCore && f.id == id; };
    for (const auto& pipe : pipes) {
      if (!pipe || pipe->awaited() == nullptr || !waits(*pipe->awaited())) continue;
      return pipe->flag_set();
    }
    if (scalar.waits_for() == ScalarWait::flag && waits(scalar.awaited())) scalar.unblock();
  }

  bool waits_for_others() const override { return settled_for_good() && awaits_cross_core(); }

  void cross_core_deadlock(const std::string& others) override { report_deadlock(others); }

  std::string waits_for() const override {
    std::string text = context.path + ": ";
    for (const char c : describe()) text += c == '\n' ? std::string(", ") : std::string(1, c);
    return text;
  }

  void slot_freed(unsigned pipe) override {
    if (scalar.waits_for() == ScalarWait::queue && scalar.awaited_pipe() == pipe) scalar.unblock();
  }

  void settled() override {
    if (!settled_for_good()) return;
    const ScalarWait wait = scalar.waits_for();
    if ((wait == ScalarWait::drain || wait == ScalarWait::end) && drained()) {
      return scalar.unblock();
    }
    if (!awaits_cross_core()) return report_deadlock({});
    if (cross_core == nullptr || place().launch == 0) return report_deadlock({});
    cross_core->check(*this);
  }

  /// Nothing happens here any more by itself.
  bool settled_for_good() const {
    const ScalarWait wait = scalar.waits_for();
    if (wait == ScalarWait::none || wait >= ScalarWait::fetch) {
      return false;
    }
    for (const auto& pipe : pipes) {
      if (pipe && pipe->active()) return false;
    }
    return true;
  }

  bool awaits_cross_core() const {
    if (scalar.waits_for() == ScalarWait::flag && scalar.awaited().source == kCrossCore)
      return true;
    for (const auto& pipe : pipes) {
      if (pipe && pipe->awaited() != nullptr && pipe->awaited()->source == kCrossCore) return true;
    }
    return false;
  }

  LaunchPlace place() const {
    LaunchPlace p;
    p.launch = static_cast<uint32_t>(group);
    p.cube_core = kind == CoreKind::aic;
    p.block = static_cast<uint32_t>(block);
    p.blocks = static_cast<uint32_t>(block >> 32);
    p.sub_block = p.cube_core ? 0 : group >> 32 & 0xff;
    p.sub_blocks = group >> 40 & 0xff;
    p.resident = (group >> 48 & 1) != 0;
    return p;
  }
  bool legal_place() const {
    const LaunchPlace p = place();
    if (group == 0) return true;
    return p.launch != 0 && p.block < p.blocks && p.sub_blocks <= CrossCoreUnit::kMaxSubBlocks &&
           p.sub_block < std::max(p.sub_blocks, 1u) && (!p.resident || p.blocks <= kMostResident);
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

  CrossCoreUnit* cross_core = nullptr;
  uint64_t entry = 0, args = 0, block = 0, group = 0;
  uint64_t status = kIdle;
  CoreError error;
  uint64_t epoch = 0;
  uint64_t blocks = 0;

 private:
  void add_mover(abi::Pipe pipe) {
    pipes[static_cast<unsigned>(pipe)] = std::make_unique<MoverPipe>(context, pipe);
  }

  /// The first pipe that waits for a flag is named, one that others should set before one of this
  /// core; the text lists everybody.
  void report_deadlock(const std::string& others) {
    CoreError stuck;
    stuck.code = abi::error_code::DEADLOCK;
    Flag flag = scalar.awaited();
    stuck.pc = scalar.pc();
    const bool across = awaits_cross_core();
    for (const auto& pipe : pipes) {
      if (!pipe || pipe->awaited() == nullptr) continue;
      if (across && pipe->awaited()->source != kCrossCore) continue;
      flag = *pipe->awaited();
      stuck.pc = pipe->waiting_entry()->pc;
      stuck.pipe = static_cast<uint8_t>(pipe->number());
      break;
    }
    stuck.op = flag.source == kCrossCore ? kWaitCrossCoreOp : kWaitFlagOp;
    stuck.address = flag_address(flag.source, flag.destination, flag.id);
    stuck.text =
        "nobody will set " + flag_text(flag) + ", waited for at pc " + hex(stuck.pc) + "; ";
    for (const char c : describe()) stuck.text += c == '\n' ? std::string("; ") : std::string(1, c);
    if (!others.empty()) stuck.text += "; also stuck: " + others;
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

void AiCore::connect(CrossCoreUnit& unit, DirtyLines& dirty) {
  parts_->cross_core = &unit;
  parts_->context.dirty = &dirty;
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
    case CUBIST_CORE_GROUP:
      value = p.group;
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
    case CUBIST_CORE_GROUP:
      p.group = value;
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

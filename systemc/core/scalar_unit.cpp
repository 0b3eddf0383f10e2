// SPDX-License-Identifier: Apache-2.0
// The scalar unit's time: starting, running ahead, blocking, traps.
#include "systemc/core/scalar_unit.h"

#include <algorithm>

#include "abi/cubist_abi.h"
#include "systemc/memory/memory_port.h"
#include "systemc/riscv/csr.h"

namespace cubist::core {
namespace {

constexpr unsigned kStackPointer = 2, kFirstArgument = 10;

riscv::HartConfig hart_config(const CoreConfig& c, uint32_t id) {
  riscv::HartConfig h;
  h.hart_id = id;
  h.reset_pc = 0;
  h.pmp_entries = 0;  // Without PMP, user mode may access what the bus allows.
  h.taken_branch_cycles = c.scalar_branch_cycles;
  h.multiply_cycles = c.scalar_multiply_cycles;
  h.divide_cycles = c.scalar_divide_cycles;
  return h;
}

}  // namespace

ScalarUnit::ScalarUnit(CoreContext& context, const Identity& identity, Hooks hooks)
    : context_(context),
      identity_(identity),
      hooks_(std::move(hooks)),
      hart_(*this, hart_config(context.config, context.rank_core)),
      track_(context.simulation, context.path + ".s", context.flow),
      cache_(context.config.dcache_bytes) {
  const CoreConfig& c = context.config;
  if (c.icache_bytes != 0) {
    code_cache_.emplace(c.icache_bytes, c.icache_ways, c.icache_granule_bytes);
  }
  hart_.set_trap_hook([this](const riscv::Trap& trap) { on_trap(trap); });
  hart_.set_halted(true);
  const std::string path = context.path + ".s";
  context.simulation.add_statistic(path + ".instructions", "", &instructions_);
  context.simulation.add_statistic(path + ".dcache_hits", "", &cache_hits_);
  context.simulation.add_statistic(path + ".dcache_misses", "", &cache_misses_);
  context.simulation.add_statistic(path + ".dcache_write_backs", "", &write_backs_);
  context.simulation.add_statistic(path + ".stale_reads", "", &stale_reads_);
  context.simulation.add_statistic(path + ".icache_misses", "", &code_misses_);
  context.simulation.add_statistic(path + ".icache_bytes", "bytes", &code_bytes_);
  context.simulation.add_statistic(path + ".wait_fetch_cycles", "cycles", &wait_fetch_cycles_);
  context.simulation.add_statistic(path + ".wait_memory_cycles", "cycles", &wait_load_cycles_);
  context.simulation.add_statistic(path + ".wait_queue_cycles", "cycles", &wait_queue_cycles_);
  context.simulation.add_statistic(path + ".wait_flag_cycles", "cycles", &wait_flag_cycles_);
}

void ScalarUnit::start(const Start& what, uint64_t cycle) {
  block_ = what;
  // After a kill the hart's own count may be ahead of simulated time; only its differences matter.
  offset_ = hart_.cycle() - cycle;
  csrs_.fill(0);
  invalidate(std::nullopt);
  csrs_[abi::csr_number::VMASK0 & 0xff] = csrs_[abi::csr_number::VMASK1 & 0xff] = ~uint64_t{0};
  if (context_.memory.code_generation() != code_generation_) {
    code_generation_ = context_.memory.code_generation();
    marked_page_ = ~uint64_t{0};
    if (code_cache_) code_cache_->drop_changed(context_.memory);
    hart_.invalidate_code();
  }
  for (unsigned i = 1; i < 32; ++i) hart_.set_reg(i, 0);
  hart_.set_reg(kStackPointer, CUBIST_REGION_SCALAR_BASE + context_.config.scalar_bytes);
  hart_.set_reg(kFirstArgument, what.args);
  hart_.set_csr(riscv::csr::kMstatus, riscv::csr::kMstatusTw);  // WFI would sleep for ever.
  hart_.set_csr(riscv::csr::kMcounteren, 7);
  hart_.set_csr(riscv::csr::kMcycle, cycle);
  hart_.set_csr(riscv::csr::kMinstret, 0);
  hart_.set_mode(riscv::Mode::user);
  hart_.set_pc(what.entry);
  hart_.set_halted(false);
  trap_.reset();
  atomic_pc_ = ~uint64_t{0};
  state_ = State::running;
  wake_at(cycle);
}

void ScalarUnit::stop() {
  ++serial_;
  state_ = State::stopped;
  invalidate(std::nullopt);
  wait_ = ScalarWait::none;
  fill_answered_ = filled_ = false;
  hart_.set_halted(true);
  track_.end();
}

void ScalarUnit::wake_at(uint64_t cycle) {
  context_.simulation.agenda().at(context_.clock.time_of(cycle),
                                  rank_of(context_.rank_core, Unit::scalar), *this, ++serial_);
}

void ScalarUnit::wake(uint64_t token) {
  if (token != serial_) return;
  if (state_ == State::trapped) return report_trap();
  if (state_ == State::blocked && fill_answered_) return finish_fill();
  if (state_ == State::running) run();
}

void ScalarUnit::run() {
  const uint64_t now = context_.cycle();
  const uint64_t retired = hart_.retired();
  const riscv::Stop stop = hart_.run(now + offset_ + context_.config.quantum_cycles, true);
  instructions_ += hart_.retired() - retired;
  if (state_ == State::stopped) return;  // The block ended or failed within an instruction.
  if (trap_) {
    // The trap lies where the hart's local time is; nothing of it is known before then.
    state_ = State::trapped;
    const uint64_t cycle = trap_->cycle - offset_;
    if (cycle <= now) return report_trap();
    return wake_at(cycle);
  }
  switch (stop) {
    case riscv::Stop::budget:
    case riscv::Stop::sync:
      return wake_at(local_cycle());
    case riscv::Stop::blocked:
      if (wait_ == ScalarWait::fetch) {
        if (local_cycle() <= now) return begin_fetch();
        wait_ = ScalarWait::none;
        return wake_at(local_cycle());
      }
      state_ = State::blocked;
      return context_.services.settled();
    default:
      state_ = State::blocked;
      return;  // Held by a debugger.
  }
}

void ScalarUnit::unblock() {
  const uint64_t waited = context_.cycle() - wait_since_;
  if (wait_ == ScalarWait::queue) wait_queue_cycles_ += waited;
  if (wait_ == ScalarWait::flag) wait_flag_cycles_ += waited;
  wait_ = ScalarWait::none;
  track_.end();
  state_ = State::running;
  hart_.advance_to(context_.cycle() + offset_);
  wake_at(context_.cycle());
}

riscv::BusReply ScalarUnit::block_on(ScalarWait wait, base::NameId name) {
  wait_ = wait;
  wait_since_ = context_.cycle();
  if (track_.active()) {
    track_.begin(track_.event(base::EventKind::begin, name).with(context_.names.pc, hart_.pc()));
  }
  riscv::BusReply reply;
  reply.status = riscv::BusStatus::retry;
  return reply;
}

void ScalarUnit::on_trap(const riscv::Trap& trap) {
  trap_ = trap;
  hart_.set_halted(true);
}

void ScalarUnit::report_trap() {
  const riscv::Trap trap = *trap_;
  CoreError error;
  error.pc = trap.pc;
  error.address = trap.value;
  error.cause = static_cast<uint8_t>(trap.code());
  std::string what = std::string(riscv::cause_name(trap.cause)) + " at pc " + hex(trap.pc);
  switch (static_cast<riscv::Cause>(trap.code())) {
    case riscv::Cause::fetch_fault:
    case riscv::Cause::load_fault:
    case riscv::Cause::store_fault: {
      // A stack that has grown too far down leaves the scalar memory through its lower end.
      const bool below = trap.value < CUBIST_REGION_SCALAR_BASE &&
                         trap.value >= CUBIST_REGION_FB_BASE + context_.config.fb_bytes;
      const bool beyond = trap.value >= CUBIST_REGION_SCALAR_BASE + context_.config.scalar_bytes &&
                          trap.value - CUBIST_REGION_SCALAR_BASE < CUBIST_REGION_SCALAR_SIZE;
      const bool fetch = static_cast<riscv::Cause>(trap.code()) == riscv::Cause::fetch_fault;
      if (!fetch && (below || beyond)) {
        error.code = abi::error_code::STACK_OVERFLOW;
        what += ", address " + hex(trap.value) + ": outside the " +
                std::to_string(context_.config.scalar_bytes) + " bytes of scalar memory";
      } else {
        error.code = abi::error_code::BUS;
        what +=
            ", address " + hex(trap.value) + ": " +
            (in_gm(trap.value) ? context_.memory.describe(trap.value)
                               : describe_local(trap.value) + " is not open to the scalar unit");
      }
      break;
    }
    case riscv::Cause::fetch_misaligned:
    case riscv::Cause::load_misaligned:
    case riscv::Cause::store_misaligned:
      error.code = abi::error_code::MISALIGNED;
      break;
    case riscv::Cause::breakpoint:
      error.code = abi::error_code::BREAKPOINT;
      break;
    default:
      error.code = abi::error_code::ILLEGAL_INSTRUCTION;
      what += ": " + hart_.disassemble(trap.pc);
      break;
  }
  error.text = "scalar unit: " + what;
  context_.services.fail(error);
}

std::string ScalarUnit::describe() const {
  if (state_ == State::stopped) return {};
  std::string text = "s: ";
  if (state_ != State::blocked) return text + "running, pc " + hex(hart_.pc());
  switch (wait_) {
    case ScalarWait::flag:
      text += "waits for " + flag_text(awaited_);
      break;
    case ScalarWait::queue:
      text += "waits for room in the queue of " + std::string(abi::kPipeNames[awaited_pipe_]);
      break;
    case ScalarWait::drain:
      text += "waits until all pipes are drained";
      break;
    case ScalarWait::end:
      text += "has reached end and waits until all pipes are drained";
      break;
    case ScalarWait::fetch:
      text += "waits for code, " + context_.client.describe(MemoryClient::kScalarChannel);
      break;
    case ScalarWait::load:
      text += "waits for data at " + hex(fill_address_) + ", " +
              context_.client.describe(MemoryClient::kScalarChannel);
      break;
    case ScalarWait::clean:
      text += "has reached end and writes its data cache back";
      break;
    case ScalarWait::none:
      text += "held by a debugger";
      break;
  }
  return text + ", pc " + hex(hart_.pc());
}

}  // namespace cubist::core

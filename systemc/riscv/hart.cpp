// SPDX-License-Identifier: Apache-2.0
// Construction, reset, the outer run loop and introspection.
#include "systemc/riscv/hart.h"

#include <algorithm>

#include "systemc/riscv/csr.h"

namespace cubist::riscv {

const char* stop_name(Stop stop) {
  switch (stop) {
    case Stop::budget:
      return "budget";
    case Stop::sync:
      return "sync";
    case Stop::blocked:
      return "blocked";
    case Stop::wfi:
      return "wfi";
    case Stop::breakpoint:
      return "breakpoint";
    case Stop::halted:
      return "halted";
  }
  return "unknown";
}

Hart::Hart(HartBus& bus, const HartConfig& config)
    : bus_(bus), config_(config), pmp_(config.pmp_entries), triggers_(config.triggers) {
  reset();
}

Hart::~Hart() = default;

void Hart::reset() {
  x_.fill(0);
  pc_ = config_.reset_pc & ~uint64_t{1};
  mode_ = Mode::machine;
  mstatus_ = csr::kMstatusMpp | csr::kMstatusUxl64;
  mie_ = mtvec_ = mscratch_ = mepc_ = mcause_ = mtval_ = 0;
  mcounteren_ = mcountinhibit_ = menvcfg_ = 0;
  mcycle_offset_ = ~cycle_ + 1;  // Both counters read zero now.
  minstret_offset_ = ~instret_ + 1;
  pmp_.reset();
  triggers_.reset();
  reservation_ = {};
  waiting_ = false;
  stepping_over_ = false;
  last_trap_.reset();
  invalidate_code();
  invalidate_pages();
  update_data_mode();
}

Stop Hart::run(uint64_t until_cycle, bool synchronised) {
  outside_cycle_ = synchronised && !waiting_ ? cycle_ : kNever;
  stop_.reset();
  for (;;) {
    if (code_stale_) {
      code_.clear();
      code_stale_ = false;
    }
    inputs_.advance(cycle_);
    if (halted_) return Stop::halted;
    if (waiting_ && !sleep_until(until_cycle)) return Stop::wfi;
    if (cycle_ >= until_cycle) return Stop::budget;
    if (interrupt_ready()) {
      take_interrupt();
      continue;
    }
    // While a breakpoint is stepped over or a hook watches, one instruction at a time.
    if (!retire_hook_ && !stepping_over_) {
      run_fast(std::min(until_cycle, inputs_.next_cycle()));
    } else {
      step_once();
    }
    if (stop_) return *stop_;
  }
}

void Hart::step_once() {
  const Decoded& slot = code_.page(pc_, mode_)->slots[(pc_ & (kPageBytes - 1)) / 2];
  const Retired retired{pc_, slot.raw, cycle_};
  const uint64_t before = instret_;
  run_fast(cycle_ + 1);
  if (instret_ == before) return;  // Stopped, trapped, or only decoded.
  stepping_over_ = false;
  if (retire_hook_) retire_hook_(retired);
}

bool Hart::sleep_until(uint64_t until_cycle) {
  while ((inputs_.levels() & mie_) == 0) {
    const uint64_t next = inputs_.next_cycle();
    if (next >= until_cycle) return false;
    cycle_ = std::max(cycle_, next);
    inputs_.advance(cycle_);
  }
  waiting_ = false;
  return true;
}

uint64_t Hart::advance_to(uint64_t cycle) {
  if (waiting_) return cycle_;
  inputs_.advance(cycle_);
  while (!interrupt_ready() && cycle_ < cycle) {
    cycle_ = std::max(cycle_, std::min(cycle, inputs_.next_cycle()));
    inputs_.advance(cycle_);
  }
  return cycle_;
}

void Hart::set_interrupt(unsigned cause, bool level, uint64_t effective_cycle) {
  const bool standard =
      cause == kSoftwareInterrupt || cause == kTimerInterrupt || cause == kExternalInterrupt;
  if (standard || cause >= kFirstPlatformInterrupt) inputs_.set(cause, level, effective_cycle);
}

void Hart::invalidate_pages() {
  user_pages_.clear();
  machine_pages_.clear();
}

void Hart::set_pc(uint64_t pc) {
  pc_ = pc & ~uint64_t{1};
  waiting_ = false;
  stepping_over_ = false;
}

void Hart::set_mode(Mode mode) {
  mode_ = mode;
  update_data_mode();
}

std::optional<uint32_t> Hart::instruction_at(uint64_t pc) const {
  const BusReply low = bus_.peek(pc, 2);
  if (low.status != BusStatus::ok) return std::nullopt;
  const auto raw = static_cast<uint32_t>(low.data & 0xffff);
  if (is_compressed(raw)) return raw;
  const BusReply high = bus_.peek(pc + 2, 2);
  if (high.status != BusStatus::ok) return std::nullopt;
  return raw | static_cast<uint32_t>(high.data & 0xffff) << 16;
}

std::string Hart::disassemble(uint64_t pc) const {
  const std::optional<uint32_t> raw = instruction_at(pc);
  return raw ? riscv::disassemble(*raw, pc) : "<cannot be fetched>";
}

void Hart::add_breakpoint(uint64_t pc) {
  breakpoints_.insert(pc);
  invalidate_code();
}

void Hart::remove_breakpoint(uint64_t pc) {
  breakpoints_.erase(pc);
  invalidate_code();
}

}  // namespace cubist::riscv

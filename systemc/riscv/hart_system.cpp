// SPDX-License-Identifier: Apache-2.0
// Environment calls, traps, interrupts, WFI, fences and the custom opcodes.
#include <utility>

#include "systemc/riscv/csr.h"
#include "systemc/riscv/hart.h"

namespace cubist::riscv {
namespace {

/// Lines in falling priority: the standard order, then the platform's lines from 16 up.
unsigned highest_priority(uint64_t pending) {
  for (const unsigned line : {kExternalInterrupt, kSoftwareInterrupt, kTimerInterrupt}) {
    if ((pending >> line & 1) != 0) return line;
  }
  unsigned line = kFirstPlatformInterrupt;
  while ((pending >> line & 1) == 0) ++line;
  return line;
}

}  // namespace

void Hart::execute_system(const Decoded& d) {
  switch (d.op) {
    case Op::fence:
      // Nothing is reordered inside the hart; the fence waits for the rest of the world.
      if (outside_allowed()) retire(d);
      return;
    case Op::fence_i:
      if (!outside_allowed()) return;
      invalidate_code();
      return retire(d);
    case Op::ecall:
      return raise(mode_ == Mode::user ? Cause::user_ecall : Cause::machine_ecall, 0);
    case Op::ebreak:
      if (debugger_) {
        breakpoint_address_ = pc_;
        stop_ = Stop::breakpoint;  // Again and again, until the debugger moves the pc.
        return;
      }
      return raise(Cause::breakpoint, pc_);
    case Op::mret:
      if (mode_ != Mode::machine) return raise(Cause::illegal_instruction, d.raw);
      return execute_mret();
    case Op::wfi:
      if (mode_ == Mode::user && (mstatus_ & csr::kMstatusTw) != 0) {
        return raise(Cause::illegal_instruction, d.raw);
      }
      return execute_wfi(d);
    default:
      return raise(Cause::illegal_instruction, d.raw);
  }
}

void Hart::execute_mret() {
  const auto previous = static_cast<Mode>((mstatus_ & csr::kMstatusMpp) >> csr::kMstatusMppShift);
  const bool mpie = (mstatus_ & csr::kMstatusMpie) != 0;
  mstatus_ &= ~(csr::kMstatusMie | csr::kMstatusMpp);  // MPP becomes U
  mstatus_ |= csr::kMstatusMpie | (mpie ? csr::kMstatusMie : 0);
  if (previous != Mode::machine) mstatus_ &= ~csr::kMstatusMprv;
  mode_ = previous;
  pc_ = mepc_;
  cycle_ += 1 + uint64_t{config_.taken_branch_cycles};
  ++instret_;
  update_data_mode();
}

/// WFI retires at once; whether the hart then sleeps is decided at this instant.
void Hart::execute_wfi(const Decoded& d) {
  if (!outside_allowed()) return;
  waiting_ = (inputs_.levels() & mie_) == 0;
  retire(d);
}

void Hart::execute_custom(const Decoded& d) {
  if (!outside_allowed()) return;
  bool writes_rd = false;
  bool illegal = false;
  const uint64_t rd = d.rd == kSink ? 0 : x_[d.rd];
  const BusReply reply = bus_.custom(d.raw, rd, x_[d.rs1], x_[d.rs2], writes_rd, illegal);
  if (illegal) return raise(Cause::illegal_instruction, d.raw);
  // A refused custom instruction reports the address that the bus names in `data`.
  if (!check_reply(reply, reply.data, Access::store)) return;
  if (writes_rd) x_[d.rd] = reply.data;
  retire(d, reply.extra_cycles);
}

bool Hart::interrupt_ready() const {
  const uint64_t pending = inputs_.levels() & mie_;
  return pending != 0 && (mode_ == Mode::user || (mstatus_ & csr::kMstatusMie) != 0);
}

void Hart::take_interrupt() {
  const unsigned line = highest_priority(inputs_.levels() & mie_);
  ++interrupts_[line];
  enter_trap(uint64_t{1} << 63 | line, 0);
  cycle_ += config_.trap_cycles;
}

/// An exception takes the place of the instruction at pc_, and its cycle.
void Hart::raise(Cause cause, uint64_t value) {
  const auto code = static_cast<unsigned>(cause);
  ++exceptions_[code];
  enter_trap(code, value);
  cycle_ += 1 + uint64_t{config_.trap_cycles};
}

void Hart::enter_trap(uint64_t cause, uint64_t value) {
  const Trap trap{cause, pc_, value, cycle_, mode_};
  const bool mie = (mstatus_ & csr::kMstatusMie) != 0;
  mstatus_ &= ~(csr::kMstatusMie | csr::kMstatusMpie | csr::kMstatusMpp);
  mstatus_ |= (mie ? csr::kMstatusMpie : 0) | static_cast<uint64_t>(mode_) << csr::kMstatusMppShift;
  mepc_ = pc_;
  mcause_ = cause;
  mtval_ = value;
  mode_ = Mode::machine;
  const bool vectored = (mtvec_ & 1) != 0 && trap.is_interrupt();
  pc_ = (mtvec_ & ~uint64_t{3}) + (vectored ? 4 * uint64_t{trap.code()} : 0);
  reservation_.valid = false;
  stepping_over_ = false;
  update_data_mode();
  last_trap_ = trap;
  if (trap_hook_) trap_hook_(trap);
}

void Hart::stop_for_debugger(uint64_t address) {
  stop_ = Stop::breakpoint;
  breakpoint_address_ = address;
  stepping_over_ = true;
}

/// Follows mode_ and mstatus.MPRV: loads and stores have the mode of MPP while MPRV is set.
void Hart::update_data_mode() {
  data_mode_ = mode_;
  if (mode_ == Mode::machine && (mstatus_ & csr::kMstatusMprv) != 0) {
    data_mode_ = static_cast<Mode>((mstatus_ & csr::kMstatusMpp) >> csr::kMstatusMppShift);
  }
  pages_ = data_mode_ == Mode::machine ? &machine_pages_ : &user_pages_;
}

}  // namespace cubist::riscv

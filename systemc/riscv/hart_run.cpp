// SPDX-License-Identifier: Apache-2.0
// The dispatch loop: integer instructions, branches, and loads and stores that hit a fast page are
// executed here with the state in registers; everything else leaves through execute_slow().
#include "systemc/riscv/alu.h"
#include "systemc/riscv/hart.h"
#include "systemc/riscv/muldiv.h"

namespace cubist::riscv {
namespace {

/// Sign- or zero-extends a loaded value, after T.
template <typename T>
uint64_t extend(T value) {
  return static_cast<uint64_t>(static_cast<int64_t>(value));
}

}  // namespace

// One macro for each class of instructions.def; a class that is not fast has an empty one and falls
// into the default.
#define FAST_upper_lui(pc) immediate(*d)
#define FAST_upper_auipc(pc) ((pc) + immediate(*d))
#define FAST_upper(id, semantics)          \
  case Op::id:                             \
    x[d->rd] = FAST_upper_##semantics(PC); \
    break;
#define FAST_jump(id, semantics) FAST_jump_##semantics
#define FAST_jump_jal               \
  case Op::jal:                     \
    target = PC + immediate(*d);    \
    x[d->rd] = PC + 2u * d->length; \
    goto taken;
#define FAST_jump_jalr                                   \
  case Op::jalr:                                         \
    target = (x[d->rs1] + immediate(*d)) & ~uint64_t{1}; \
    x[d->rd] = PC + 2u * d->length;                      \
    goto taken;
#define FAST_branch(id, semantics)              \
  case Op::id:                                  \
    if (alu::semantics(x[d->rs1], x[d->rs2])) { \
      target = PC + immediate(*d);              \
      goto taken;                               \
    }                                           \
    break;
#define FAST_load(id, type)                                             \
  case Op::id: {                                                        \
    const uint8_t* host = pages->read<type>(x[d->rs1] + immediate(*d)); \
    if (host == nullptr) goto slow;                                     \
    x[d->rd] = extend(read_host<type>(host));                           \
    break;                                                              \
  }
#define FAST_store(id, type)                                       \
  case Op::id: {                                                   \
    uint8_t* host = pages->write<type>(x[d->rs1] + immediate(*d)); \
    if (host == nullptr) goto slow;                                \
    write_host<type>(host, static_cast<type>(x[d->rs2]));          \
    break;                                                         \
  }
#define FAST_alu_imm(id, semantics)                      \
  case Op::id:                                           \
    x[d->rd] = alu::semantics(x[d->rs1], immediate(*d)); \
    break;
#define FAST_alu_reg(id, semantics)                  \
  case Op::id:                                       \
    x[d->rd] = alu::semantics(x[d->rs1], x[d->rs2]); \
    break;
#define FAST_multiply(id, semantics)                    \
  case Op::id:                                          \
    x[d->rd] = muldiv::semantics(x[d->rs1], x[d->rs2]); \
    cycle += multiply_cycles;                           \
    break;
#define FAST_divide(id, semantics)                      \
  case Op::id:                                          \
    x[d->rd] = muldiv::semantics(x[d->rs1], x[d->rs2]); \
    cycle += divide_cycles;                             \
    break;
#define FAST_load_reserved(id, semantics)
#define FAST_store_conditional(id, semantics)
#define FAST_amo_word(id, semantics)
#define FAST_amo_double(id, semantics)
#define FAST_system(id, semantics)
#define FAST_csr(id, semantics)
#define FAST_custom(id, semantics)

// The pc follows from the slot: two bytes of code for each slot of the page.
#define PC (page_address + static_cast<uint64_t>(d - slots) * 2)

void Hart::run_fast(uint64_t limit) {
  const auto immediate = [](const Decoded& i) {
    return static_cast<uint64_t>(static_cast<int64_t>(i.imm));
  };
  uint64_t* const x = x_.data();
  const PageCache* const pages = pages_;
  const uint64_t taken_branch_cycles = config_.taken_branch_cycles;
  const uint64_t multiply_cycles = config_.multiply_cycles;
  const uint64_t divide_cycles = config_.divide_cycles;
  uint64_t cycle = cycle_;
  uint64_t retired = instret_;
  uint64_t target = pc_;
  uint64_t page_address;
  const Decoded* slots;
  const Decoded* d;

enter_page : {
  CodePage* const page = code_.page(target, mode_);
  page_address = page->address;
  slots = page->slots.data();
  d = slots + (target - page_address) / 2;
}
  for (;;) {
    if (cycle >= limit) break;
    switch (d->op) {
#define INSTRUCTION(id, name, mask, match, format, klass, semantics) FAST_##klass(id, semantics)
#include "systemc/riscv/instructions.def"
#undef INSTRUCTION
      case Op::page_end:
        target = PC;
        goto enter_page;
      default:
        goto slow;
    }
    d += d->length;
    ++cycle;
    ++retired;
    continue;

  taken:
    cycle += 1 + taken_branch_cycles;
    ++retired;
    if (target - page_address >= kPageBytes) goto enter_page;
    d = slots + (target - page_address) / 2;
  }
  pc_ = PC;
  cycle_ = cycle;
  instret_ = retired;
  return;

slow:
  pc_ = PC;
  cycle_ = cycle;
  instret_ = retired;
  execute_slow(*d);
}

#undef PC

void Hart::execute_slow(const Decoded& slot) {
  const Decoded d = slot;  // The slot may be overwritten while the instruction runs.
  if (d.op == Op::undecoded) return fill_slot();
  if (d.op == Op::intercepted) return execute_intercepted();
  if (d.op == Op::illegal) return raise(Cause::illegal_instruction, d.raw);
  const unsigned size = 1u << (info(d.op).match >> 12 & 3);  // Of loads, stores and atomics.
  switch (info(d.op).klass) {
    case Class::load:
      return execute_load(d, size, (info(d.op).match >> 14 & 1) == 0);
    case Class::store:
      return execute_store(d, size);
    case Class::load_reserved:
      return execute_load_reserved(d, size);
    case Class::store_conditional:
      return execute_store_conditional(d, size);
    case Class::amo_word:
    case Class::amo_double:
      return execute_amo(d, size);
    case Class::system:
      return execute_system(d);
    case Class::csr:
      return execute_csr(d);
    case Class::custom:
      return execute_custom(d);
    default:
      return raise(Cause::illegal_instruction, d.raw);  // No other class comes here.
  }
}

/// Fetches and decodes the instruction at pc_ into its slot; it is executed on the next entry.
void Hart::fill_slot() {
  CodePage* const page = code_.page(pc_, mode_);
  uint32_t raw = 0;
  uint32_t extra = 0;
  for (unsigned part = 0; part < 2; ++part) {
    const uint64_t address = pc_ + 2 * part;
    if (!pmp_.allows(address, 2, Access::fetch, mode_)) return raise(Cause::fetch_fault, address);
    const BusReply reply = bus_.fetch(address, 2);
    if (reply.status == BusStatus::retry) {
      stop_ = Stop::blocked;
      return;
    }
    if (reply.status != BusStatus::ok) return raise(Cause::fetch_fault, address);
    raw |= static_cast<uint32_t>(reply.data & 0xffff) << (16 * part);
    extra += reply.extra_cycles;
    if (is_compressed(raw)) break;
  }
  Decoded& slot = page->slots[(pc_ - page->address) / 2];
  slot = decode(raw);
  if (breakpoints_.count(pc_) != 0 || triggers_.may_execute(pc_)) slot.op = Op::intercepted;
  cycle_ += extra;
}

/// A breakpoint or execute trigger is set at pc_: report it, or execute what is there.
void Hart::execute_intercepted() {
  if (!stepping_over_) {
    if (breakpoints_.count(pc_) != 0) return stop_for_debugger(pc_);
    switch (triggers_.match(pc_, 2, Access::fetch, mode_)) {
      case TriggerAction::exception:
        return raise(Cause::breakpoint, pc_);
      case TriggerAction::debug:
        return stop_for_debugger(pc_);
      case TriggerAction::none:
        break;
    }
  }
  // Put the instruction back for one step. The page stays: code is dropped by run() only.
  Decoded& slot = code_.page(pc_, mode_)->slots[(pc_ & (kPageBytes - 1)) / 2];
  slot.op = decode(slot.raw).op;
  run_fast(cycle_ + 1);
  slot.op = Op::intercepted;
}

}  // namespace cubist::riscv

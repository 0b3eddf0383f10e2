// SPDX-License-Identifier: Apache-2.0
// Loads and stores that the dispatch loop could not serve, and the atomics.
#include "systemc/riscv/amo.h"
#include "systemc/riscv/hart.h"

namespace cubist::riscv {
namespace {

Cause fault_cause(Access access) {
  return access == Access::load ? Cause::load_fault : Cause::store_fault;
}
Cause misaligned_cause(Access access) {
  return access == Access::load ? Cause::load_misaligned : Cause::store_misaligned;
}

uint64_t sign_extend(uint64_t value, unsigned size) {
  const unsigned shift = 64 - 8 * size;
  return static_cast<uint64_t>(static_cast<int64_t>(value << shift) >> shift);
}

}  // namespace

/// The page cache's entry for the page of `address`, filled when it held another page.
const PageCache::Entry& Hart::lookup_page(uint64_t address) {
  const uint64_t number = address >> 12;
  PageCache::Entry& entry = pages_->entry(address);
  if (entry.known_page == number) return entry;
  const uint64_t base = number << 12;
  const FastPage fast = bus_.page(base);
  entry = PageCache::Entry{};
  entry.known_page = number;
  if (fast.host == nullptr) return entry;
  entry.bias = reinterpret_cast<uintptr_t>(fast.host) - base;
  entry.readable = fast.readable;
  entry.writable = fast.writable;
  // The dispatch loop asks neither protection nor triggers, so it gets whole free pages only.
  if (triggers_.any_data()) return entry;
  if (fast.readable && pmp_.allows(base, kPageBytes, Access::load, data_mode_)) {
    entry.read_page = number;
  }
  if (fast.writable && pmp_.allows(base, kPageBytes, Access::store, data_mode_)) {
    entry.write_page = number;
  }
  return entry;
}

/// Host memory of one byte in a fast page, or nullptr. Protection is not looked at.
uint8_t* Hart::fast_byte(uint64_t address, Access access) {
  const PageCache::Entry& entry = lookup_page(address);
  const bool usable = access == Access::load ? entry.readable : entry.writable;
  return usable ? reinterpret_cast<uint8_t*>(entry.bias + address) : nullptr;
}

/// Triggers, then protection; false when either took the instruction away.
bool Hart::check_access(uint64_t address, unsigned size, Access access) {
  if (triggers_.any_data() && !stepping_over_) {
    switch (triggers_.match(address, size, access, mode_)) {
      case TriggerAction::exception:
        raise(Cause::breakpoint, address);
        return false;
      case TriggerAction::debug:
        stop_for_debugger(address);
        return false;
      case TriggerAction::none:
        break;
    }
  }
  if (pmp_.allows(address, size, access, data_mode_)) return true;
  raise(fault_cause(access), address);
  return false;
}

bool Hart::check_reply(const BusReply& reply, uint64_t address, Access access) {
  switch (reply.status) {
    case BusStatus::ok:
      return true;
    case BusStatus::retry:
      stop_ = Stop::blocked;
      return false;
    case BusStatus::fault:
      raise(fault_cause(access), address);
      return false;
    case BusStatus::misaligned:
      raise(misaligned_cause(access), address);
      return false;
  }
  return false;
}

/// `as` is what a refusal by the bus is reported as: the read of an AMO is a store.
bool Hart::load_memory(uint64_t address, unsigned size, uint64_t& value, uint32_t& extra,
                       Access as) {
  if (!check_access(address, size, Access::load)) return false;
  uint8_t bytes[8] = {};
  unsigned served = 0;
  for (; served < size; ++served) {
    const uint8_t* byte = fast_byte(address + served, Access::load);
    if (byte == nullptr) break;
    bytes[served] = *byte;
  }
  if (served == size) {
    value = read_host<uint64_t>(bytes);
    return true;
  }
  if (!outside_allowed()) return false;
  const BusReply reply = bus_.load(address, size);
  if (!check_reply(reply, address, as)) return false;
  value = reply.data;
  extra += reply.extra_cycles;
  return true;
}

bool Hart::store_memory(uint64_t address, unsigned size, uint64_t value, uint32_t& extra) {
  if (!check_access(address, size, Access::store)) return false;
  // All bytes must be fast before the first one is written.
  bool fast = fast_byte(address, Access::store) != nullptr;
  fast = fast && fast_byte(address + size - 1, Access::store) != nullptr;
  if (fast) {
    for (unsigned i = 0; i < size; ++i) {
      *fast_byte(address + i, Access::store) = static_cast<uint8_t>(value >> (8 * i));
    }
    return true;
  }
  if (!outside_allowed()) return false;
  const uint64_t mask = size == 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * size)) - 1;
  const BusReply reply = bus_.store(address, size, value & mask);
  if (!check_reply(reply, address, Access::store)) return false;
  extra += reply.extra_cycles;
  return true;
}

void Hart::execute_load(const Decoded& d, unsigned size, bool is_signed) {
  uint64_t value = 0;
  uint32_t extra = 0;
  const uint64_t address = x_[d.rs1] + static_cast<uint64_t>(int64_t{d.imm});
  if (!load_memory(address, size, value, extra)) return;
  x_[d.rd] = is_signed ? sign_extend(value, size) : value;
  retire(d, extra);
}

void Hart::execute_store(const Decoded& d, unsigned size) {
  uint32_t extra = 0;
  const uint64_t address = x_[d.rs1] + static_cast<uint64_t>(int64_t{d.imm});
  if (store_memory(address, size, x_[d.rs2], extra)) retire(d, extra);
}

// --- Atomics: always at the synchronised instant, even in private memory -------------------------

bool Hart::check_atomic(uint64_t address, unsigned size, Access access) {
  if ((address & (size - 1)) != 0) {
    raise(misaligned_cause(access), address);
    return false;
  }
  if (!outside_allowed()) return false;
  if (bus_.atomic_allowed(address)) return true;
  raise(fault_cause(access), address);
  return false;
}

void Hart::execute_load_reserved(const Decoded& d, unsigned size) {
  const uint64_t address = x_[d.rs1];
  uint64_t value = 0;
  uint32_t extra = 0;
  if (!check_atomic(address, size, Access::load)) return;
  if (!load_memory(address, size, value, extra)) return;
  reservation_ = {true, address, value, size};
  x_[d.rd] = sign_extend(value, size);
  retire(d, extra);
}

void Hart::execute_store_conditional(const Decoded& d, unsigned size) {
  const uint64_t address = x_[d.rs1];
  uint32_t extra = 0;
  if (!check_atomic(address, size, Access::store)) return;
  // Somebody else's store is noticed by its value: the hart sees no other initiator's traffic.
  bool success = reservation_.valid && reservation_.address == address && reservation_.size == size;
  if (success) {
    uint64_t now = 0;
    if (!load_memory(address, size, now, extra, Access::store)) return;
    success = now == reservation_.value;
  } else if (!check_access(address, size, Access::store)) {
    return;
  }
  if (success && !store_memory(address, size, x_[d.rs2], extra)) return;
  reservation_.valid = false;
  x_[d.rd] = success ? 0 : 1;
  retire(d, extra);
}

void Hart::execute_amo(const Decoded& d, unsigned size) {
  const uint64_t address = x_[d.rs1];
  const uint64_t operand = x_[d.rs2];
  uint64_t old = 0;
  uint32_t extra = 0;
  if (!check_atomic(address, size, Access::store)) return;
  // A refused read of the pair is a store fault too.
  if (!pmp_.allows(address, size, Access::load, data_mode_)) {
    return raise(Cause::store_fault, address);
  }
  if (!load_memory(address, size, old, extra, Access::store)) return;
  uint64_t next = 0;
  switch (d.op) {
#define AMO_upper(id, semantics)
#define AMO_jump(id, semantics)
#define AMO_branch(id, semantics)
#define AMO_load(id, semantics)
#define AMO_store(id, semantics)
#define AMO_alu_imm(id, semantics)
#define AMO_alu_reg(id, semantics)
#define AMO_multiply(id, semantics)
#define AMO_divide(id, semantics)
#define AMO_load_reserved(id, semantics)
#define AMO_store_conditional(id, semantics)
#define AMO_system(id, semantics)
#define AMO_csr(id, semantics)
#define AMO_custom(id, semantics)
#define AMO_amo_word(id, semantics)                                                \
  case Op::id:                                                                     \
    next = static_cast<uint32_t>(                                                  \
        amo::semantics(static_cast<int32_t>(old), static_cast<int32_t>(operand))); \
    break;
#define AMO_amo_double(id, semantics)                                              \
  case Op::id:                                                                     \
    next = static_cast<uint64_t>(                                                  \
        amo::semantics(static_cast<int64_t>(old), static_cast<int64_t>(operand))); \
    break;
#define INSTRUCTION(id, name, mask, match, format, klass, semantics) AMO_##klass(id, semantics)
#include "systemc/riscv/instructions.def"
#undef INSTRUCTION
    default:
      return raise(Cause::illegal_instruction, d.raw);
  }
  if (!store_memory(address, size, next, extra)) return;
  x_[d.rd] = sign_extend(old, size);
  retire(d, extra);
}

}  // namespace cubist::riscv

// SPDX-License-Identifier: Apache-2.0
// Control and status registers.
#include "systemc/riscv/csr.h"
#include "systemc/riscv/hart.h"

namespace cubist::riscv {
namespace {

using namespace csr;

constexpr uint64_t kWritableInterrupts = 1u << kSoftwareInterrupt | 1u << kTimerInterrupt |
                                         1u << kExternalInterrupt |
                                         ~uint64_t{0} << kFirstPlatformInterrupt;
constexpr uint64_t kWritableStatus = kMstatusMie | kMstatusMpie | kMstatusMprv | kMstatusTw;
constexpr uint64_t kFiom = 1;  // menvcfg

constexpr bool within(uint16_t number, uint16_t first, uint16_t last) {
  return number >= first && number <= last;
}

/// Whether this counter CSR has the bit of mcounteren that lets U mode read it.
constexpr bool is_user_counter(uint16_t number) {
  return within(number, kCycle, kHpmcounter31);
}

}  // namespace

void Hart::execute_csr(const Decoded& d) {
  const auto number = static_cast<uint16_t>(d.imm);
  const bool is_immediate = info(d.op).format == Format::csri;
  const uint64_t operand = is_immediate ? d.rs1 : x_[d.rs1];
  const bool is_write = d.op == Op::csrrw || d.op == Op::csrrwi;
  const bool writes = is_write || d.rs1 != 0;
  const bool reads = !is_write || d.rd != kSink;
  if (!csr_accessible(number, writes)) return raise(Cause::illegal_instruction, d.raw);

  uint64_t old = 0;
  const bool own = read_own_csr(number, old);
  if (!own) {
    if (!outside_allowed()) return;
    if (number == kTime) {
      old = bus_.time();
    } else if (reads && !bus_.read_csr(number, old)) {
      return raise(Cause::illegal_instruction, d.raw);
    }
  }
  if (writes) {
    uint64_t value = operand;
    if (d.op == Op::csrrs || d.op == Op::csrrsi) value = old | operand;
    if (d.op == Op::csrrc || d.op == Op::csrrci) value = old & ~operand;
    const bool known = own ? write_own_csr(number, value, false, 1) : bus_.write_csr(number, value);
    if (!known) return raise(Cause::illegal_instruction, d.raw);
  }
  x_[d.rd] = old;
  retire(d);
}

/// Privilege, read-only numbers, and the counters that M mode hides from U mode.
bool Hart::csr_accessible(uint16_t number, bool writes) const {
  if ((number >> 8 & 3) > static_cast<unsigned>(mode_)) return false;
  if (writes && number >> 10 == 3) return false;
  if (mode_ == Mode::user && is_user_counter(number)) {
    return (mcounteren_ >> (number - kCycle) & 1) != 0;
  }
  return true;
}

uint64_t Hart::mcycle() const {
  return mcycle_offset_ + ((mcountinhibit_ & kCounterCycle) != 0 ? 0 : cycle_);
}
uint64_t Hart::minstret() const {
  return minstret_offset_ + ((mcountinhibit_ & kCounterInstret) != 0 ? 0 : instret_);
}

bool Hart::read_own_csr(uint16_t number, uint64_t& value) const {
  if (within(number, kPmpcfg0, kPmpcfg15)) {
    value = pmp_.config((number - kPmpcfg0) / 2u);
    return (number & 1) == 0;  // RV64 has the even ones only.
  }
  if (within(number, kPmpaddr0, kPmpaddr63)) {
    value = pmp_.address(number - kPmpaddr0);
    return true;
  }
  if (within(number, kMhpmcounter3, kMhpmcounter31) ||
      within(number, kHpmcounter3, kHpmcounter31) || within(number, kMhpmevent3, kMhpmevent31)) {
    value = 0;
    return true;
  }
  switch (number) {
    case kMvendorid:
      value = config_.vendor_id;
      return true;
    case kMarchid:
      value = config_.architecture_id;
      return true;
    case kMimpid:
      value = config_.implementation_id;
      return true;
    case kMhartid:
      value = config_.hart_id;
      return true;
    case kMconfigptr:
      value = 0;
      return true;
    case kMstatus:
      value = mstatus_;
      return true;
    case kMisa:
      value = kMisa64Imacux;
      return true;
    case kMie:
      value = mie_;
      return true;
    case kMtvec:
      value = mtvec_;
      return true;
    case kMcounteren:
      value = mcounteren_;
      return true;
    case kMenvcfg:
      value = menvcfg_;
      return true;
    case kMcountinhibit:
      value = mcountinhibit_;
      return true;
    case kMscratch:
      value = mscratch_;
      return true;
    case kMepc:
      value = mepc_;
      return true;
    case kMcause:
      value = mcause_;
      return true;
    case kMtval:
      value = mtval_;
      return true;
    case kMip:
      value = inputs_.levels();
      return true;
    case kMcycle:
    case kCycle:
      value = mcycle();
      return true;
    case kMinstret:
    case kInstret:
      value = minstret();
      return true;
    case kTselect:
      value = triggers_.select();
      return true;
    case kTdata1:
      value = triggers_.data1();
      return true;
    case kTdata2:
      value = triggers_.data2();
      return true;
    case kTdata3:
      value = 0;
      return true;
    case kTinfo:
      value = triggers_.info();
      return true;
    default:
      return false;
  }
}

/// `retiring` is 1 when an instruction does the write: what it puts into a counter is what the next
/// instruction reads, so its own cycle and its own retirement are not counted.
bool Hart::write_own_csr(uint16_t number, uint64_t value, bool debugger, uint64_t retiring) {
  if (within(number, kPmpcfg0, kPmpcfg15)) {
    pmp_.set_config((number - kPmpcfg0) / 2u, value);
    invalidate_code();
    invalidate_pages();
    return (number & 1) == 0;
  }
  if (within(number, kPmpaddr0, kPmpaddr63)) {
    pmp_.set_address(number - kPmpaddr0, value);
    invalidate_code();
    invalidate_pages();
    return true;
  }
  if (within(number, kMhpmcounter3, kMhpmcounter31) || within(number, kMhpmevent3, kMhpmevent31)) {
    return true;
  }
  switch (number) {
    case kMisa:
    case kMip:
      return true;  // Every bit is read-only.
    case kMstatus:
      write_mstatus(value);
      return true;
    case kMie:
      mie_ = value & kWritableInterrupts;
      return true;
    case kMtvec:
      mtvec_ = value & ~uint64_t{2};
      return true;
    case kMcounteren:
      mcounteren_ = value & 0xffffffff;
      return true;
    case kMenvcfg:
      menvcfg_ = value & kFiom;
      return true;
    case kMcountinhibit:
      write_countinhibit(value);
      return true;
    case kMscratch:
      mscratch_ = value;
      return true;
    case kMepc:
      mepc_ = value & ~uint64_t{1};
      return true;
    case kMcause:
      mcause_ = value;
      return true;
    case kMtval:
      mtval_ = value;
      return true;
    case kMcycle:
      mcycle_offset_ = value;
      if ((mcountinhibit_ & kCounterCycle) == 0) mcycle_offset_ -= cycle_ + retiring;
      return true;
    case kMinstret:
      minstret_offset_ = value;
      if ((mcountinhibit_ & kCounterInstret) == 0) minstret_offset_ -= instret_ + retiring;
      return true;
    case kTselect:
      triggers_.set_select(value);
      return true;
    case kTdata1:
    case kTdata2:
      if (number == kTdata1) {
        triggers_.set_data1(value, debugger);
      } else {
        triggers_.set_data2(value, debugger);
      }
      invalidate_code();
      invalidate_pages();
      return true;
    case kTdata3:
      return true;
    default:
      return false;  // tinfo and the machine information registers
  }
}

void Hart::write_mstatus(uint64_t value) {
  mstatus_ = (mstatus_ & ~kWritableStatus) | (value & kWritableStatus);
  // MPP holds M or U; other values leave it as it is.
  const auto mpp = (value & kMstatusMpp) >> kMstatusMppShift;
  if (mpp == static_cast<uint64_t>(Mode::user) || mpp == static_cast<uint64_t>(Mode::machine)) {
    mstatus_ = (mstatus_ & ~kMstatusMpp) | mpp << kMstatusMppShift;
  }
  update_data_mode();
}

void Hart::write_countinhibit(uint64_t value) {
  const uint64_t cycles = mcycle();
  const uint64_t instructions = minstret();
  mcountinhibit_ = value & (kCounterCycle | kCounterInstret);
  mcycle_offset_ = cycles - ((mcountinhibit_ & kCounterCycle) != 0 ? 0 : cycle_);
  minstret_offset_ = instructions - ((mcountinhibit_ & kCounterInstret) != 0 ? 0 : instret_);
}

std::optional<uint64_t> Hart::csr(uint16_t number) const {
  uint64_t value = 0;
  if (!read_own_csr(number, value)) return std::nullopt;
  return value;
}

bool Hart::set_csr(uint16_t number, uint64_t value) {
  uint64_t old = 0;
  if (number >> 10 == 3 || !read_own_csr(number, old)) return false;
  return write_own_csr(number, value, true, 0);
}

}  // namespace cubist::riscv

// SPDX-License-Identifier: Apache-2.0
// Flags within a core and between cores, and what happens when nobody can set one any more.
#include "systemc/core/core_parts.h"

namespace cubist::core {

bool AiCore::Parts::set_flag(const Flag& flag, uint64_t pc, uint8_t op) {
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

bool AiCore::Parts::take_flag(const Flag& flag) {
  if (flag.source != kCrossCore) return flags.take(flag);
  return cross_core != nullptr && cross_core->take(*this, flag.id);
}

bool AiCore::Parts::set_cross_core(const Flag& flag, uint64_t pc, uint8_t op) {
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

void AiCore::Parts::cross_core_arrived(unsigned id) {
  const auto waits = [id](const Flag& f) { return f.source == kCrossCore && f.id == id; };
  for (const auto& pipe : pipes) {
    if (!pipe || pipe->awaited() == nullptr || !waits(*pipe->awaited())) continue;
    return pipe->flag_set();
  }
  if (scalar.waits_for() == ScalarWait::flag && waits(scalar.awaited())) scalar.unblock();
}

bool AiCore::Parts::waits_for_others() const {
  return settled_for_good() && awaits_cross_core();
}

std::string AiCore::Parts::waits_for() const {
  std::string text = context.path + ": ";
  for (const char c : describe()) text += c == '\n' ? std::string(", ") : std::string(1, c);
  return text;
}

void AiCore::Parts::settled() {
  if (!settled_for_good()) return;
  const ScalarWait wait = scalar.waits_for();
  if ((wait == ScalarWait::drain || wait == ScalarWait::end) && drained()) {
    return scalar.unblock();
  }
  if (!awaits_cross_core()) return report_deadlock({});
  if (cross_core == nullptr || place().launch == 0) return report_deadlock({});
  cross_core->check(*this);
}

bool AiCore::Parts::settled_for_good() const {
  const ScalarWait wait = scalar.waits_for();
  if (wait == ScalarWait::none || wait >= ScalarWait::fetch) {
    return false;
  }
  for (const auto& pipe : pipes) {
    if (pipe && pipe->active()) return false;
  }
  return true;
}

bool AiCore::Parts::awaits_cross_core() const {
  if (scalar.waits_for() == ScalarWait::flag && scalar.awaited().source == kCrossCore) return true;
  for (const auto& pipe : pipes) {
    if (pipe && pipe->awaited() != nullptr && pipe->awaited()->source == kCrossCore) return true;
  }
  return false;
}

LaunchPlace AiCore::Parts::place() const {
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

bool AiCore::Parts::legal_place() const {
  const LaunchPlace p = place();
  if (group == 0) return true;
  return p.launch != 0 && p.block < p.blocks && p.sub_blocks <= CrossCoreUnit::kMaxSubBlocks &&
         p.sub_block < std::max(p.sub_blocks, 1u) && (!p.resident || p.blocks <= kMostResident);
}

void AiCore::Parts::report_deadlock(const std::string& others) {
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
  // Nobody waits for a flag: a unit flag holds M or FIX back.
  const bool none = stuck.pipe == 0 && scalar.waits_for() != ScalarWait::flag;
  for (const auto& pipe : pipes) {
    if (!none || !pipe || pipe->held_entry() == nullptr) continue;
    const QueueEntry& held = *pipe->held_entry();
    stuck.pc = held.pc;
    stuck.pipe = static_cast<uint8_t>(pipe->number());
    stuck.op = held.info->op;
    stuck.address = pipe->number() == abi::Pipe::M ? held.dst : held.src;
    stuck.text = "nobody will change the unit flags of " + describe_local(stuck.address) +
                 " that hold back " + std::string(held.info->name) + " at pc " + hex(held.pc) +
                 "; ";
    for (const char c : describe()) stuck.text += c == '\n' ? std::string("; ") : std::string(1, c);
    return fail(stuck);
  }
  stuck.op = flag.source == kCrossCore ? kWaitCrossCoreOp : kWaitFlagOp;
  stuck.address = flag_address(flag.source, flag.destination, flag.id);
  stuck.text = "nobody will set " + flag_text(flag) + ", waited for at pc " + hex(stuck.pc) + "; ";
  for (const char c : describe()) stuck.text += c == '\n' ? std::string("; ") : std::string(1, c);
  if (!others.empty()) stuck.text += "; also stuck: " + others;
  fail(stuck);
}

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
#include "systemc/riscv/triggers.h"

#include <algorithm>

namespace cubist::riscv {
namespace {

constexpr uint64_t kType = uint64_t{2} << 60;
constexpr uint64_t kDmode = uint64_t{1} << 59;
constexpr uint64_t kHit = 1u << 20;
constexpr uint64_t kMachine = 1u << 6, kUser = 1u << 3;
constexpr uint64_t kExecute = 1u << 2, kStore = 1u << 1, kLoad = 1u << 0;
constexpr uint64_t kMatchMask = 15u << 7, kActionMask = 15u << 12;
constexpr unsigned kEqual = 0, kNapot = 1, kAtLeast = 2, kBelow = 3;

unsigned match_kind(uint64_t data1) {
  return static_cast<unsigned>(data1 >> 7 & 15);
}
unsigned action(uint64_t data1) {
  return static_cast<unsigned>(data1 >> 12 & 15);
}

}  // namespace

Triggers::Triggers(unsigned count) : triggers_(std::min(count, kMax)) {
  reset();
}

void Triggers::reset() {
  for (Trigger& t : triggers_) t = Trigger{kType, 0};
  select_ = 0;
  update();
}

void Triggers::set_select(uint64_t value) {
  if (value < triggers_.size()) select_ = value;
}

uint64_t Triggers::data1() const {
  return triggers_.empty() ? 0 : triggers_[select_].data1;
}
uint64_t Triggers::data2() const {
  return triggers_.empty() ? 0 : triggers_[select_].data2;
}

void Triggers::set_data1(uint64_t value, bool debugger) {
  if (triggers_.empty()) return;
  Trigger& t = triggers_[select_];
  if ((t.data1 & kDmode) != 0 && !debugger) return;
  uint64_t next = kType | (value & (kHit | kMachine | kUser | kExecute | kStore | kLoad));
  if (debugger) next |= value & kDmode;
  const unsigned kind = match_kind(value);
  if (kind <= kBelow) next |= value & kMatchMask;
  // Entering debug mode may be asked for only by the debugger, in a trigger that is its own.
  if (action(value) == 1 && (next & kDmode) != 0) next |= value & kActionMask;
  t.data1 = next;
  update();
}

void Triggers::set_data2(uint64_t value, bool debugger) {
  if (triggers_.empty()) return;
  Trigger& t = triggers_[select_];
  if ((t.data1 & kDmode) != 0 && !debugger) return;
  t.data2 = value;
  update();
}

void Triggers::update() {
  any_execute_ = any_data_ = false;
  for (const Trigger& t : triggers_) {
    if ((t.data1 & (kMachine | kUser)) == 0) continue;
    any_execute_ |= (t.data1 & kExecute) != 0;
    any_data_ |= (t.data1 & (kLoad | kStore)) != 0;
  }
}

bool Triggers::address_matches(const Trigger& t, uint64_t first, uint64_t last) {
  switch (match_kind(t.data1)) {
    case kEqual:
      return first <= t.data2 && t.data2 <= last;
    case kNapot: {
      // As for PMP addresses: the trailing ones of tdata2 are don't-care, and one bit more.
      const uint64_t ignored = t.data2 ^ (t.data2 + 1);
      const uint64_t low = t.data2 & ~ignored, high = t.data2 | ignored;
      return first <= high && last >= low;
    }
    case kAtLeast:
      return last >= t.data2;
    case kBelow:
      return first < t.data2;
    default:
      return false;
  }
}

bool Triggers::may_execute(uint64_t address) const {
  return any_execute_ && std::any_of(triggers_.begin(), triggers_.end(), [&](const Trigger& t) {
           return (t.data1 & kExecute) != 0 && (t.data1 & (kMachine | kUser)) != 0 &&
                  address_matches(t, address, address);
         });
}

TriggerAction Triggers::match(uint64_t address, unsigned size, Access access, Mode mode) {
  const uint64_t kind = access == Access::fetch  ? kExecute
                        : access == Access::load ? kLoad
                                                 : kStore;
  const uint64_t in_mode = mode == Mode::machine ? kMachine : kUser;
  const uint64_t last = access == Access::fetch ? address : address + (size - 1);
  for (Trigger& t : triggers_) {
    if ((t.data1 & kind) == 0 || (t.data1 & in_mode) == 0) continue;
    if (!address_matches(t, address, last)) continue;
    t.data1 |= kHit;
    return action(t.data1) == 1 ? TriggerAction::debug : TriggerAction::exception;
  }
  return TriggerAction::none;
}

}  // namespace cubist::riscv

// SPDX-License-Identifier: Apache-2.0
#include "systemc/riscv/pmp.h"

#include <algorithm>

namespace cubist::riscv {
namespace {

constexpr uint8_t kRead = 1, kWrite = 2, kExecute = 4, kLock = 0x80;
constexpr unsigned kOff = 0, kTor = 1, kNa4 = 2;
constexpr uint64_t kAddressMask = (uint64_t{1} << 54) - 1;

unsigned matching(uint8_t config) {
  return config >> 3 & 3;
}

uint8_t required(Access access) {
  switch (access) {
    case Access::load:
      return kRead;
    case Access::store:
      return kWrite;
    default:
      return kExecute;
  }
}

}  // namespace

Pmp::Pmp(unsigned entries) : entries_(std::min(entries, kMaxEntries)) {}

void Pmp::reset() {
  for (Entry& e : entry_) e = Entry{};
}

bool Pmp::allows(uint64_t address, uint64_t size, Access access, Mode mode) const {
  const uint64_t last = address + (size - 1);
  for (unsigned i = 0; i < entries_; ++i) {
    const Entry& e = entry_[i];
    if (e.first > e.last || last < e.first || address > e.last) continue;
    if (address < e.first || last > e.last || last < address) return false;
    if (mode == Mode::machine && (e.config & kLock) == 0) return true;
    return (e.config & required(access)) != 0;
  }
  return mode == Mode::machine || entries_ == 0;
}

uint64_t Pmp::config(unsigned n) const {
  uint64_t value = 0;
  for (unsigned i = 0; i < 8 && n * 8 + i < entries_; ++i) {
    value |= uint64_t{entry_[n * 8 + i].config} << (8 * i);
  }
  return value;
}

void Pmp::set_config(unsigned n, uint64_t value) {
  for (unsigned i = 0; i < 8 && n * 8 + i < entries_; ++i) {
    Entry& e = entry_[n * 8 + i];
    if ((e.config & kLock) != 0) continue;
    auto config = static_cast<uint8_t>(value >> (8 * i) & 0x9f);
    if ((config & kRead) == 0) config &= static_cast<uint8_t>(~kWrite);  // R=0 W=1 is reserved
    e.config = config;
  }
  update_ranges();
}

uint64_t Pmp::address(unsigned entry) const {
  return entry < entries_ ? entry_[entry].address : 0;
}

void Pmp::set_address(unsigned entry, uint64_t value) {
  if (entry >= entries_ || (entry_[entry].config & kLock) != 0) return;
  // A locked TOR entry also locks the address that is its lower bound.
  if (entry + 1 < entries_ && (entry_[entry + 1].config & kLock) != 0 &&
      matching(entry_[entry + 1].config) == kTor) {
    return;
  }
  entry_[entry].address = value & kAddressMask;
  update_ranges();
}

void Pmp::update_ranges() {
  uint64_t previous = 0;
  for (unsigned i = 0; i < entries_; ++i) {
    Entry& e = entry_[i];
    e.first = 1;
    e.last = 0;
    switch (matching(e.config)) {
      case kOff:
        break;
      case kTor:
        if (previous < e.address) {
          e.first = previous << 2;
          e.last = (e.address << 2) - 1;
        }
        break;
      case kNa4:
        e.first = e.address << 2;
        e.last = e.first + 3;
        break;
      default: {  // NAPOT: n trailing ones give 2^(n+3) bytes
        const uint64_t ones = e.address & ~(e.address + 1);
        e.first = (e.address & ~ones) << 2;
        e.last = e.first + (ones << 3 | 7);
        break;
      }
    }
    previous = e.address;
  }
}

}  // namespace cubist::riscv

// SPDX-License-Identifier: Apache-2.0
// First ready, first come, first served, with a limit on overtaking.
//
// What a bank waits for changes rarely compared with how often it is asked: each bank's next row
// command, its earliest begin and its age are kept in a table, and a search is a minimum over it.
#include <algorithm>
#include <array>
#include <bit>

#include "systemc/hbm/policies.h"
#include "systemc/hbm/request_queue.h"
#include "systemc/hbm/row_sets.h"
#include "systemc/hbm/timing_rules.h"

namespace cubist::hbm {
namespace {

// A candidate as one number that sorts by begin, then age: begin after `from` (17 bits), order of
// the request (41), bank (6).
constexpr unsigned kBankBits = 6;
constexpr unsigned kOrderBits = 41;
constexpr unsigned kTickShift = kBankBits + kOrderBits;
constexpr Tick kFarthest = (Tick{1} << (64 - kTickShift)) - 1;
constexpr uint64_t kAgeMask = (uint64_t{1} << kTickShift) - 1;

class FrFcfs final : public Scheduler {
 public:
  FrFcfs(unsigned hit_limit, const RowSets& sets)
      : hit_limit_(hit_limit), sets_(sets), stripe_(sets.stripe()) {}

  void set_changed(const LaneView& v, unsigned set) override {
    for (const bool write : {false, true}) {
      Table& table = tables_[v.lane][write];
      const RequestQueue::List& list = v.queue.list(write, set);
      const bool served = list.head == kNoEntry || in_use(v, list, set);
      for (unsigned i = 0; i < stripe_; ++i) {
        const unsigned bank = sets_.bank(set, i);
        const uint64_t bit = uint64_t{1} << bank;
        const uint32_t row = v.rules.row(v.lane, bank);
        if (served || row == v.queue.head_row(write, set)) {
          table.waiting &= ~bit;
          continue;
        }
        table.waiting |= bit;
        const bool closed = row == kClosed;
        table.closed[bank] = closed;
        table.ready[bank] = closed ? TimingRules::even(v.rules.activate_bank(v.lane, bank))
                                   : v.rules.row_edge(v.rules.precharge_bank(v.lane, bank));
        table.age[bank] =
            ((v.queue.head_order(write, set) << kBankBits) & kAgeMask) | uint64_t{bank};
      }
    }
  }

  void activates_later(const LaneView& v, unsigned first_bank, unsigned count) override {
    for (Table& table : tables_[v.lane]) {
      for (unsigned bank = first_bank; bank < first_bank + count; ++bank) {
        if ((table.waiting >> bank & 1) != 0 && table.closed[bank] != 0) {
          table.ready[bank] = TimingRules::even(v.rules.activate_bank(v.lane, bank));
        }
      }
    }
  }

  Pick column(const LaneView& v, bool write, Tick from) const override {
    Tick best = kNoTick;
    uint64_t best_order = ~uint64_t{0};
    uint16_t best_entry = kNoEntry;
    const Tick start = TimingRules::even(from);
    for (uint64_t sets = v.queue.hits(write) & ~v.columns_barred; sets != 0; sets &= sets - 1) {
      const auto set = static_cast<unsigned>(std::countr_zero(sets));
      const RequestQueue::List& list = v.queue.list(write, set);
      if (!in_use(v, list, set)) continue;
      const QueueEntry& e = v.queue.entry(list.hit);
      const Tick tick = slot_from(v, start, e.request, write);
      if (tick > best || (tick == best && e.order > best_order)) continue;
      best = tick;
      best_order = e.order;
      best_entry = list.hit;
    }
    return column_pick(write, best, best_order, best_entry);
  }

  Pick column_of_set(const LaneView& v, bool write, unsigned set, Tick from) const override {
    const uint64_t bit = uint64_t{1} << set;
    if ((v.queue.hits(write) & bit & ~v.columns_barred) == 0) return Pick{};
    return one_column(v, write, set, from);
  }

  Pick row(const LaneView& v, bool write, uint64_t sets, Tick from) const override {
    const Table& table = tables_[v.lane][write];
    const uint64_t banks = table.waiting & banks_of(sets & ~v.rows_barred);
    if (banks == 0) return Pick{};
    // By whether the bank is closed: what pseudo-channel and bus ask of a precharge, an activate.
    const Tick start[2] = {v.rules.row_edge(std::max(from, v.rules.precharge_lane(v.lane))),
                           TimingRules::even(std::max(from, v.rules.activate_lane(v.lane)))};
    std::array<uint64_t, kMaxBanks> keys;
    unsigned count = 0;
    uint64_t best = ~uint64_t{0};
    for (uint64_t left = banks; left != 0; left &= left - 1) {
      const auto bank = static_cast<unsigned>(std::countr_zero(left));
      const Tick tick = std::max(table.ready[bank], start[table.closed[bank]]);
      const uint64_t key = std::min(tick - from, kFarthest) << kTickShift | table.age[bank];
      keys[count++] = key;
      best = std::min(best, key);
    }
    Pick pick;
    const uint64_t age = best & kAgeMask;
    Tick challenge = kFarthest;
    for (unsigned i = 0; i < count; ++i) {
      const Tick tick = keys[i] >> kTickShift;
      challenge = std::min(challenge, (keys[i] & kAgeMask) < age ? tick : kFarthest);
    }
    pick.challenge = challenge == kFarthest ? kNoTick : from + challenge;
    pick.bank = static_cast<uint8_t>(best & ((1u << kBankBits) - 1));
    const unsigned set = sets_.set_of(pick.bank);
    pick.tick = std::max(table.ready[pick.bank], start[table.closed[pick.bank]]);
    pick.order = v.queue.head_order(write, set);
    pick.entry = v.queue.list(write, set).head;
    pick.command = table.closed[pick.bank] != 0 ? Command::activate : Command::precharge;
    return pick;
  }

 private:
  /// Of one pseudo-channel in one direction, by bank.
  struct Table {
    uint64_t waiting = 0;  // Banks that need a row command.
    std::array<Tick, kMaxBanks> ready;
    std::array<uint64_t, kMaxBanks> age;
    std::array<uint8_t, kMaxBanks> closed;
  };

  bool in_use(const LaneView& v, const RequestQueue::List& list, unsigned set) const {
    return list.hit != kNoEntry && (list.hit == list.head || v.overtaken[set] < hit_limit_);
  }

  uint64_t banks_of(uint64_t sets) const {
    if (stripe_ == 1 || sets == ~uint64_t{0}) return sets;
    uint64_t banks = 0;
    for (; sets != 0; sets &= sets - 1) {
      const auto set = static_cast<unsigned>(std::countr_zero(sets));
      if (set >= sets_.count()) break;
      for (unsigned i = 0; i < stripe_; ++i) {
        banks |= uint64_t{1} << sets_.bank(set, i);
      }
    }
    return banks;
  }

  Pick one_column(const LaneView& v, bool write, unsigned set, Tick from) const {
    const RequestQueue::List& list = v.queue.list(write, set);
    if (!in_use(v, list, set)) return Pick{};
    const QueueEntry& e = v.queue.entry(list.hit);
    return column_pick(write, slot_from(v, TimingRules::even(from), e.request, write), e.order,
                       list.hit);
  }

  static Pick column_pick(bool write, Tick tick, uint64_t order, uint16_t entry) {
    Pick pick;
    pick.tick = tick;
    pick.order = order;
    pick.entry = entry;
    pick.command = write ? Command::write : Command::read;
    return pick;
  }

  Tick slot_from(const LaneView& v, Tick from, const ChannelRequest& r, bool write) const {
    return v.rules.column_slot(v.lane, std::max(from, start_of_run(v, r, write)), v.run_spacing);
  }

  /// The first begin at which no element of the run breaks a rule of its bank.
  Tick start_of_run(const LaneView& v, const ChannelRequest& r, bool write) const {
    if (stripe_ == 1) return v.rules.column(v.lane, r.set, write);
    const Tick spacing = v.run_spacing;
    const unsigned members = std::min<unsigned>(stripe_, r.atoms);
    Tick start = 0;
    for (unsigned i = 0; i < members; ++i) {
      const unsigned bank = sets_.bank(r.set, r.column + i);
      const Tick t = v.rules.column(v.lane, bank, write);
      start = std::max(start, t > i * spacing ? t - i * spacing : 0);
    }
    return TimingRules::even(start);
  }

  unsigned hit_limit_;
  const RowSets sets_;
  unsigned stripe_;
  std::array<std::array<Table, 2>, TimingRules::kLanes> tables_;
};

}  // namespace

std::unique_ptr<Scheduler> make_fr_fcfs(unsigned hit_limit, const RowSets& sets) {
  return std::make_unique<FrFcfs>(hit_limit, sets);
}

}  // namespace cubist::hbm

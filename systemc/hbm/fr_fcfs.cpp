// SPDX-License-Identifier: Apache-2.0
// First ready, first come, first served, with a limit on overtaking.
#include <algorithm>
#include <bit>

#include "systemc/hbm/policies.h"
#include "systemc/hbm/request_queue.h"
#include "systemc/hbm/row_sets.h"

namespace cubist::hbm {
namespace {

class FrFcfs final : public Scheduler {
 public:
  FrFcfs(unsigned hit_limit, unsigned stripe) : hit_limit_(hit_limit), stripe_(stripe) {}

  Pick column(const LaneView& v, bool write, Tick from) const override {
    Pick best;
    for (uint64_t sets = v.queue.hits(write) & ~v.columns_barred; sets != 0; sets &= sets - 1) {
      const Pick pick = one_column(v, write, static_cast<unsigned>(std::countr_zero(sets)), from);
      if (pick.before(best)) best = pick;
    }
    return best;
  }

  Pick row(const LaneView& v, bool write, uint64_t without, Tick from) const override {
    Pick best;
    const uint64_t barred = without | v.rows_barred;
    const Tick lane = v.rules.activate_lane(v.lane);
    for (uint64_t sets = v.queue.pending(write) & ~barred; sets != 0; sets &= sets - 1) {
      one_row(best, v, write, static_cast<unsigned>(std::countr_zero(sets)), lane, from);
    }
    return best;
  }

  Pick column_of_set(const LaneView& v, bool write, unsigned set, Tick from) const override {
    const uint64_t bit = uint64_t{1} << set;
    if ((v.queue.hits(write) & bit & ~v.columns_barred) == 0) return Pick{};
    return one_column(v, write, set, from);
  }

  Pick row_of_set(const LaneView& v, bool write, unsigned set, Tick from) const override {
    Pick best;
    const uint64_t bit = uint64_t{1} << set;
    if ((v.queue.pending(write) & bit & ~v.rows_barred) != 0) {
      one_row(best, v, write, set, v.rules.activate_lane(v.lane), from);
    }
    return best;
  }

 private:
  bool in_use(const LaneView& v, const RequestQueue::List& list, unsigned set) const {
    return list.hit != kNoEntry && (list.hit == list.head || v.overtaken[set] < hit_limit_);
  }

  Pick one_column(const LaneView& v, bool write, unsigned set, Tick from) const {
    Pick pick;
    const RequestQueue::List& list = v.queue.list(write, set);
    if (!in_use(v, list, set)) return pick;
    const QueueEntry& e = v.queue.entry(list.hit);
    pick.tick = std::max(TimingRules::even(from), start_of_run(v, e.request, write));
    pick.order = e.order;
    pick.entry = list.hit;
    pick.command = write ? Command::write : Command::read;
    return pick;
  }

  void one_row(Pick& best, const LaneView& v, bool write, unsigned set, Tick activate_lane,
               Tick from) const {
    const RequestQueue::List& list = v.queue.list(write, set);
    if (in_use(v, list, set)) return;
    const QueueEntry& e = v.queue.entry(list.head);
    for (unsigned i = 0; i < stripe_; ++i) {
      const unsigned bank = stripe_ == 1 ? set : bank_of_set(v.rules.timing(), set, stripe_, i);
      const uint32_t row = v.rules.row(v.lane, bank);
      if (row == e.request.row) continue;
      const bool closed = row == kClosed;
      Pick pick;
      pick.tick = closed ? TimingRules::even(std::max(
                               {from, v.rules.activate_bank(v.lane, bank), activate_lane}))
                         : v.rules.row_edge(std::max(from, v.rules.precharge(v.lane, bank)));
      pick.order = e.order;
      pick.entry = list.head;
      pick.command = closed ? Command::activate : Command::precharge;
      pick.bank = static_cast<uint8_t>(bank);
      best.consider(pick);
    }
  }

  /// The first begin at which no element of the run breaks a rule of its bank.
  Tick start_of_run(const LaneView& v, const ChannelRequest& r, bool write) const {
    if (stripe_ == 1) return v.rules.column(v.lane, r.set, write);
    const Tick spacing = v.rules.spacing(stripe_);
    const unsigned members = std::min<unsigned>(stripe_, r.atoms);
    Tick start = 0;
    for (unsigned i = 0; i < members; ++i) {
      const unsigned bank =
          bank_of_set(v.rules.timing(), r.set, stripe_, (r.column + i) % stripe_);
      const Tick t = v.rules.column(v.lane, bank, write);
      start = std::max(start, t > i * spacing ? t - i * spacing : 0);
    }
    return TimingRules::even(start);
  }

  unsigned hit_limit_, stripe_;
};

}  // namespace

std::unique_ptr<Scheduler> make_fr_fcfs(unsigned hit_limit, unsigned stripe) {
  return std::make_unique<FrFcfs>(hit_limit, stripe);
}

}  // namespace cubist::hbm

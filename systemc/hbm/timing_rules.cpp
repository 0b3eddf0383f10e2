// SPDX-License-Identifier: Apache-2.0
#include "systemc/hbm/timing_rules.h"

namespace cubist::hbm {
namespace {

// Half clocks that a column command takes on its bus.
constexpr int kColumnHalves = 2;

void raise(Tick& earliest, Tick t) {
  earliest = std::max(earliest, t);
}

}  // namespace

const char* name_of(Command command) {
  static constexpr const char* kNames[] = {"ACT", "PRE", "PREA", "RD",  "WR",
                                           "RDA", "WRA", "REFA", "REFB"};
  return kNames[static_cast<unsigned>(command)];
}

TimingRules::TimingRules(const DramTiming& timing)
    : t_(timing), half_precharge_(timing.precharge_halves % 2 != 0) {
  const int act = static_cast<int>(t_.activate_halves);
  const int pre = static_cast<int>(t_.precharge_halves);
  const auto ticks = [](unsigned clocks, int earlier, int later) {
    return static_cast<Tick>(std::max(0, 2 * static_cast<int>(clocks) + earlier - later));
  };
  rc_ = ticks(t_.rc, act, act);
  rrd_s_ = ticks(t_.rrd_s, act, act);
  rrd_l_ = ticks(t_.rrd_l, act, act);
  faw_ = ticks(t_.faw, act, act);
  act_to_read_ = ticks(t_.rcd_rd, act, kColumnHalves);
  act_to_write_ = ticks(t_.rcd_wr, act, kColumnHalves);
  act_to_pre_ = ticks(t_.ras, act, pre);
  act_to_refresh_ = ticks(t_.rc, act, pre);
  act_to_refresh_other_ = ticks(t_.rrd_s, act, pre);
  read_to_pre_ = ticks(t_.rtp, kColumnHalves, pre);
  write_to_pre_ = ticks(t_.wl + DramTiming::kBurst + t_.wr, kColumnHalves, pre);
  pre_to_act_ = ticks(t_.rp, pre, act);
  pre_to_refresh_ = ticks(t_.rp, pre, pre);
  ppd_ = ticks(t_.ppd, pre, pre);
  refresh_all_to_act_ = ticks(t_.rfc_ab, pre, act);
  refresh_bank_to_act_ = ticks(t_.rfc_pb, pre, act);
  refresh_to_act_other_ = ticks(t_.rrefd, pre, act);
  refresh_to_refresh_ = ticks(t_.rrefd, pre, pre);
  refresh_all_ = ticks(t_.rfc_ab, pre, pre);
  refresh_bank_ = ticks(t_.rfc_pb, pre, pre);
  ccd_s_ = 2 * Tick{t_.ccd_s};
  ccd_l_ = 2 * Tick{t_.ccd_l};
  ccd_r_ = 2 * Tick{std::max(t_.ccd_r, DramTiming::kBurst)};
  rtw_ = 2 * Tick{t_.rtw};
  write_to_read_s_ = 2 * Tick{t_.wl + DramTiming::kBurst + t_.wtr_s};
  write_to_read_l_ = 2 * Tick{t_.wl + DramTiming::kBurst + t_.wtr_l};
  read_data_end_ = 2 * Tick{t_.rl + DramTiming::kBurst};
  write_data_end_ = 2 * Tick{t_.wl + DramTiming::kBurst};
  idle_to_write_ =
      rtw_ + write_data_end_ - std::min(rtw_ + write_data_end_, read_data_end_ + atom());
  idle_to_read_ = write_to_read_s_ + read_data_end_ - write_data_end_ - atom();
  for (unsigned bank = 0; bank < t_.banks(); ++bank) {
    group_of_[bank] = static_cast<uint8_t>(bank / t_.banks_per_group);
    sid_of_[bank] = static_cast<uint8_t>(group_of_[bank] / t_.bank_groups);
  }
  for (Lane& lane : lanes_) lane.row.fill(kClosed);
}

Tick TimingRules::precharge_all(unsigned lane) const {
  const Lane& l = lanes_[lane];
  Tick t = l.next_precharge;
  // Also for banks that an automatic precharge is closing.
  for (unsigned bank = 0; bank < t_.banks(); ++bank) t = std::max(t, l.precharge[bank]);
  return row_edge(t);
}

Tick TimingRules::refresh_all(unsigned lane) const {
  const Lane& l = lanes_[lane];
  Tick t = l.next_refresh;
  for (unsigned bank = 0; bank < t_.banks(); ++bank) t = std::max(t, l.refresh[bank]);
  return even(t);
}

void TimingRules::on_activate(unsigned lane, unsigned bank, uint32_t row, Tick t) {
  Lane& l = lanes_[lane];
  l.row[bank] = row;
  l.open |= uint64_t{1} << bank;
  l.activate[bank] = t + rc_;
  l.read[bank] = t + act_to_read_;
  l.write[bank] = t + act_to_write_;
  l.precharge[bank] = t + act_to_pre_;
  raise(l.refresh[bank], t + act_to_refresh_);
  raise(l.group_activate[group_of_[bank]], t + rrd_l_);
  raise(l.next_activate, t + rrd_s_);
  raise(l.next_refresh, t + act_to_refresh_other_);
  l.after_four[l.oldest] = t + faw_;
  l.oldest = (l.oldest + 1) % 4;
  row_bus_free_ = t + t_.activate_halves;
}

void TimingRules::on_precharge(unsigned lane, unsigned bank, Tick t) {
  Lane& l = lanes_[lane];
  l.row[bank] = kClosed;
  l.open &= ~(uint64_t{1} << bank);
  raise(l.activate[bank], t + pre_to_act_);
  raise(l.refresh[bank], t + pre_to_refresh_);
  raise(l.next_precharge, t + ppd_);
  row_bus_free_ = t + t_.precharge_halves;
}

void TimingRules::on_precharge_all(unsigned lane, Tick t) {
  for (unsigned bank = 0; bank < t_.banks(); ++bank) on_precharge(lane, bank, t);
}

void TimingRules::on_refresh_all(unsigned lane, Tick t) {
  Lane& l = lanes_[lane];
  for (unsigned bank = 0; bank < t_.banks(); ++bank) {
    raise(l.activate[bank], t + refresh_all_to_act_);
    raise(l.refresh[bank], t + refresh_all_);
  }
  row_bus_free_ = t + t_.precharge_halves;
}

void TimingRules::on_refresh_bank(unsigned lane, unsigned bank, Tick t) {
  Lane& l = lanes_[lane];
  raise(l.activate[bank], t + refresh_bank_to_act_);
  raise(l.refresh[bank], t + refresh_bank_);
  raise(l.next_activate, t + refresh_to_act_other_);
  raise(l.next_refresh, t + refresh_to_refresh_);
  row_bus_free_ = t + t_.precharge_halves;
}

void TimingRules::on_run(unsigned lane, const uint8_t* banks, unsigned stripe, bool write,
                         const Run& run) {
  Lane& l = lanes_[lane];
  const unsigned members = std::min(stripe, run.count);
  const Tick last = run.start + (run.count - 1) * run.spacing;
  for (unsigned i = 0; i < members; ++i) {
    // The last element that goes to this bank.
    const unsigned back = (run.count - 1 - i) % stripe;
    const Tick t = last - back * run.spacing;
    const unsigned bank = banks[i];
    const unsigned group = group_of_[bank];
    if (write) {
      raise(l.group_write[group], t + ccd_l_);
      raise(l.group_read[group], t + write_to_read_l_);
      raise(l.precharge[bank], t + write_to_pre_);
    } else {
      raise(l.group_read[group], t + ccd_l_);
      raise(l.precharge[bank], t + read_to_pre_);
    }
  }
  if (write) {
    raise(l.next_write, last + ccd_s_);
    raise(l.next_read, last + write_to_read_s_);
  } else {
    raise(l.next_read, last + ccd_s_);
    raise(l.next_write, last + rtw_);
    l.read_sid = sid_of_[banks[0]];
    l.read_other_sid = last + ccd_r_;
  }
  l.run = run;
}

void TimingRules::auto_precharge(unsigned lane, unsigned bank) {
  Lane& l = lanes_[lane];
  l.row[bank] = kClosed;
  l.open &= ~(uint64_t{1} << bank);
  raise(l.activate[bank], l.precharge[bank] + pre_to_act_);
  raise(l.refresh[bank], l.precharge[bank] + pre_to_refresh_);
}

}  // namespace cubist::hbm

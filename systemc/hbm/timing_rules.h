// SPDX-License-Identifier: Apache-2.0
// The timing rules of one HBM channel: when a command may begin, given those before it. No other
// part of the model knows a JEDEC interval.
//
// Rules are kept as earliest begins per bank, bank group and pseudo-channel, moved on by each
// command; intervals are converted once, from "end to end" in clocks to "begin to begin" in ticks.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "systemc/hbm/command.h"
#include "systemc/hbm/timing_table.h"

namespace cubist::hbm {

inline constexpr uint32_t kClosed = ~uint32_t{0};

/// Column commands that follow each other at one spacing; a run is decided as a whole.
struct Run {
  Tick start = 0;
  Tick spacing = 0;  ///< Ticks from one to the next.
  unsigned count = 0;

  Tick last() const { return start + (count - 1) * spacing; }
};

class TimingRules {
 public:
  explicit TimingRules(const DramTiming& timing);

  static constexpr unsigned kLanes = DramTiming::kPseudoChannels;

  uint32_t row(unsigned lane, unsigned bank) const { return lanes_[lane].row[bank]; }
  bool all_closed(unsigned lane) const { return lanes_[lane].open == 0; }
  /// A bit for each bank with an open row.
  uint64_t open(unsigned lane) const { return lanes_[lane].open; }

  // Earliest begin by the rules of bank, group and pseudo-channel; buses come on top.
  // An activate keeps what its bank and what its pseudo-channel ask for.
  Tick activate_bank(unsigned lane, unsigned bank) const {
    const Lane& l = lanes_[lane];
    return std::max(l.activate[bank], l.group_activate[group_of_[bank]]);
  }
  Tick activate_lane(unsigned lane) const {
    const Lane& l = lanes_[lane];
    return std::max(l.next_activate, l.after_four[l.oldest]);
  }
  Tick precharge(unsigned lane, unsigned bank) const {
    const Lane& l = lanes_[lane];
    return row_edge(std::max(l.precharge[bank], l.next_precharge));
  }
  Tick precharge_bank(unsigned lane, unsigned bank) const { return lanes_[lane].precharge[bank]; }
  Tick precharge_lane(unsigned lane) const { return lanes_[lane].next_precharge; }
  Tick precharge_all(unsigned lane) const;
  Tick refresh_all(unsigned lane) const;
  Tick refresh_bank(unsigned lane, unsigned bank) const {
    const Lane& l = lanes_[lane];
    return even(std::max(l.refresh[bank], l.next_refresh));
  }
  Tick column(unsigned lane, unsigned bank, bool write) const {
    const Lane& l = lanes_[lane];
    const unsigned group = group_of_[bank];
    if (write) {
      return even(std::max({l.write[bank], l.group_write[group], l.next_write}));
    }
    const Tick other_id = sid_of_[bank] == l.read_sid ? 0 : l.read_other_sid;
    return even(std::max({l.read[bank], l.group_read[group], l.next_read, other_id}));
  }

  // The row bus of the channel.
  Tick row_bus_free() const { return row_bus_free_; }
  Tick row_edge(Tick t) const { return half_precharge_ ? t : even(t); }
  static Tick even(Tick t) { return (t + 1) & ~Tick{1}; }
  /// The first begin not before `t` at which a run of this spacing shares no begin on the column
  /// bus with the other pseudo-channel's last run, which began not after `t` and has the same
  /// spacing.
  Tick column_slot(unsigned lane, Tick t, Tick spacing) const {
    const Run& other = lanes_[1 - lane].run;
    if (t > other.last() || other.count == 0) return t;
    return (t - other.start) % spacing == 0 ? t + 2 : t;
  }

  // Each command moves the rules on. Columns: element i of the run goes to banks[i % stripe].
  void on_activate(unsigned lane, unsigned bank, uint32_t row, Tick t);
  void on_precharge(unsigned lane, unsigned bank, Tick t);
  void on_precharge_all(unsigned lane, Tick t);
  void on_refresh_all(unsigned lane, Tick t);
  void on_refresh_bank(unsigned lane, unsigned bank, Tick t);
  void on_run(unsigned lane, const uint8_t* banks, unsigned stripe, bool write, const Run& run);
  /// An auto-precharge with the last column command of that bank.
  void auto_precharge(unsigned lane, unsigned bank);

  /// Ticks from a column command's begin to the end of its data.
  Tick data_end(bool write) const { return write ? write_data_end_ : read_data_end_; }
  Tick atom() const { return 2 * DramTiming::kBurst; }
  /// Ticks the data bus stays idle at least when it turns to writes, or to reads.
  Tick turn(bool to_write) const { return to_write ? idle_to_write_ : idle_to_read_; }
  /// Ticks from an activate to a read or write of its row, at least.
  Tick activate_to_column() const { return std::min(act_to_read_, act_to_write_); }
  /// The spacing of a run whose elements rotate over `stripe` bank groups.
  Tick spacing(unsigned stripe) const {
    return 2 * std::max<Tick>(t_.ccd_s, (t_.ccd_l + stripe - 1) / stripe);
  }
  /// Ticks from all banks' precharge to the first activate after a refresh of all banks.
  Tick refresh_all_span() const { return pre_to_refresh_ + refresh_all_to_act_; }
  Tick refresh_bank_span() const { return pre_to_refresh_ + refresh_bank_to_act_; }
  const DramTiming& timing() const { return t_; }
  unsigned group_of(unsigned bank) const { return group_of_[bank]; }

 private:
  struct Lane {
    std::array<Tick, kMaxBanks> activate{}, read{}, write{}, precharge{}, refresh{};
    std::array<uint32_t, kMaxBanks> row;
    std::array<Tick, kMaxBanks> group_activate{}, group_read{}, group_write{};
    Tick next_activate = 0, next_read = 0, next_write = 0, next_precharge = 0, next_refresh = 0;
    Tick read_other_sid = 0;  // Earliest read of a stack id other than `read_sid`.
    unsigned read_sid = 0;
    std::array<Tick, 4> after_four{};  // End of the window of each of the last four activates.
    unsigned oldest = 0;
    uint64_t open = 0;
    Run run;
  };

  DramTiming t_;
  std::array<Lane, kLanes> lanes_;
  std::array<uint8_t, kMaxBanks> group_of_{}, sid_of_{};
  Tick row_bus_free_ = 0;
  bool half_precharge_;

  // Begin-to-begin intervals in ticks.
  Tick rc_, rrd_s_, rrd_l_, faw_, act_to_read_, act_to_write_, act_to_pre_, act_to_refresh_,
      act_to_refresh_other_;
  Tick read_to_pre_, write_to_pre_, pre_to_act_, pre_to_refresh_, ppd_;
  Tick refresh_all_to_act_, refresh_bank_to_act_, refresh_to_act_other_, refresh_to_refresh_;
  Tick refresh_all_, refresh_bank_;  // Refresh to refresh of the same banks.
  Tick ccd_s_, ccd_l_, ccd_r_, rtw_, write_to_read_s_, write_to_read_l_;
  Tick read_data_end_, write_data_end_, idle_to_write_, idle_to_read_;
};

}  // namespace cubist::hbm

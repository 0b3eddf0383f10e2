// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "systemc/hbm/pseudo_channel.h"
#include "systemc/memory/interleave.h"

namespace cubist::hbm {

using base::Time;

namespace {

class ReservationChannel final : public PseudoChannel {
 public:
  ReservationChannel(const HbmConfig& config, Time refresh_phase)
      : c_(config), banks_(config.row_sets), next_refresh_(refresh_phase) {}

  Service serve(const Coordinates& where, bool write, unsigned bytes, Time arrival) override {
    const Time issue = arrival + c_.controller / 2;
    use_idle_time(issue);
    if (write) {
      counts_.write_bytes += bytes;
      writes_.push_back({where, bytes});
      if (writes_.size() >= c_.write_batch) drain(issue, writes_.size());
      return {issue, std::max(issue, bus_free_)};
    }
    counts_.read_bytes += bytes;
    const Time data_end = transfer(where, false, bytes, issue);
    return {data_end + (c_.controller - c_.controller / 2), data_end};
  }

  const ChannelCounts& counts() const override { return counts_; }

 private:
  static constexpr uint32_t kClosed = ~uint32_t{0};
  struct Bank {
    uint32_t row = kClosed;
    Time column_ready = 0;     // Earliest column command to the open row.
    Time precharge_ready = 0;  // Earliest precharge.
    Time activate_ready = 0;   // Earliest activate (row cycle; refresh).
  };
  struct Write {
    Coordinates where;
    unsigned bytes;
  };

  /// Collected writes go out while nobody reads: as many as surely fit before `until`.
  void use_idle_time(Time until) {
    if (writes_.empty() || bus_free_ >= until) return;
    const Time per_write = c_.atom * (memory::Interleave::kLineBytes / HbmConfig::kAtomBytes);
    const Time lead = c_.read_to_write + c_.precharge + c_.row_to_column + c_.write_latency;
    const Time idle = until - bus_free_;
    if (idle <= lead + c_.write_to_read + per_write) return;
    const auto fit = (idle - lead - c_.write_to_read) / per_write;
    drain(bus_free_, std::min<uint64_t>(fit, writes_.size()));
  }

  void drain(Time from, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) transfer(writes_[i].where, true, writes_[i].bytes, from);
    writes_.erase(writes_.begin(), writes_.begin() + static_cast<std::ptrdiff_t>(count));
  }

  /// Opens the row if need be, moves the data, and returns when the last of them has passed.
  Time transfer(const Coordinates& where, bool write, unsigned bytes, Time from) {
    const Time atoms = (bytes + HbmConfig::kAtomBytes - 1) / HbmConfig::kAtomBytes;
    const Time length = std::max<Time>(atoms, 1) * c_.atom;
    const Time latency = write ? c_.write_latency : c_.read_latency;
    for (;;) {
      Bank& bank = banks_[where.bank];
      const bool hit = bank.row == where.row;
      Time activate = 0;
      Time column = std::max(from, bank.column_ready);
      if (!hit) {
        activate = std::max({from, bank.activate_ready, last_activate_ + c_.row_to_row});
        if (bank.row != kClosed) {
          activate = std::max(activate, std::max(from, bank.precharge_ready) + c_.precharge);
        }
        column = activate + c_.row_to_column;
      }
      const Time turn =
          bus_used_ && write != bus_writes_ ? (write ? c_.read_to_write : c_.write_to_read) : 0;
      const Time data = std::max(column + latency, bus_free_ + turn);
      if (refresh_before(data + length)) continue;

      if (hit) {
        ++counts_.row_hits;
      } else {
        ++counts_.row_misses;
        last_activate_ = activate;
        bank.row = where.row;
        bank.column_ready = column;
        bank.activate_ready = activate + c_.row_cycle;
        bank.precharge_ready = activate + c_.row_active;
      }
      if (turn != 0) ++counts_.turnarounds;
      bus_free_ = data + length;
      bus_writes_ = write;
      bus_used_ = true;
      const Time closes = write ? bus_free_ + c_.write_recovery
                                : data + length - c_.atom - latency + c_.read_to_precharge;
      bank.precharge_ready = std::max(bank.precharge_ready, closes);
      return bus_free_;
    }
  }

  /// When a transfer would end after the next refresh is due, refreshes first: closes all rows.
  bool refresh_before(Time end) {
    if (c_.refresh_interval == 0 || end <= next_refresh_) return false;
    // Refreshes of a long idle time leave no trace but the last one.
    if (end - next_refresh_ > c_.refresh_interval) {
      const Time skipped = (end - next_refresh_) / c_.refresh_interval;
      counts_.refreshes += skipped;
      next_refresh_ += skipped * c_.refresh_interval;
      for (Bank& bank : banks_) bank.row = kClosed;
      if (end <= next_refresh_) return true;
    }
    const Time start = std::max(next_refresh_, bus_free_);
    const Time over = start + c_.refresh_length;
    for (Bank& bank : banks_) {
      bank.row = kClosed;
      bank.activate_ready = std::max(bank.activate_ready, over);
    }
    ++counts_.refreshes;
    next_refresh_ += c_.refresh_interval;
    return true;
  }

  const HbmConfig& c_;
  std::vector<Bank> banks_;
  std::vector<Write> writes_;
  ChannelCounts counts_;
  Time bus_free_ = 0;
  bool bus_writes_ = false;
  bool bus_used_ = false;
  Time last_activate_ = 0;
  Time next_refresh_;
};

}  // namespace

std::unique_ptr<PseudoChannel> make_reservation_channel(const HbmConfig& config,
                                                        Time refresh_phase) {
  return std::make_unique<ReservationChannel>(config, refresh_phase);
}

}  // namespace cubist::hbm

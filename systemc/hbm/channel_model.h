// SPDX-License-Identifier: Apache-2.0
// One HBM channel, command by command: two pseudo-channels with queues, banks and data buses of
// their own, and one row bus and one column bus for both.
//
// It knows no SystemC and no clock: its owner hands in requests, asks when something can happen
// next, and lets it run up to a time. Each step finds the command that may begin first, by the
// policies, and gives it; a run of column commands to one row set is one step.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "systemc/hbm/policies.h"
#include "systemc/hbm/request_queue.h"
#include "systemc/hbm/row_sets.h"
#include "systemc/hbm/timing_rules.h"

namespace cubist::hbm {

/// How a request ended.
struct ChannelCompletion {
  uint64_t id = 0;
  Tick made = 0;     ///< ChannelRequest::made.
  Tick arrival = 0;  ///< When it was taken.
  Tick command = 0;  ///< Begin of its first column command.
  Tick done = 0;     ///< End of its last data on the bus.
  RowState found = RowState::hit;
  uint8_t pseudo_channel = 0;
  uint8_t atoms = 0;
  bool write = false;
};

/// Counts of one pseudo-channel. The ticks sum up to the time until the last data.
struct LaneCounts {
  uint64_t read_atoms = 0, write_atoms = 0;
  std::array<uint64_t, 3> found{};  ///< Requests by RowState.
  uint64_t forwarded = 0;           ///< Reads answered from the write queue.
  uint64_t activates = 0, precharges = 0, refreshes = 0, turnarounds = 0;
  uint64_t data_ticks = 0;     ///< Data on the bus.
  uint64_t idle_ticks = 0;     ///< No request was there.
  uint64_t refresh_ticks = 0;  ///< A refresh of all banks kept the bus idle.
  uint64_t turn_ticks = 0;     ///< Changes of direction.
  uint64_t row_ticks = 0;      ///< Waiting for rows: banks, activate windows, command buses.
};

class ChannelModel {
 public:
  ChannelModel(const DramTiming& timing, const ChannelOptions& options);
  ~ChannelModel();

  /// True when a request of that direction finds a place now.
  bool can_accept(unsigned pseudo_channel, bool write) const {
    return !lanes_[pseudo_channel].queue.full(write);
  }
  /// Takes a request that arrives at `arrival`. The channel must have been run up to that time
  /// (without it, so that the request may take part in what begins then).
  void push(const ChannelRequest& request, Tick arrival);

  /// Gives every command that begins at or before `until`.
  void run(Tick until);
  /// Begin of the next command for the requests in the queues; kNoTick when there are none.
  Tick next_command();
  /// No column command begins before this, unless a request arrives; kNoTick as above.
  Tick next_column_bound();
  /// The time it was last run to.
  Tick now() const { return now_; }

  /// What ended since take_completions() was last called, in the order of column commands.
  std::vector<ChannelCompletion>& completions() { return completions_; }

  const LaneCounts& counts(unsigned pseudo_channel) const { return lanes_[pseudo_channel].counts; }
  unsigned waiting(unsigned pseudo_channel, bool write) const {
    return lanes_[pseudo_channel].queue.count(write);
  }
  bool empty() const { return lanes_[0].queue.empty() && lanes_[1].queue.empty(); }
  const RowSets& sets() const { return sets_; }
  const TimingRules& rules() const { return rules_; }
  const ChannelOptions& options() const { return options_; }

  /// Who hears of every command; nullptr: nobody.
  void listen(CommandListener* listener) { listener_ = listener; }

 private:
  struct Lane {
    Lane(const ChannelOptions& options, std::unique_ptr<RefreshPolicy> policy)
        : queue(options.read_depth, options.write_depth),
          refresh(std::move(policy)),
          due(refresh->due()) {}
    RequestQueue queue;
    std::unique_ptr<RefreshPolicy> refresh;
    Tick due;                                    // Copy of refresh->due().
    std::array<uint8_t, kMaxBanks> overtaken{};  // See LaneView.
    uint64_t unused = 0;                         // Row sets opened and not used since.
    bool write_mode = false;
    bool must_drain = false;  // A read waits for a part of what a queued write holds.
    bool column_stale = true, row_stale = true;
    Pick column, row;
    LaneCounts counts;
    Tick data_end = 0;                // Of the last data on the bus.
    Tick idle_since = 0;              // End of data when the queue was last found empty.
    Tick idle = 0, refresh_time = 0;  // Since the last column command.
    bool last_write = false, used = false;
  };
  enum class Step : uint8_t { none, due, column, row };
  struct Next {
    Tick tick = kNoTick;
    Step step = Step::none;
    unsigned lane = 0;
  };

  const Next& next();
  Next find_next();
  void stale(Lane& lane) { lane.column_stale = lane.row_stale = true; }
  void set_changed(unsigned index, unsigned set);
  LaneView view(unsigned index) const;
  LaneView plain_view(unsigned index) const;
  void find_column(unsigned index);
  void find_row(unsigned index);
  Pick refresh_pick(unsigned index, Tick from) const;
  void refresh_due(unsigned index, Tick until);
  void give_column(unsigned index);
  void give_row(unsigned index);
  void close(unsigned index, unsigned bank);
  void update_direction(Lane& lane);
  void count_column(Lane& lane, const QueueEntry& entry, Tick data_start, Tick data_end);
  void tell(Tick tick, Command command, unsigned lane, unsigned bank, uint32_t row,
            unsigned column);

  TimingRules rules_;
  ChannelOptions options_;
  RowSets sets_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<DrainPolicy> drain_;
  std::unique_ptr<PagePolicy> page_;
  std::array<Lane, TimingRules::kLanes> lanes_;
  std::vector<ChannelCompletion> completions_;
  CommandListener* listener_ = nullptr;
  Tick now_ = 0;
  uint64_t order_ = 1;
  Tick run_spacing_;
  Next next_;  // What next() found, while nothing changed.
  bool next_known_ = false;
};

}  // namespace cubist::hbm

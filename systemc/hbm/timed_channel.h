// SPDX-License-Identifier: Apache-2.0
// The full channel model in the chip's time: requests that arrive ahead of it, completions as
// times, and when to look again.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "systemc/base/time.h"
#include "systemc/hbm/channel_model.h"
#include "systemc/hbm/hbm_config.h"
#include "systemc/hbm/pseudo_channel.h"

namespace cubist::hbm {

class TimedChannel {
 public:
  /// `phase`: when the first refresh is due, as a share of the interval.
  TimedChannel(const HbmConfig& config, double phase);

  static constexpr uint64_t kNobody = ~uint64_t{0};

  bool can_accept(unsigned pseudo_channel, bool write) const {
    return held_[pseudo_channel][write] < depth_;
  }
  /// Takes a request that reaches the controller at `arrival`, which may lie ahead. `id` comes back
  /// with its completion, unless it is kNobody.
  void submit(const Coordinates& where, bool write, unsigned first_byte, unsigned bytes,
              base::Time arrival, uint64_t id);

  struct Completion {
    uint64_t id;
    base::Time done;  ///< Last data at the controller's port.
  };
  /// Gives all commands up to `now`; appends what is decided.
  void advance(base::Time now, std::vector<Completion>& done);

  /// Nothing that a reader waits for is done before this, nor, if `exactly`, is a place in a queue
  /// free before; kNever: nobody waits.
  base::Time next_look(bool exactly);
  /// How long a read that cannot wait would take: its row as it is, and the reads before it.
  base::Time estimate(const Coordinates& where, unsigned bytes) const;

  const ChannelCounts& counts(unsigned pseudo_channel) const { return counts_[pseudo_channel]; }
  ChannelModel& model() { return model_; }

 private:
  Tick tick_from(base::Time time) const { return (time + tick_ - 1) / tick_; }
  base::Time time_of(Tick tick) const { return tick * tick_; }

  base::Time tick_;
  base::Time front_, back_;  // Controller and PHY on the way in and out.
  unsigned depth_;
  ChannelModel model_;
  std::deque<ChannelRequest> coming_;  // Not yet at the queues, by time.
  unsigned held_[2][2] = {};           // Coming and queued, by pseudo-channel and direction.
  unsigned awaited_ = 0;               // Of those, whose completion somebody waits for.
  ChannelCounts counts_[2];
};

}  // namespace cubist::hbm

// SPDX-License-Identifier: Apache-2.0
// Streams of one-atom requests for a channel by itself, and the player that feeds them: what the
// driver, the bench and the tests have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "systemc/hbm/channel_model.h"

namespace cubist::hbm {

enum class Pattern : uint8_t { seq, rand32, rand64, rand256, same_bank, same_group };

/// "seq", "rand32", "rand64", "rand256", "same-bank", "same-group"; throws base::UserError.
Pattern pattern_of(const std::string& word);
const std::vector<std::string>& pattern_words();

/// An endless stream of requests, the same for the same seed.
///   seq         atom after atom: pseudo-channels alternate, then bank groups, columns, banks,
///               stack ids, rows; so rows open in all bank groups
///   rand32      one atom of a random row of a random bank
///   rand64/256  2 or 8 atoms that follow each other in a random row of a random bank
///   same-bank   always another row of one bank of pseudo-channel 0
///   same-group  as seq, in bank group 0 only
class TrafficStream {
 public:
  /// `read_share`: reads among all, 0 to 1. Atoms of one piece of rand64 and rand256 are alike.
  TrafficStream(const DramTiming& timing, Pattern pattern, double read_share, uint64_t seed);
  /// The next request; ids count from 0.
  ChannelRequest next();

 private:
  ChannelRequest sequential();
  ChannelRequest random(unsigned piece);

  DramTiming t_;
  Pattern pattern_;
  uint64_t write_below_;  // A random number below this makes a write.
  std::mt19937_64 random_;
  uint64_t index_ = 0;
  ChannelRequest last_;  // Of a piece: the last atom; of a sequence: the next.
  unsigned group_ = 0, bank_ = 0, stack_id_ = 0;
  bool piece_writes_ = false;
  unsigned left_ = 0;  // Atoms of the current piece still to come.
};

/// Rows per bank that the random patterns use.
inline constexpr uint32_t kTrafficRows = 1u << 14;

/// Where requests come from: returns false at the end. Each reaches the channel at its `made`,
/// which does not decrease.
using RequestSource = std::function<bool(ChannelRequest&)>;
/// What comes back.
using CompletionSink = std::function<void(const ChannelCompletion&)>;

/// Feeds a channel through one port: a request that finds its queue full waits, and all behind it.
/// Requests are visible to the channel from the first whole clock at or after their arrival.
class TrafficPlayer {
 public:
  explicit TrafficPlayer(ChannelModel& channel) : channel_(channel) {}
  /// Runs until the source is empty and all requests are done, or `stop` says so. Returns the end
  /// of the last data.
  Tick play(const RequestSource& source, const CompletionSink& sink,
            const std::function<bool()>& stop = {});

 private:
  ChannelModel& channel_;
};

}  // namespace cubist::hbm

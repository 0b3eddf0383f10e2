// SPDX-License-Identifier: Apache-2.0
// What a run of one channel comes to: bandwidth, latencies, row hits, where the time went.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "systemc/hbm/channel_model.h"

namespace cubist::tool {

/// Latencies in ticks, counted exactly.
class LatencyCounts {
 public:
  void add(hbm::Tick latency);
  uint64_t count() const { return count_; }
  double mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }
  /// The smallest latency that at least this share (0 to 1) does not exceed.
  hbm::Tick quantile(double share) const;

 private:
  std::vector<uint64_t> counts_;  // By latency.
  uint64_t count_ = 0;
  double sum_ = 0;
};

struct ChannelReport {
  hbm::Tick end = 0;  ///< Of the last data.
  LatencyCounts reads, writes;
  uint64_t violations = 0;
};

/// Prints the report to stdout.
void print_report(const ChannelReport& report, const hbm::ChannelModel& channel,
                  const std::string& title);

}  // namespace cubist::tool

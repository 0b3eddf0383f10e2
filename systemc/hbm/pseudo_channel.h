// SPDX-License-Identifier: Apache-2.0
// The timing of one pseudo-channel: what a controller asks when a request reaches its DRAM.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "systemc/base/time.h"
#include "systemc/hbm/hbm_config.h"

namespace cubist::hbm {

/// Where in a channel a line lies: all its atoms are in one row set of one pseudo-channel.
struct Coordinates {
  unsigned pseudo_channel = 0;
  unsigned bank = 0;  ///< Number of the row set.
  uint32_t row = 0;
  unsigned column = 0;  ///< Its first atom within the row set.
};

/// Decodes a channel's own line number (Interleave::Place::index). Lines alternate between the
/// pseudo-channels; see LineOrder for what follows. A bijection.
class AddressMap {
 public:
  explicit AddressMap(const HbmConfig& config);
  Coordinates decode(uint64_t index) const;

 private:
  unsigned lines_per_row_, sets_;
  LineOrder order_;
  bool hash_;
  unsigned bits_;  // Of the number of a row set.
};

/// How a request was served.
struct Service {
  base::Time done = 0;       ///< Read: last data at the controller's port; write: taken.
  base::Time slot_free = 0;  ///< When its place in the queue is free again.
};

/// Counts of one pseudo-channel.
struct ChannelCounts {
  uint64_t read_bytes = 0, write_bytes = 0;
  uint64_t row_hits = 0, row_misses = 0;
  uint64_t turnarounds = 0, refreshes = 0;
};

/// Scheduler, command rules and data bus of one pseudo-channel behind one call. An implementation
/// that keeps every JEDEC rule takes the place of the one below without the controller noticing.
class PseudoChannel {
 public:
  virtual ~PseudoChannel() = default;
  /// Serves a request that reaches the controller at `arrival`; calls come in the order in which
  /// the controller takes requests.
  virtual Service serve(const Coordinates& where, bool write, unsigned bytes,
                        base::Time arrival) = 0;
  virtual const ChannelCounts& counts() const = 0;
};

/// Reservation arithmetic: banks with open rows, one data bus, writes in batches, all-bank refresh.
/// Requests are served in order; row commands of later ones overlap the data of earlier ones.
std::unique_ptr<PseudoChannel> make_reservation_channel(const HbmConfig& config,
                                                        base::Time refresh_phase);

}  // namespace cubist::hbm

// SPDX-License-Identifier: Apache-2.0
// The requests that wait in one pseudo-channel, sorted by bank and direction.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "systemc/hbm/command.h"
#include "systemc/hbm/timing_table.h"

namespace cubist::hbm {

/// One request to a channel: `atoms` atoms of one row. With a stripe of n, atom i of a row set (the
/// same row of n banks in n bank groups) lies in bank i mod n of the set, so that a run of atoms
/// needs no tCCD_L.
struct ChannelRequest {
  uint64_t id = 0;
  Tick made = 0;  ///< For the owner: when the request was made; the channel hands it back.
  uint32_t row = 0;
  uint16_t column = 0;  ///< First atom of the row set.
  uint8_t pseudo_channel = 0;
  uint8_t set = 0;  ///< Row set: (stack id x bank groups / stripe + group / stripe) x banks + bank.
  uint8_t atoms = 1;  ///< Atoms that follow each other.
  bool write = false;
};

/// What a request found in its bank.
enum class RowState : uint8_t { hit, closed, conflict };

inline constexpr uint16_t kNoEntry = 0xffff;

/// A request that waits.
struct QueueEntry {
  ChannelRequest request;
  Tick arrival = 0;
  uint64_t order = 0;  ///< Of acceptance, over both pseudo-channels.
  uint16_t previous = kNoEntry, next = kNoEntry;
  RowState found = RowState::hit;
};

/// Reads and writes apart, each in order of acceptance per row set.
class RequestQueue {
 public:
  /// At most `reads` and `writes` entries.
  RequestQueue(unsigned reads, unsigned writes);

  /// Of one row set in one direction.
  struct List {
    uint16_t head = kNoEntry, tail = kNoEntry;
    uint16_t hit = kNoEntry;  ///< The oldest entry for the open row.
  };

  bool full(bool write) const { return count_[write] >= capacity_[write]; }
  bool empty() const { return count_[0] + count_[1] == 0; }
  unsigned count(bool write) const { return count_[write]; }
  unsigned capacity(bool write) const { return capacity_[write]; }

  uint16_t add(const ChannelRequest& request, Tick arrival, uint64_t order);
  void remove(uint16_t index);
  const QueueEntry& entry(uint16_t index) const { return pool_[index]; }
  QueueEntry& entry(uint16_t index) { return pool_[index]; }
  const List& list(bool write, unsigned set) const { return lists_[write][set]; }

  /// Of the list's oldest entry.
  uint64_t head_order(bool write, unsigned set) const { return head_order_[write][set]; }
  uint32_t head_row(bool write, unsigned set) const { return head_row_[write][set]; }

  /// A bit for each row set with entries, and with entries for its open row.
  uint64_t pending(bool write) const { return pending_[write]; }
  uint64_t hits(bool write) const { return hits_[write]; }

  /// The set's row is open now in all its banks: finds its hits.
  void opened(unsigned set, uint32_t row);
  /// It no longer is.
  void closed(unsigned set);
  uint32_t open_row(unsigned set) const { return open_row_[set]; }

  /// The newest queued write that shares atoms with the request, or kNoEntry; `covers` tells
  /// whether it has all of them.
  uint16_t find_write(const ChannelRequest& request, bool& covers) const;

 private:
  void head_changed(bool write, unsigned set);
  void set_hit(bool write, unsigned set, uint16_t index);

  std::vector<QueueEntry> pool_;
  std::vector<uint16_t> free_;
  std::array<std::array<List, kMaxBanks>, 2> lists_;
  std::array<std::array<uint64_t, kMaxBanks>, 2> head_order_{};
  std::array<std::array<uint32_t, kMaxBanks>, 2> head_row_{};
  std::array<uint32_t, kMaxBanks> open_row_;
  std::array<uint64_t, 2> pending_{}, hits_{};
  std::array<unsigned, 2> count_{}, capacity_;
};

}  // namespace cubist::hbm

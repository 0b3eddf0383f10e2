// SPDX-License-Identifier: Apache-2.0
// The pipes that move data: MTE1, MTE2, MTE3 and FIXPIPE.
//
// Transfers from and to GM overlap: the next instruction starts when all requests of the one before
// have left. Their results are published in order, each when its last byte has arrived. set_flag
// takes effect with the transfers before it; a barrier, and an instruction that stays within the
// core, wait for them.
#pragma once

#include <array>
#include <deque>
#include <vector>

#include "systemc/core/memory_client.h"
#include "systemc/core/mover.h"
#include "systemc/core/pipe.h"
#include "systemc/core/unit_flags.h"

namespace cubist::core {

class MoverPipe : public Pipe, private MemoryClient::Owner {
 public:
  /// `pipe` is MTE1, MTE2, MTE3 or FIX.
  MoverPipe(CoreContext& context, abi::Pipe pipe);

  bool drained() const override { return Pipe::drained() && transfers_.empty(); }
  bool active() const override { return Pipe::active() || !transfers_.empty(); }
  void clear() override;

 protected:
  bool may_start(const QueueEntry& entry) const override;
  std::string describe_held() const override;
  CoreError start(const QueueEntry& entry) override;
  void complete() override;
  void start_set_flag(const Flag& flag, const QueueEntry& entry) override;
  void extra_wake() override;
  std::string describe_running() const override;

 private:
  struct FlagToSet {
    Flag flag;
    uint64_t pc;
    uint8_t op;
  };
  /// A transfer from or to GM that is under way.
  struct GmTransfer {
    QueueEntry entry;
    MoverJob job;
    uint64_t done = kUnknown;      ///< Cycle at which it ends, once known.
    std::vector<FlagToSet> flags;  ///< Take effect with its end.
  };
  static constexpr uint64_t kUnknown = ~uint64_t{0};

  CoreError prepare(const QueueEntry& entry, MoverJob& job);
  void sample(const QueueEntry& entry, MoverJob& job);
  /// Reports bytes that a data cache has not written back yet.
  void check_stale(const QueueEntry& entry, const MoverJob& job);
  void publish(const QueueEntry& entry, MoverJob& job);
  /// The fractals of L0C that a fixpipe with unit_flag reads, in order; empty without unit_flag.
  std::vector<UnitFlags::Piece> pieces_of(const QueueEntry& entry, uint64_t bytes) const;
  /// When data begin to move, `setup` cycles from now at the earliest.
  uint64_t first_cycle(const QueueEntry& entry, const MoverJob& job, unsigned setup);
  double port_width(const MoverJob& job) const;
  void start_transfer(const QueueEntry& entry);
  void open_span(const QueueEntry& entry, const MoverJob& job);
  unsigned channel() const;
  void transfer_issued() override;
  void transfer_done(uint64_t cycle) override;
  void transfer_failed(uint64_t transfer, uint64_t address, bool uncorrectable) override;

  MoverJob job_;                      ///< Of an instruction that stays within the core.
  std::deque<GmTransfer> transfers_;  ///< Oldest first.
  std::vector<MoverJob> spare_;       ///< Keeps the memory of ended jobs for the next ones.
  uint64_t first_number_ = 0;         ///< The memory client's number of transfers_.front().
  size_t ended_ = 0;                  ///< How many of transfers_ have a known end.
  uint64_t busy_since_ = 0;
  uint64_t stale_reads_ = 0;
  std::array<uint64_t, kMoverPaths> bytes_{};
};

}  // namespace cubist::core

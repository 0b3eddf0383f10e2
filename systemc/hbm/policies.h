// SPDX-License-Identifier: Apache-2.0
// The choices of an HBM channel, each behind a small interface: which command next, when to turn
// to writes, when to close a row, when to refresh.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "systemc/hbm/command.h"

namespace cubist::hbm {

class RequestQueue;
class RowSets;
class TimingRules;

enum class PageMode : uint8_t { open, closed, adaptive };
enum class RefreshMode : uint8_t { none, all_bank, per_bank };

/// What a channel's policies are built from.
struct ChannelOptions {
  unsigned read_depth = 64;   ///< Reads a pseudo-channel holds.
  unsigned write_depth = 64;  ///< Writes it holds.
  double write_high = 0.8;    ///< It turns to writes at this share of write_depth ...
  double write_low = 0.2;     ///< ... and back to reads at this one.
  unsigned hit_limit = 16;    ///< Row hits that may overtake an older request of their bank.
  unsigned stripe = 1;        ///< Bank groups over which the atoms of a request rotate.
  PageMode page = PageMode::open;
  RefreshMode refresh = RefreshMode::all_bank;
  unsigned postpone = 0;         ///< Refreshes (all-bank intervals) that may be owed.
  Tick refresh_phase = kNoTick;  ///< First refresh is due; kNoTick: after one interval.
};

/// A command that may be given, and from when on.
struct Pick {
  Tick tick = kNoTick;
  uint64_t order = ~uint64_t{0};  ///< Of the request that wants it: the smaller wins a tie.
  Tick challenge = kNoTick;       ///< Before this, no older request could have gone instead.
  uint16_t entry = 0xffff;
  Command command = Command::read;
  uint8_t bank = 0;

  bool before(const Pick& other) const {
    return tick != other.tick ? tick < other.tick : order < other.order;
  }
  /// Keeps the better of this and `other`, and what may still overtake it.
  void consider(const Pick& other) {
    if (other.before(*this)) {
      const Tick seen = tick < challenge ? tick : challenge;
      *this = other;
      challenge = seen;
    } else if (other.order < order && other.tick < challenge) {
      challenge = other.tick;
    }
  }
};

/// What a scheduler may look at in one pseudo-channel.
struct LaneView {
  unsigned lane;
  const RequestQueue& queue;
  const TimingRules& rules;
  const uint8_t* overtaken;  ///< Per row set: row hits that overtook its oldest request.
  Tick run_spacing;          ///< Ticks from one column command of a request to its next.
  uint64_t columns_barred;   ///< Row sets that get no column command (refresh).
  uint64_t rows_barred;      ///< Row sets that get no row command (refresh).
};

/// Chooses among the requests of the pseudo-channels. It may remember what it found out about a row
/// set until it is told that the set changed.
class Scheduler {
 public:
  virtual ~Scheduler() = default;
  /// Requests, open rows or bank timing of that set changed.
  virtual void set_changed(const LaneView& lane, unsigned set) = 0;
  /// Activates of `count` banks from `first_bank` on may begin later than they might before.
  virtual void activates_later(const LaneView& lane, unsigned first_bank, unsigned count) = 0;
  /// The column command to give next, not before `from`, to requests of one direction; in all row
  /// sets, or in one.
  virtual Pick column(const LaneView& lane, bool write, Tick from) const = 0;
  virtual Pick column_of_set(const LaneView& lane, bool write, unsigned set, Tick from) const = 0;
  /// The row command to give next for requests of one direction, in the row sets of `sets`.
  virtual Pick row(const LaneView& lane, bool write, uint64_t sets, Tick from) const = 0;
};

/// First ready, first come, first served: what can begin first goes first, the older of two; open
/// rows are used before they are closed, but at most `hit_limit` times past an older request.
std::unique_ptr<Scheduler> make_fr_fcfs(unsigned hit_limit, const RowSets& sets);

/// Says in which direction a pseudo-channel works.
class DrainPolicy {
 public:
  virtual ~DrainPolicy() = default;
  virtual bool write_mode(bool now, const RequestQueue& queue, bool must_drain) const = 0;
};

/// Reads first; writes from a high watermark down to a low one, or while nobody reads.
std::unique_ptr<DrainPolicy> make_watermarks(const ChannelOptions& options);

/// Says whether a column command closes its row (auto-precharge).
class PagePolicy {
 public:
  virtual ~PagePolicy() = default;
  /// A row set's row is opened; `conflict`: another row had to be closed for it.
  virtual void opened(unsigned lane, unsigned set, uint32_t row, bool conflict) = 0;
  /// A column command goes to the open row; `more`: others for it wait. True: close it.
  virtual bool closes(unsigned lane, unsigned set, bool more) = 0;
};

std::unique_ptr<PagePolicy> make_page_policy(PageMode mode);

/// When one pseudo-channel owes a refresh. All banks at once, or one bank after the other.
class RefreshPolicy {
 public:
  virtual ~RefreshPolicy() = default;
  /// When the next refresh becomes due; kNoTick: never.
  virtual Tick due() const = 0;
  /// That time has come: one more is owed.
  virtual void pass_due() = 0;
  virtual unsigned owed() const = 0;
  /// Owed and not to be postponed any further.
  virtual bool urgent() const = 0;
  /// The bank to be refreshed next, or -1 for all.
  virtual int bank() const = 0;
  /// A refresh was given.
  virtual void done() = 0;
  /// Counts `intervals` whole rounds as done, in a time that nobody saw.
  virtual void skip(uint64_t intervals) = 0;
  /// Length of one round (all banks refreshed once) in ticks.
  virtual Tick round() const = 0;
};

std::unique_ptr<RefreshPolicy> make_refresh_policy(const ChannelOptions& options,
                                                   const TimingRules& rules, unsigned lane);

/// "open", ...: throws base::UserError with the choices for another word.
PageMode page_mode(const std::string& word);
RefreshMode refresh_mode(const std::string& word);

}  // namespace cubist::hbm

// SPDX-License-Identifier: Apache-2.0
#include "systemc/hbm/channel_model.h"

#include <bit>

namespace cubist::hbm {
namespace {

// An urgent refresh goes before another bank's row command that could begin this much earlier:
// activates that follow each other closely would put it off for ever.
constexpr Tick kRefreshPatience = 8;

// A postponed refresh of all banks is given when no request came for this part of its length.
constexpr Tick kPauseShare = 4;

}  // namespace

ChannelModel::ChannelModel(const DramTiming& timing, const ChannelOptions& options)
    : rules_(timing),
      options_(options),
      sets_(timing, options.stripe),
      scheduler_(make_fr_fcfs(options.hit_limit, sets_)),
      drain_(make_watermarks(options)),
      page_(make_page_policy(options.page)),
      lanes_{Lane(options, make_refresh_policy(options, rules_, 0)),
             Lane(options, make_refresh_policy(options, rules_, 1))},
      run_spacing_(rules_.spacing(options.stripe)) {}

ChannelModel::~ChannelModel() = default;

void ChannelModel::push(const ChannelRequest& request, Tick arrival) {
  Lane& lane = lanes_[request.pseudo_channel];
  now_ = std::max(now_, arrival);
  if (!request.write && lane.queue.count(true) != 0) {
    bool covers = false;
    if (lane.queue.find_write(request, covers) != kNoEntry) {
      if (covers) {
        ++lane.counts.forwarded;
        completions_.push_back({request.id, request.made, arrival, arrival, arrival + 2,
                                RowState::hit, request.pseudo_channel, request.atoms, false});
        return;
      }
      lane.must_drain = true;
    }
  }
  if (lane.queue.empty() && arrival > lane.idle_since) lane.idle += arrival - lane.idle_since;
  const uint16_t index = lane.queue.add(request, arrival, order_++);
  next_known_ = false;
  update_direction(lane);
  // Behind others for its bank it changes nothing yet.
  const RequestQueue::List& list = lane.queue.list(request.write, request.set);
  if (list.head == index || list.hit == index || lane.refresh->owed() != 0) {
    set_changed(request.pseudo_channel, request.set);
  }
}

/// A set's requests or open row changed, and nothing else: looks at that set only.
void ChannelModel::set_changed(unsigned index, unsigned set) {
  Lane& lane = lanes_[index];
  scheduler_->set_changed(plain_view(index), set);
  if (lane.refresh->owed() != 0) {
    stale(lane);
    return;
  }
  // Rows are opened ahead for reads.
  if (lane.write_mode && lane.queue.count(false) != 0) lane.row_stale = true;
  const LaneView v = plain_view(index);
  if (!lane.row_stale) {
    // A pick for this very set may be for what no longer is so.
    if (lane.row.tick != kNoTick && sets_.set_of(lane.row.bank) == set) {
      lane.row_stale = true;
    } else {
      lane.row.consider(scheduler_->row(v, lane.write_mode, uint64_t{1} << set,
                                        std::max(now_, rules_.row_bus_free())));
    }
  }
  if (!lane.column_stale) {
    const Pick pick = scheduler_->column_of_set(v, lane.write_mode, set, now_);
    if (pick.before(lane.column)) lane.column = pick;
  }
}

void ChannelModel::update_direction(Lane& lane) {
  const bool write = drain_->write_mode(lane.write_mode, lane.queue, lane.must_drain);
  if (write == lane.write_mode) return;
  lane.write_mode = write;
  if (!write) lane.must_drain = false;
  stale(lane);
}

LaneView ChannelModel::plain_view(unsigned index) const {
  return {index, lanes_[index].queue, rules_, lanes_[index].overtaken.data(), run_spacing_, 0, 0};
}

LaneView ChannelModel::view(unsigned index) const {
  const Lane& lane = lanes_[index];
  LaneView v = plain_view(index);
  if (lane.refresh->urgent()) {
    // Rows that were opened for somebody are used once; then the banks must close.
    const int bank = lane.refresh->bank();
    const uint64_t sets =
        bank < 0 ? ~uint64_t{0} : uint64_t{1} << sets_.set_of(static_cast<unsigned>(bank));
    v.rows_barred = sets;
    v.columns_barred = sets & ~lane.unused;
  }
  return v;
}

void ChannelModel::find_column(unsigned index) {
  Lane& lane = lanes_[index];
  lane.column_stale = false;
  lane.column = Pick{};
  if (lane.queue.hits(lane.write_mode) == 0) return;
  lane.column = scheduler_->column(view(index), lane.write_mode, now_);
}

Pick ChannelModel::refresh_pick(unsigned index, Tick from) const {
  const Lane& lane = lanes_[index];
  Pick pick;
  if (lane.refresh->owed() == 0) return pick;
  const bool urgent = lane.refresh->urgent();
  const int bank = lane.refresh->bank();
  uint64_t sets = ~uint64_t{0};
  if (bank >= 0) {
    sets = uint64_t{1} << sets_.set_of(static_cast<unsigned>(bank));
  }
  if (!urgent && ((lane.queue.pending(false) | lane.queue.pending(true)) & sets) != 0) return pick;
  // A row that was opened is used first.
  if ((lane.unused & lane.queue.hits(lane.write_mode) & sets) != 0) return pick;
  const auto at = [&](Tick tick, Command command) {
    pick.tick = std::max(
        tick, command >= Command::refresh_all ? TimingRules::even(from) : rules_.row_edge(from));
    pick.command = command;
  };
  if (urgent) {
    pick.order = 0;
  } else if (bank < 0) {
    // A short gap between requests is no pause.
    from = std::max(from, lane.idle_since + rules_.refresh_all_span() / kPauseShare);
  }
  if (bank < 0) {
    if (rules_.all_closed(index)) {
      at(rules_.refresh_all(index), Command::refresh_all);
    } else {
      at(rules_.precharge_all(index), Command::precharge_all);
    }
  } else {
    pick.bank = static_cast<uint8_t>(bank);
    if (rules_.row(index, pick.bank) == kClosed) {
      at(rules_.refresh_bank(index, pick.bank), Command::refresh_bank);
    } else {
      at(rules_.precharge(index, pick.bank), Command::precharge);
    }
  }
  return pick;
}

void ChannelModel::find_row(unsigned index) {
  Lane& lane = lanes_[index];
  lane.row_stale = false;
  const Tick from = std::max(now_, rules_.row_bus_free());
  const Pick refresh = refresh_pick(index, from);
  const LaneView v = view(index);
  lane.row = scheduler_->row(v, lane.write_mode, ~uint64_t{0}, from);
  if (lane.write_mode && lane.queue.count(false) != 0) {
    // While writes drain, rows open already for the reads that come next.
    const Pick ahead = scheduler_->row(v, false, ~lane.queue.pending(true), from);
    const Tick other = std::max(ahead.tick, lane.row.tick);
    if (ahead.tick < lane.row.tick) lane.row = ahead;
    lane.row.challenge = std::min(lane.row.challenge, other);
  }
  if (refresh.tick == kNoTick) return;
  lane.row.challenge = 0;  // Looked at afresh each time.
  if (refresh.before(lane.row) ||
      (refresh.order == 0 && refresh.tick <= lane.row.tick + kRefreshPatience)) {
    lane.row = refresh;
    lane.row.challenge = 0;
  }
}

const ChannelModel::Next& ChannelModel::next() {
  if (!next_known_) {
    next_ = find_next();
    next_known_ = true;
  }
  return next_;
}

ChannelModel::Next ChannelModel::find_next() {
  Next best;
  uint64_t best_order = 0;
  for (unsigned i = 0; i < TimingRules::kLanes; ++i) {
    Lane& lane = lanes_[i];
    if (lane.column_stale) find_column(i);
    if (!lane.row_stale && lane.row.tick < rules_.row_bus_free()) {
      // The other pseudo-channel took the row bus: the pick moves on, unless an older request is
      // ready by then.
      const Tick edge = rules_.row_bus_free();
      lane.row.tick =
          lane.row.command == Command::precharge ? rules_.row_edge(edge) : TimingRules::even(edge);
      lane.row_stale = lane.row.tick >= lane.row.challenge;
    }
    if (lane.row_stale) find_row(i);
    if (lane.due <= std::min({lane.column.tick, lane.row.tick, best.tick}) && lane.due != kNoTick &&
        (best.step != Step::due || lane.due < best.tick)) {
      best = {lane.due, Step::due, i};
      best_order = 0;
      continue;
    }
    const auto consider = [&](const Pick& pick, Step step) {
      if (pick.tick < best.tick ||
          (pick.tick == best.tick && pick.tick != kNoTick && pick.order < best_order)) {
        best = {pick.tick, step, i};
        best_order = pick.order;
      }
    };
    consider(lane.column, Step::column);
    consider(lane.row, Step::row);
  }
  return best;
}

void ChannelModel::run(Tick until) {
  for (;;) {
    const Next n = next();
    if (n.tick > until || n.step == Step::none) break;
    now_ = std::max(now_, n.tick);
    next_known_ = false;
    if (n.step == Step::column) {
      give_column(n.lane);
    } else if (n.step == Step::row) {
      give_row(n.lane);
    } else {
      refresh_due(n.lane, until);
    }
  }
  now_ = std::max(now_, until);
}

Tick ChannelModel::next_command() {
  if (empty()) return kNoTick;
  // A refresh that becomes due changes what comes next, so the answer may be that time.
  return next().tick;
}

Tick ChannelModel::next_column_bound() {
  if (empty()) return kNoTick;
  next();
  Tick bound = kNoTick;
  for (const Lane& lane : lanes_) {
    if (lane.queue.empty()) continue;
    bound = std::min(bound, lane.column.tick);
    if (lane.row.tick != kNoTick)
      bound = std::min(bound, lane.row.tick + rules_.activate_to_column());
    bound = std::min(bound, lane.due);
  }
  return std::max(bound, now_ + 1);
}

void ChannelModel::refresh_due(unsigned index, Tick until) {
  Lane& lane = lanes_[index];
  lane.refresh->pass_due();
  lane.due = lane.refresh->due();
  // Rounds of a long time without requests leave no trace but their number.
  const Tick round = lane.refresh->round();
  if (listener_ == nullptr && lane.queue.empty() && rules_.all_closed(index) && until != kNoTick &&
      until > lane.due + 4 * round) {
    const uint64_t rounds = (until - lane.due) / round - 2;
    lane.refresh->skip(rounds);
    lane.due = lane.refresh->due();
    lane.counts.refreshes += rounds * (lane.refresh->bank() < 0 ? 1 : rules_.timing().banks());
  }
  stale(lane);
}

void ChannelModel::give_column(unsigned index) {
  Lane& lane = lanes_[index];
  const Pick pick = lane.column;
  const QueueEntry entry = lane.queue.entry(pick.entry);
  const ChannelRequest& r = entry.request;
  const unsigned stripe = options_.stripe;
  const unsigned members = std::min<unsigned>(stripe, r.atoms);
  const RequestQueue::List& list = lane.queue.list(r.write, r.set);
  lane.overtaken[r.set] =
      static_cast<uint8_t>(list.hit == list.head ? 0 : std::min(255, lane.overtaken[r.set] + 1));
  lane.unused &= ~(uint64_t{1} << r.set);
  lane.queue.remove(pick.entry);
  const uint64_t bit = uint64_t{1} << r.set;
  const bool more = ((lane.queue.hits(false) | lane.queue.hits(true)) & bit) != 0;
  const bool closes = page_->closes(index, r.set, more);

  uint8_t banks[8];
  for (unsigned i = 0; i < members; ++i) {
    banks[i] = static_cast<uint8_t>(sets_.bank(r.set, r.column + i));
  }
  const Run run{pick.tick, run_spacing_, r.atoms};
  rules_.on_run(index, banks, stripe, r.write, run);
  if (listener_ != nullptr) {
    for (unsigned i = 0; i < r.atoms; ++i) {
      const bool last_of_bank = closes && i + stripe >= r.atoms;
      const Command command = r.write ? (last_of_bank ? Command::write_precharge : Command::write)
                                      : (last_of_bank ? Command::read_precharge : Command::read);
      tell(run.start + i * run.spacing, command, index, banks[i % stripe], r.row,
           (r.column + i) / stripe);
    }
  }
  if (closes) {
    for (unsigned i = 0; i < members; ++i) rules_.auto_precharge(index, banks[i]);
    lane.queue.closed(r.set);
    ++lane.counts.precharges;
  }
  const Tick last = run.start + (r.atoms - 1) * run.spacing;
  const Tick done = last + rules_.data_end(r.write);
  count_column(lane, entry, run.start + rules_.data_end(r.write) - rules_.atom(), done);
  completions_.push_back({r.id, r.made, entry.arrival, run.start, done, entry.found,
                          static_cast<uint8_t>(index), r.atoms, r.write});
  lane.column_stale = true;
  update_direction(lane);
  set_changed(index, r.set);
  // The other pseudo-channel's pick may have lost its place on the column bus.
  Lane& other = lanes_[1 - index];
  if (!other.column_stale && other.column.tick != kNoTick &&
      rules_.column_slot(1 - index, other.column.tick, run_spacing_) != other.column.tick) {
    other.column_stale = true;
  }
}

void ChannelModel::give_row(unsigned index) {
  Lane& lane = lanes_[index];
  const Pick pick = lane.row;
  const unsigned bank = pick.bank;
  const unsigned set = sets_.set_of(bank);
  switch (pick.command) {
    case Command::activate: {
      QueueEntry& entry = lane.queue.entry(pick.entry);
      const uint32_t row = entry.request.row;
      rules_.on_activate(index, bank, row, pick.tick);
      tell(pick.tick, pick.command, index, bank, row, 0);
      ++lane.counts.activates;
      const bool conflict = entry.found == RowState::conflict;
      if (entry.found == RowState::hit) entry.found = RowState::closed;
      bool whole = true;
      for (unsigned i = 0; i < options_.stripe; ++i) {
        whole &= rules_.row(index, sets_.bank(set, i)) == row;
      }
      if (whole) {
        page_->opened(index, set, row, conflict);
        lane.queue.opened(set, row);
        lane.unused |= uint64_t{1} << set;
        lane.overtaken[set] = 0;
      }
      lane.row_stale = true;
      // The bank group's other banks must wait for tRRD_L.
      const unsigned banks = rules_.timing().banks_per_group;
      scheduler_->activates_later(plain_view(index), bank / banks * banks, banks);
      set_changed(index, set);
      return;
    }
    case Command::precharge:
      rules_.on_precharge(index, bank, pick.tick);
      tell(pick.tick, pick.command, index, bank, 0, 0);
      if (pick.entry != kNoEntry) lane.queue.entry(pick.entry).found = RowState::conflict;
      close(index, bank);
      lane.row_stale = true;
      set_changed(index, set);
      return;
    case Command::precharge_all:
      for (uint64_t open = rules_.open(index); open != 0; open &= open - 1) {
        close(index, static_cast<unsigned>(std::countr_zero(open)));
      }
      rules_.on_precharge_all(index, pick.tick);
      tell(pick.tick, pick.command, index, 0, 0, 0);
      break;
    case Command::refresh_all:
      rules_.on_refresh_all(index, pick.tick);
      tell(pick.tick, pick.command, index, 0, 0, 0);
      lane.refresh->done();
      lane.refresh_time += rules_.refresh_all_span();
      ++lane.counts.refreshes;
      break;
    case Command::refresh_bank:
      rules_.on_refresh_bank(index, bank, pick.tick);
      tell(pick.tick, pick.command, index, bank, 0, 0);
      lane.refresh->done();
      ++lane.counts.refreshes;
      break;
    default:
      break;
  }
  for (unsigned s = 0; s < sets_.count(); ++s) {
    scheduler_->set_changed(plain_view(index), s);
  }
  stale(lane);
}

void ChannelModel::close(unsigned index, unsigned bank) {
  Lane& lane = lanes_[index];
  const unsigned set = sets_.set_of(bank);
  lane.queue.closed(set);
  lane.unused &= ~(uint64_t{1} << set);
  ++lane.counts.precharges;
}

void ChannelModel::count_column(Lane& lane, const QueueEntry& entry, Tick data_start,
                                Tick data_end) {
  LaneCounts& c = lane.counts;
  const ChannelRequest& r = entry.request;
  (r.write ? c.write_atoms : c.read_atoms) += r.atoms;
  ++c.found[static_cast<unsigned>(entry.found)];
  const bool turn = lane.used && lane.last_write != r.write;
  c.turnarounds += turn;
  const Tick data = r.atoms * rules_.atom();
  Tick gap = data_start > lane.data_end ? data_start - lane.data_end : 0;
  c.row_ticks += data_end - data_start - data;  // tCCD_L within a run.
  c.data_ticks += data;
  const auto take = [&gap](Tick most) {
    const Tick part = std::min(gap, most);
    gap -= part;
    return part;
  };
  c.idle_ticks += take(lane.idle);
  c.refresh_ticks += take(lane.refresh_time);
  if (turn) c.turn_ticks += take(rules_.turn(r.write));
  c.row_ticks += gap;
  lane.idle = lane.refresh_time = 0;
  lane.data_end = std::max(lane.data_end, data_end);
  lane.idle_since = lane.data_end;
  lane.last_write = r.write;
  lane.used = true;
}

void ChannelModel::tell(Tick tick, Command command, unsigned lane, unsigned bank, uint32_t row,
                        unsigned column) {
  if (listener_ == nullptr) return;
  const DramTiming& t = rules_.timing();
  const unsigned group = rules_.group_of(bank);
  listener_->issued(
      {tick, command, static_cast<uint8_t>(lane), static_cast<uint8_t>(group / t.bank_groups),
       static_cast<uint8_t>(group % t.bank_groups), static_cast<uint8_t>(bank % t.banks_per_group),
       row, static_cast<uint16_t>(column)});
}

}  // namespace cubist::hbm

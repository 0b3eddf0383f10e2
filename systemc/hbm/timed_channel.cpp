// SPDX-License-Identifier: Apache-2.0
#include "systemc/hbm/timed_channel.h"

#include <algorithm>

namespace cubist::hbm {

using base::Time;

namespace {

ChannelOptions options_of(const HbmConfig& config, double phase) {
  ChannelOptions options = config.channel;
  const double parts = options.refresh == RefreshMode::per_bank ? config.timing.banks() : 1;
  options.refresh_phase = static_cast<Tick>(2.0 * config.timing.refi / parts * phase) & ~Tick{1};
  return options;
}

}  // namespace

TimedChannel::TimedChannel(const HbmConfig& config, double phase)
    : tick_(static_cast<Time>(config.timing.clock_ns() / 2 * base::kNanosecond + 0.5)),
      front_(config.controller / 2),
      back_(config.controller - config.controller / 2),
      depth_(config.queue_depth),
      model_(config.timing, options_of(config, phase)) {}

void TimedChannel::submit(const Coordinates& where, bool write, unsigned first_byte, unsigned bytes,
                          Time arrival, uint64_t id) {
  ChannelRequest r;
  r.id = id;
  r.pseudo_channel = static_cast<uint8_t>(where.pseudo_channel);
  r.set = static_cast<uint8_t>(where.bank);
  r.row = where.row;
  const unsigned first = first_byte / HbmConfig::kAtomBytes;
  const unsigned end = (first_byte + std::max(bytes, 1u) - 1) / HbmConfig::kAtomBytes + 1;
  r.column = static_cast<uint16_t>(where.column + first);
  r.atoms = static_cast<uint8_t>(end - first);
  r.write = write;
  r.made = TimingRules::even(std::max(tick_from(arrival + front_), model_.now()));
  ChannelCounts& counts = counts_[where.pseudo_channel];
  (write ? counts.write_bytes : counts.read_bytes) += bytes;
  ++held_[where.pseudo_channel][write];
  if (id != kNobody) ++awaited_;
  auto at = coming_.end();
  while (at != coming_.begin() && std::prev(at)->made > r.made) --at;
  coming_.insert(at, r);
}

void TimedChannel::advance(Time now, std::vector<Completion>& done) {
  const Tick until = now / tick_;
  while (!coming_.empty() && coming_.front().made <= until) {
    const Tick made = coming_.front().made;
    if (made > model_.now()) model_.run(made - 1);
    model_.push(coming_.front(), made);
    coming_.pop_front();
  }
  model_.run(until);
  for (const ChannelCompletion& c : model_.completions()) {
    --held_[c.pseudo_channel][c.write];
    ChannelCounts& counts = counts_[c.pseudo_channel];
    ++(c.found == RowState::hit ? counts.row_hits : counts.row_misses);
    if (c.id == kNobody) continue;
    --awaited_;
    done.push_back({c.id, time_of(c.done) + back_});
  }
  model_.completions().clear();
  for (unsigned pc = 0; pc < 2; ++pc) {
    counts_[pc].turnarounds = model_.counts(pc).turnarounds;
    counts_[pc].refreshes = model_.counts(pc).refreshes;
  }
}

Time TimedChannel::next_look(bool exactly) {
  if (awaited_ == 0 && !exactly) return base::kNever;
  Tick bound = model_.next_column_bound();
  if (!coming_.empty()) bound = std::min(bound, std::max(coming_.front().made, model_.now() + 1));
  if (bound == kNoTick) return base::kNever;
  // Data come that long after a column command: earlier nobody needs to know of it.
  return time_of(bound + (exactly ? 0 : model_.rules().data_end(false)));
}

Time TimedChannel::estimate(const Coordinates& where, unsigned bytes) const {
  const TimingRules& rules = model_.rules();
  const DramTiming& t = rules.timing();
  const unsigned bank = model_.sets().bank(where.bank, 0);
  const uint32_t open = rules.row(where.pseudo_channel, bank);
  Tick ticks = rules.data_end(false);
  if (open != where.row) ticks += rules.activate_to_column();
  if (open != where.row && open != kClosed) ticks += 2 * Tick{t.rp};
  const unsigned atoms = (bytes + HbmConfig::kAtomBytes - 1) / HbmConfig::kAtomBytes;
  // Those before it are lines of 16 atoms.
  ticks += rules.atom() * (16 * Tick{model_.waiting(where.pseudo_channel, false)} + atoms);
  return time_of(ticks) + front_ + back_;
}

}  // namespace cubist::hbm

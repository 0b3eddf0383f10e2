// SPDX-License-Identifier: Apache-2.0
#include "systemc/hbm/traffic.h"

#include <algorithm>

#include "systemc/base/error.h"
#include "systemc/base/parameters.h"

namespace cubist::hbm {
namespace {

constexpr uint64_t kStopEvery = 1 << 16;  // Requests between two looks at `stop`.

}  // namespace

const std::vector<std::string>& pattern_words() {
  static const std::vector<std::string> words = {"seq",     "rand32",    "rand64",
                                                 "rand256", "same-bank", "same-group"};
  return words;
}

Pattern pattern_of(const std::string& word) {
  const auto& words = pattern_words();
  const auto found = std::find(words.begin(), words.end(), word);
  if (found != words.end()) return static_cast<Pattern>(found - words.begin());
  const std::string near = base::did_you_mean(word, words);
  throw base::UserError("'" + word + "' is no pattern" +
                        (near.empty() ? "" : "; did you mean '" + near + "'?") +
                        " (seq, rand32, rand64, rand256, same-bank, same-group)");
}

TrafficStream::TrafficStream(const DramTiming& timing, Pattern pattern, double read_share,
                             uint64_t seed)
    : t_(timing),
      pattern_(pattern),
      write_below_(static_cast<uint64_t>((1 - read_share) * 4294967296.0)),
      random_(seed) {}

ChannelRequest TrafficStream::sequential() {
  const bool one_group = pattern_ == Pattern::same_group;
  const ChannelRequest r = last_;
  const auto turns = [](auto& digit, unsigned radix) {
    digit =
        static_cast<std::remove_reference_t<decltype(digit)>>(digit + 1u == radix ? 0 : digit + 1);
    return digit == 0;
  };
  if (turns(last_.pseudo_channel, DramTiming::kPseudoChannels) &&
      (one_group || turns(group_, t_.bank_groups)) && turns(last_.column, t_.atoms_per_row()) &&
      turns(bank_, t_.banks_per_group) && (one_group || turns(stack_id_, t_.stack_ids))) {
    turns(last_.row, kTrafficRows);
  }
  last_.set =
      static_cast<uint8_t>((stack_id_ * t_.bank_groups + group_) * t_.banks_per_group + bank_);
  return r;
}

ChannelRequest TrafficStream::random(unsigned piece) {
  if (left_ > 0) {
    --left_;
    ++last_.column;
    return last_;
  }
  left_ = piece - 1;
  const uint64_t word = random_();
  ChannelRequest r;
  r.pseudo_channel = static_cast<uint8_t>(word & 1);
  r.set = static_cast<uint8_t>((word >> 1) % t_.banks());
  r.row = static_cast<uint32_t>((word >> 16) % kTrafficRows);
  r.column = static_cast<uint16_t>((word >> 40) % (t_.atoms_per_row() / piece) * piece);
  last_ = r;
  return r;
}

ChannelRequest TrafficStream::next() {
  const bool goes_on = left_ > 0;
  ChannelRequest r;
  switch (pattern_) {
    case Pattern::seq:
    case Pattern::same_group:
      r = sequential();
      break;
    case Pattern::rand32:
      r = random(1);
      break;
    case Pattern::rand64:
      r = random(2);
      break;
    case Pattern::rand256:
      r = random(8);
      break;
    case Pattern::same_bank:
      r.row = static_cast<uint32_t>(index_ % kTrafficRows);
      break;
  }
  r.write = goes_on ? piece_writes_ : write_below_ != 0 && (random_() & 0xffffffff) < write_below_;
  piece_writes_ = r.write;
  r.id = index_++;
  return r;
}

Tick TrafficPlayer::play(const RequestSource& source, const CompletionSink& sink,
                         const std::function<bool()>& stop) {
  ChannelRequest next;
  bool more = source(next);
  Tick end = 0;
  uint64_t looked = 0;
  const auto deliver = [&] {
    for (const ChannelCompletion& c : channel_.completions()) {
      end = std::max(end, c.done);
      if (sink) sink(c);
    }
    channel_.completions().clear();
  };
  while (more) {
    const Tick visible = TimingRules::even(std::max(next.made, channel_.now()));
    const Tick command = channel_.next_command();
    if (visible <= command) {
      if (channel_.can_accept(next.pseudo_channel, next.write)) {
        // Refreshes of a time without requests.
        if (visible > channel_.now()) channel_.run(visible - 1);
        channel_.push(next, visible);
        more = source(next);
        if (++looked % kStopEvery == 0 && stop && stop()) break;
        continue;
      }
    }
    // Either a command comes before the arrival, or the queue must move first. When it is empty
    // of commands it cannot be full.
    channel_.run(command);
    if (!channel_.completions().empty()) deliver();
  }
  for (Tick command = channel_.next_command(); command != kNoTick;
       command = channel_.next_command()) {
    channel_.run(command);
    deliver();
  }
  deliver();
  return end;
}

}  // namespace cubist::hbm

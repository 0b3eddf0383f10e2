// SPDX-License-Identifier: Apache-2.0
#include "systemc/hbm/policies.h"

#include <array>

#include "systemc/base/error.h"
#include "systemc/hbm/request_queue.h"
#include "systemc/hbm/timing_rules.h"

namespace cubist::hbm {
namespace {

class Watermarks final : public DrainPolicy {
 public:
  explicit Watermarks(const ChannelOptions& o)
      : high_(std::max(1u, static_cast<unsigned>(o.write_depth * o.write_high))),
        low_(static_cast<unsigned>(o.write_depth * o.write_low)) {}

  bool write_mode(bool now, const RequestQueue& queue, bool must_drain) const override {
    const unsigned writes = queue.count(true);
    if (writes == 0) return false;
    if (must_drain || queue.count(false) == 0) return true;
    return now ? writes > low_ : writes >= high_;
  }

 private:
  unsigned high_, low_;
};

class OpenPage final : public PagePolicy {
 public:
  void opened(unsigned, unsigned, uint32_t, bool) override {}
  bool closes(unsigned, unsigned, bool) override { return false; }
};

class ClosedPage final : public PagePolicy {
 public:
  void opened(unsigned, unsigned, uint32_t, bool) override {}
  bool closes(unsigned, unsigned, bool more) override { return !more; }
};

// One counter of two bits for each row set: how often keeping its rows open paid of late.
class AdaptivePage final : public PagePolicy {
 public:
  AdaptivePage() {
    for (auto& lane : sets_) lane.fill({});
  }
  void opened(unsigned lane, unsigned set, uint32_t row, bool conflict) override {
    Set& s = sets_[lane][set];
    if (conflict) {
      if (!s.paid && s.value > 0) --s.value;
    } else if (s.closed_early) {
      if (row == s.row) {
        if (s.value < 3) ++s.value;
      } else if (s.value > 0) {
        --s.value;
      }
    }
    s.row = row;
    s.closed_early = s.kept = s.paid = false;
  }
  bool closes(unsigned lane, unsigned set, bool more) override {
    Set& s = sets_[lane][set];
    if (s.kept && !s.paid) {  // A hit that came after the queue had none.
      s.paid = true;
      if (s.value < 3) ++s.value;
    }
    if (more) return false;
    if (s.value >= 2) {
      s.kept = true;
      return false;
    }
    s.closed_early = true;
    return true;
  }

 private:
  struct Set {
    uint32_t row = kClosed;
    uint8_t value = 2;
    bool closed_early = false;  // The last row was closed although nothing conflicted.
    bool kept = false;          // The open row has been without queued hits.
    bool paid = false;          // ... and was hit thereafter.
  };
  std::array<std::array<Set, kMaxBanks>, TimingRules::kLanes> sets_;
};

class NoRefresh final : public RefreshPolicy {
 public:
  Tick due() const override { return kNoTick; }
  void pass_due() override {}
  unsigned owed() const override { return 0; }
  bool urgent() const override { return false; }
  int bank() const override { return -1; }
  void done() override {}
  void skip(uint64_t) override {}
  Tick round() const override { return kNoTick; }
};

class Refresh final : public RefreshPolicy {
 public:
  Refresh(const ChannelOptions& o, const TimingRules& rules, unsigned lane)
      : round_(2 * Tick{rules.timing().refi}),
        banks_(o.refresh == RefreshMode::per_bank ? rules.timing().banks() : 1),
        per_bank_(o.refresh == RefreshMode::per_bank),
        postpone_(o.postpone * banks_),
        // Both pseudo-channels share the row bus: the second takes its turn half a step later.
        start_((o.refresh_phase == kNoTick ? round_ / banks_ : o.refresh_phase) +
               (per_bank_ ? lane * (round_ / banks_ / 2) : 0)) {}

  Tick due() const override { return start_ + count_ * round_ / banks_; }
  void pass_due() override {
    ++count_;
    ++owed_;
  }
  unsigned owed() const override { return owed_; }
  bool urgent() const override { return owed_ > postpone_; }
  int bank() const override { return per_bank_ ? static_cast<int>(next_bank_) : -1; }
  void done() override {
    --owed_;
    next_bank_ = (next_bank_ + 1) % banks_;
  }
  void skip(uint64_t intervals) override { count_ += intervals * banks_; }
  Tick round() const override { return round_; }

 private:
  Tick round_;
  unsigned banks_;
  bool per_bank_;
  unsigned postpone_;
  Tick start_;
  uint64_t count_ = 0;
  unsigned owed_ = 0;
  unsigned next_bank_ = 0;
};

}  // namespace

std::unique_ptr<DrainPolicy> make_watermarks(const ChannelOptions& options) {
  return std::make_unique<Watermarks>(options);
}

std::unique_ptr<PagePolicy> make_page_policy(PageMode mode) {
  if (mode == PageMode::closed) return std::make_unique<ClosedPage>();
  if (mode == PageMode::adaptive) return std::make_unique<AdaptivePage>();
  return std::make_unique<OpenPage>();
}

std::unique_ptr<RefreshPolicy> make_refresh_policy(const ChannelOptions& options,
                                                   const TimingRules& rules, unsigned lane) {
  if (options.refresh == RefreshMode::none || rules.timing().refi == 0) {
    return std::make_unique<NoRefresh>();
  }
  return std::make_unique<Refresh>(options, rules, lane);
}

PageMode page_mode(const std::string& word) {
  if (word == "open") return PageMode::open;
  if (word == "closed") return PageMode::closed;
  if (word == "adaptive") return PageMode::adaptive;
  throw base::UserError("'" + word + "' is no page policy; expected open, closed or adaptive");
}

RefreshMode refresh_mode(const std::string& word) {
  if (word == "none") return RefreshMode::none;
  if (word == "all-bank") return RefreshMode::all_bank;
  if (word == "per-bank") return RefreshMode::per_bank;
  throw base::UserError("'" + word + "' is no way to refresh; expected none, all-bank or per-bank");
}

}  // namespace cubist::hbm

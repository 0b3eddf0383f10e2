// SPDX-License-Identifier: Apache-2.0
#include "systemc/hbm/trace_checker.h"

#include <algorithm>
#include <array>
#include <map>

namespace cubist::hbm {
namespace {

bool reads(Command c) {
  return c == Command::read || c == Command::read_precharge;
}
bool writes(Command c) {
  return c == Command::write || c == Command::write_precharge;
}
bool precharges(Command c) {
  return c == Command::precharge || c == Command::precharge_all;
}
bool refreshes(Command c) {
  return c == Command::refresh_all || c == Command::refresh_bank;
}

std::string text_of(const IssuedCommand& c) {
  return std::string(name_of(c.command)) + " pc" + std::to_string(c.pseudo_channel) + " sid" +
         std::to_string(c.stack_id) + " bg" + std::to_string(c.bank_group) + " ba" +
         std::to_string(c.bank) + " row " + std::to_string(c.row) + " at " +
         std::to_string(c.tick / 2) + (c.tick % 2 != 0 ? ".5" : "") + " nCK";
}

class Checker {
 public:
  Checker(const DramTiming& timing, size_t most) : t_(timing), most_(most) {
    window_ = 2 * int64_t{std::max({t_.rfc_ab, t_.rfc_pb, t_.rc, t_.faw})} + 400;
  }

  std::vector<Violation> run(const std::vector<IssuedCommand>& trace) {
    size_t first = 0;
    for (size_t i = 0; i < trace.size() && found_.size() < most_; ++i) {
      index_ = i;
      const IssuedCommand& c = trace[i];
      while (static_cast<int64_t>(c.tick) - static_cast<int64_t>(trace[first].tick) > window_) {
        ++first;
      }
      edge(c);
      for (size_t j = first; j < i; ++j) pair(trace[j], c);
      four_activates(trace, first, i);
      state(c);
    }
    return std::move(found_);
  }

 private:
  struct Bank {
    bool open = false;
    uint32_t row = 0;
    int64_t activated = 0;        // End of the last activate.
    int64_t closed = -1'000'000;  // End of the last precharge, also of an automatic one.
  };

  unsigned halves(Command c) const {
    if (c == Command::activate) return t_.activate_halves;
    return is_column(c) ? 2 : t_.precharge_halves;
  }
  int64_t end(const IssuedCommand& c) const {
    return static_cast<int64_t>(c.tick) + halves(c.command);
  }
  unsigned group(const IssuedCommand& c) const { return c.stack_id * 64u + c.bank_group; }
  bool same_bank(const IssuedCommand& a, const IssuedCommand& b) const {
    return group(a) == group(b) && a.bank == b.bank;
  }
  void report(const char* rule, std::string text) {
    found_.push_back({index_, rule, std::string(rule) + ": " + std::move(text)});
  }

  void edge(const IssuedCommand& c) {
    if (c.tick % 2 == 0) return;
    if (precharges(c.command) && t_.precharge_halves == 1) return;
    report("clock edge", text_of(c) + " begins on a half clock");
  }

  // `clocks` must pass from the end of `a` to the end of `b`.
  void apart(const char* rule, const IssuedCommand& a, const IssuedCommand& b, unsigned clocks) {
    const int64_t gap = end(b) - end(a);
    if (gap >= 2 * int64_t{clocks}) return;
    report(rule, text_of(a) + ", then " + text_of(b) + ": " +
                     std::to_string(gap / 2.0).substr(0, 6) + " nCK, at least " +
                     std::to_string(clocks));
  }

  void pair(const IssuedCommand& a, const IssuedCommand& b) {
    if (is_column(a.command) == is_column(b.command) && b.tick < a.tick + halves(a.command)) {
      report(is_column(a.command) ? "column bus" : "row bus", text_of(a) + " and " + text_of(b));
    }
    if (a.pseudo_channel != b.pseudo_channel) return;
    const bool bank = same_bank(a, b);
    const bool same_group = group(a) == group(b);
    const Command x = a.command;
    const Command y = b.command;
    const unsigned burst = DramTiming::kBurst;
    if (x == Command::activate) {
      if (y == Command::activate) {
        apart(same_group ? "tRRD_L" : "tRRD_S", a, b, same_group ? t_.rrd_l : t_.rrd_s);
        if (bank) apart("tRC", a, b, t_.rc);
      } else if (reads(y) && bank) {
        apart("tRCDRD", a, b, t_.rcd_rd);
      } else if (writes(y) && bank) {
        apart("tRCDWR", a, b, t_.rcd_wr);
      } else if (y == Command::precharge_all || (y == Command::precharge && bank)) {
        apart("tRAS", a, b, t_.ras);
      } else if (y == Command::refresh_all || (y == Command::refresh_bank && bank)) {
        apart("tRC before refresh", a, b, t_.rc);
      } else if (y == Command::refresh_bank) {
        apart("tRRD_S before refresh", a, b, t_.rrd_s);
      }
    } else if (reads(x)) {
      if (reads(y)) {
        apart("tCCD", a, b, same_group ? t_.ccd_l : std::max(t_.ccd_s, burst));
        if (a.stack_id != b.stack_id) apart("tCCD_R", a, b, t_.ccd_r);
      } else if (writes(y)) {
        apart("tRTW", a, b, t_.rtw);
      } else if (y == Command::precharge_all || (y == Command::precharge && bank)) {
        apart("tRTP", a, b, t_.rtp);
      }
    } else if (writes(x)) {
      if (writes(y)) {
        apart("tCCD", a, b, same_group ? t_.ccd_l : std::max(t_.ccd_s, burst));
      } else if (reads(y)) {
        apart("tWTR", a, b, t_.wl + burst + (same_group ? t_.wtr_l : t_.wtr_s));
      } else if (y == Command::precharge_all || (y == Command::precharge && bank)) {
        apart("tWR", a, b, t_.wl + burst + t_.wr);
      }
    } else if (precharges(x)) {
      if (precharges(y)) apart("tPPD", a, b, t_.ppd);
    } else if (x == Command::refresh_all) {
      if (y == Command::activate || refreshes(y)) apart("tRFC_ab", a, b, t_.rfc_ab);
    } else if (x == Command::refresh_bank) {
      if (y == Command::activate || refreshes(y)) {
        if (bank || y == Command::refresh_all) {
          apart("tRFC_pb", a, b, t_.rfc_pb);
        } else {
          apart("tRREFD", a, b, t_.rrefd);
        }
      }
    }
    data_bus(a, b);
  }

  void data_bus(const IssuedCommand& a, const IssuedCommand& b) {
    if (!is_column(a.command) || !is_column(b.command)) return;
    const int64_t length = 2 * DramTiming::kBurst;
    const auto begin = [&](const IssuedCommand& c) {
      return static_cast<int64_t>(c.tick) + 2 * int64_t{reads(c.command) ? t_.rl : t_.wl};
    };
    if (begin(b) < begin(a) + length && begin(a) < begin(b) + length) {
      report("data bus", text_of(a) + " and " + text_of(b) + " overlap");
    }
  }

  void four_activates(const std::vector<IssuedCommand>& trace, size_t first, size_t i) {
    const IssuedCommand& c = trace[i];
    if (c.command != Command::activate) return;
    unsigned earlier = 0;
    for (size_t j = i; j-- > first;) {
      const IssuedCommand& a = trace[j];
      if (a.command != Command::activate || a.pseudo_channel != c.pseudo_channel) continue;
      if (++earlier == 4) {
        apart("tFAW", a, c, t_.faw);
        return;
      }
    }
  }

  Bank& bank_of(const IssuedCommand& c) {
    return banks_[std::array<uint8_t, 4>{c.pseudo_channel, c.stack_id, c.bank_group, c.bank}];
  }
  void need_precharged(const IssuedCommand& c, Bank& bank) {
    if (bank.open) report("open bank", text_of(c) + ": a row is open there");
    if (end(c) - bank.closed < 2 * int64_t{t_.rp}) {
      report("tRP", text_of(c) + " comes " + std::to_string((end(c) - bank.closed) / 2) +
                        " nCK after the precharge, at least " + std::to_string(t_.rp));
    }
  }

  void state(const IssuedCommand& c) {
    if (c.command == Command::precharge_all || c.command == Command::refresh_all) {
      for (auto& [where, bank] : banks_) {
        if (where[0] != c.pseudo_channel) continue;
        if (c.command == Command::refresh_all) {
          need_precharged(c, bank);
        } else if (bank.open) {
          bank.open = false;
          bank.closed = end(c);
        }
      }
      return;
    }
    Bank& bank = bank_of(c);
    if (c.command == Command::activate) {
      need_precharged(c, bank);
      bank.open = true;
      bank.row = c.row;
      bank.activated = end(c);
    } else if (is_column(c.command)) {
      if (!bank.open) {
        report("closed bank", text_of(c) + ": no row is open there");
      } else if (bank.row != c.row) {
        report("wrong row", text_of(c) + ": row " + std::to_string(bank.row) + " is open");
      }
      if (c.command == Command::read_precharge || c.command == Command::write_precharge) {
        const unsigned after = reads(c.command) ? t_.rtp : t_.wl + DramTiming::kBurst + t_.wr;
        bank.open = false;
        bank.closed = std::max(end(c) + 2 * int64_t{after}, bank.activated + 2 * int64_t{t_.ras});
      }
    } else if (c.command == Command::precharge) {
      if (bank.open) bank.closed = end(c);
      bank.open = false;
    } else if (c.command == Command::refresh_bank) {
      need_precharged(c, bank);
    }
  }

  const DramTiming t_;
  size_t most_;
  int64_t window_;
  size_t index_ = 0;
  std::map<std::array<uint8_t, 4>, Bank> banks_;
  std::vector<Violation> found_;
};

}  // namespace

std::vector<Violation> check_trace(const DramTiming& timing, std::vector<IssuedCommand> trace,
                                   size_t most) {
  std::stable_sort(trace.begin(), trace.end(),
                   [](const IssuedCommand& a, const IssuedCommand& b) { return a.tick < b.tick; });
  return Checker(timing, most).run(trace);
}

std::vector<Violation> check_refresh(const DramTiming& timing,
                                     const std::vector<IssuedCommand>& trace,
                                     const RefreshExpectation& expected) {
  std::vector<Violation> found;
  const unsigned parts = expected.per_bank ? timing.banks() : 1;
  std::map<std::pair<unsigned, unsigned>, std::vector<Tick>> given;
  for (unsigned pc = 0; pc < DramTiming::kPseudoChannels; ++pc) {
    for (unsigned part = 0; part < parts; ++part) given[{pc, part}];
  }
  for (const IssuedCommand& c : trace) {
    if (c.command == Command::refresh_all && !expected.per_bank) {
      given[{c.pseudo_channel, 0}].push_back(c.tick);
    } else if (c.command == Command::refresh_bank && expected.per_bank) {
      const unsigned bank =
          (c.stack_id * timing.bank_groups + c.bank_group) * timing.banks_per_group + c.bank;
      given[{c.pseudo_channel, bank}].push_back(c.tick);
    }
  }
  const Tick interval = 2 * Tick{timing.refi};
  for (auto& [where, ticks] : given) {
    // After k intervals, k refreshes less what may be owed, and one that is under way.
    for (Tick k = 1; k * interval <= expected.end; ++k) {
      const auto done = static_cast<uint64_t>(
          std::count_if(ticks.begin(), ticks.end(), [&](Tick t) { return t <= k * interval; }));
      if (done + expected.postponed + 1 >= k) continue;
      found.push_back({0, "tREFI",
                       "tREFI: pc" + std::to_string(where.first) + " bank " +
                           std::to_string(where.second) + " had " + std::to_string(done) +
                           " refreshes after " + std::to_string(k) + " intervals"});
      break;
    }
  }
  return found;
}

}  // namespace cubist::hbm

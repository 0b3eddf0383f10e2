// SPDX-License-Identifier: Apache-2.0
// What can be said of a channel with pencil and paper.
#include "systemc/base/error.h"
#include "tests/hbm/channel_bench.h"

using namespace cubist;
using test::ChannelBench;
using test::plain;
using test::timing_set;

namespace {

const std::vector<std::string> kSets = {"hbm2_1600",  "hbm2_2000",  "hbm2_2400", "hbm2_dramsys",
                                        "hbm2e_3200", "hbm2e_3600", "hbm3_6400"};

// Whole clocks that an activate delays what follows: it ends one clock (half a clock, and the next
// column command waits for the next whole one) after it begins.
constexpr double kActivateTail = 1;

}  // namespace

TEST_CASE("unloaded latencies of an open, a closed and a conflicting row are exact") {
  for (const std::string& name : kSets) {
    INFO(name);
    const hbm::DramTiming t = timing_set(name);
    ChannelBench b(t);
    b.read(0, 0, 5, 0);
    b.read(0, 0, 5, 1000, 1);
    b.read(0, 0, 6, 2000);
    b.write(1, 3, 9, 3000);
    b.play();
    const double data = hbm::DramTiming::kBurst;
    CHECK(b.latency(0) == kActivateTail + t.rcd_rd + t.rl + data);
    CHECK(b.latency(1) == t.rl + data);
    // HBM3: a precharge takes half a clock and ends before a column command of that clock would.
    const double precharge = t.precharge_halves == 1 ? std::ceil((2.0 * t.rp - 2) / 2) + 1 : t.rp;
    CHECK(b.latency(2) == precharge + t.rcd_rd + t.rl + data);
    CHECK(b.latency(3) == kActivateTail + t.rcd_wr + t.wl + data);
    CHECK(b.channel.counts(0).found[0] == 1);
    CHECK(b.channel.counts(0).found[1] == 1);
    CHECK(b.channel.counts(0).found[2] == 1);
  }
}

TEST_CASE("a stream of new rows of one bank takes tRC each") {
  for (const std::string& name : kSets) {
    INFO(name);
    const hbm::DramTiming t = timing_set(name);
    const double share = test::share_of_peak(t, plain(), hbm::Pattern::same_bank, 1, 20000);
    // Activate to precharge to activate may be longer than tRC.
    const double cycle = std::max(t.rc, t.ras + t.rp);
    CHECK(1 / share == Approx(cycle).epsilon(0.005));
  }
}

TEST_CASE("activates of one pseudo-channel are bound by the window of four, or by tRRD_S") {
  for (const char* name : {"hbm2_2000", "hbm2e_3200", "hbm2e_3600", "hbm3_6400"}) {
    INFO(name);
    const hbm::DramTiming t = timing_set(name);
    ChannelBench b(t, plain(hbm::PageMode::closed), false);
    constexpr unsigned kReads = 20000;
    for (unsigned i = 0; i < kReads; ++i) {
      // Bank groups in turn, then banks: no bank or group twice in a window.
      b.read(0, i % t.bank_groups * t.banks_per_group + i / t.bank_groups % t.banks_per_group,
             i / 16, 0);
    }
    b.play();
    const double each = std::max({t.faw / 4.0, double(t.rrd_s), t.rc / 16.0});
    CHECK(double(b.end) / 2 / kReads == Approx(each).epsilon(0.005));
  }
}

TEST_CASE("random atoms with open rows are bound by the row bus") {
  // An activate and a precharge for each atom: three clocks of the row bus, which both
  // pseudo-channels share, for an atom that takes one clock of the channel's data.
  const hbm::DramTiming t = timing_set("hbm2_2000");
  hbm::ChannelOptions options = plain();
  const double share = test::share_of_peak(t, options, hbm::Pattern::rand32, 1, 200000);
  // A few atoms find their row open by chance.
  CHECK(share == Approx(1 / 3.0).epsilon(0.005));
}

TEST_CASE("hits of one bank group follow each other at tCCD_L") {
  for (const std::string& name : kSets) {
    INFO(name);
    const hbm::DramTiming t = timing_set(name);
    ChannelBench b(t, plain(), false);
    constexpr unsigned kReads = 3200;
    for (unsigned i = 0; i < kReads; ++i) b.read(0, 0, 1, 0, i % 32);
    b.play();
    CHECK(double(b.end) / 2 == t.rl + 2 + 1 + t.rcd_rd + (kReads - 1.0) * t.ccd_l);
  }
}

TEST_CASE("at a low load, refreshes raise the mean latency by tRFC^2 / (2 tREFI)") {
  for (const char* name : {"hbm2_2000", "hbm2e_3200", "hbm3_6400"}) {
    INFO(name);
    const hbm::DramTiming t = timing_set(name);
    // Each phase of the interval once, in steps of one clock, far apart.
    double sum[2] = {0, 0};
    for (const bool refreshed : {false, true}) {
      hbm::ChannelOptions options = plain(hbm::PageMode::closed);
      if (refreshed) options.refresh = hbm::RefreshMode::all_bank;
      ChannelBench b(t, options, false);
      for (unsigned phase = 0; phase < t.refi; ++phase) {
        b.read(phase % 2, phase % 16, phase, phase * (t.refi + 1.0) + 2 * t.refi);
      }
      b.play();
      for (unsigned i = 0; i < t.refi; ++i) sum[refreshed] += b.latency(i);
    }
    const double rise = (sum[1] - sum[0]) / t.refi;
    const double rfc = t.rfc_ab;
    INFO("rise " << rise << " clocks");
    // A request finds a refresh under way with probability tRFC / tREFI and waits half of it; whole
    // clocks and the rows that delay a refresh add some tenths of a percent of the latency.
    const double unloaded = sum[0] / t.refi;
    CHECK((sum[1] / t.refi) / (unloaded + rfc * rfc / (2.0 * t.refi)) == Approx(1).epsilon(0.005));
  }
}

TEST_CASE("a read of what a queued write holds is answered from the queue") {
  const hbm::DramTiming t = timing_set("hbm2_2000");
  ChannelBench b(t);
  b.read(0, 1, 0, 0);  // Keeps the channel reading.
  b.write(0, 0, 7, 0);
  b.read(0, 0, 7, 1);
  b.play();
  CHECK(b.channel.counts(0).forwarded == 1);
  CHECK(b.latency(2) == 1);
}

TEST_CASE("row hits overtake an older request of their bank only so often") {
  const hbm::DramTiming t = timing_set("hbm2_2000");
  hbm::ChannelOptions options = plain();
  options.hit_limit = 4;
  ChannelBench b(t, options);
  b.read(0, 0, 1, 0);
  b.read(0, 0, 2, 1);  // Wants another row.
  for (unsigned i = 0; i < 20; ++i) b.read(0, 0, 1, 2, 1 + i);
  b.play();
  unsigned before = 0;
  for (size_t i = 2; i < b.done.size(); ++i) before += b.done[i].done < b.done[1].done;
  CHECK(before == 4);
  CHECK(hbm::check_trace(t, b.trace).empty());
}

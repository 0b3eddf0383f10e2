// SPDX-License-Identifier: Apache-2.0
// Bandwidths that a channel of a published timing set must reach, and must not exceed.
#include "tests/hbm/channel_bench.h"

using namespace cubist;
using hbm::Pattern;
using test::share_of_peak;
using test::timing_set;

namespace {
constexpr uint64_t kAtoms = 300'000;
}

TEST_CASE("sequential reads with all-bank refresh") {
  const hbm::ChannelOptions options;
  CHECK(100 * share_of_peak(timing_set("hbm2_2000"), options, Pattern::seq, 1, kAtoms) ==
        Approx(92).margin(1.5));
  CHECK(100 * share_of_peak(timing_set("hbm2e_3200"), options, Pattern::seq, 1, kAtoms) ==
        Approx(90).margin(1.5));
  CHECK(100 * share_of_peak(timing_set("hbm2e_3600"), options, Pattern::seq, 1, kAtoms) ==
        Approx(90).margin(1.5));
  CHECK(100 * share_of_peak(timing_set("hbm3_6400"), options, Pattern::seq, 1, kAtoms) ==
        Approx(90).margin(1.5));
}

TEST_CASE("HBM2 at 2.0 Gb/s, 64-deep queues, open page") {
  const hbm::DramTiming t = timing_set("hbm2_2000");
  const hbm::ChannelOptions options;
  const double random32 = 100 * share_of_peak(t, options, Pattern::rand32, 1, kAtoms);
  CHECK(random32 <= 33.3);
  CHECK(random32 > 30);
  CHECK(100 * share_of_peak(t, options, Pattern::rand64, 1, kAtoms) == Approx(60).margin(3));
  const double mixed = 100 * share_of_peak(t, options, Pattern::seq, 2 / 3.0, kAtoms);
  CHECK(mixed >= 74);
  CHECK(mixed <= 86);
}

TEST_CASE("per-bank refresh costs a stream little, closed pages free the row bus") {
  const hbm::DramTiming t = timing_set("hbm2_2000");
  hbm::ChannelOptions options;
  options.refresh = hbm::RefreshMode::per_bank;
  CHECK(share_of_peak(t, options, Pattern::seq, 1, kAtoms) > 0.97);
  options.page = hbm::PageMode::closed;
  // Without precharges on the bus an atom needs two of its clocks: tRRD_S allows one in two.
  const double closed = share_of_peak(t, options, Pattern::rand32, 1, kAtoms);
  CHECK(closed > 0.44);
  CHECK(closed < 0.5);
}

TEST_CASE("the adaptive page policy comes near the better of open and closed") {
  const hbm::DramTiming t = timing_set("hbm2_2000");
  // One request in flight at a time: latency decides, and the queue tells nothing.
  const auto mean_latency = [&](hbm::PageMode page, bool local) {
    hbm::ChannelOptions options = test::plain(page);
    test::ChannelBench b(t, options, false);
    std::mt19937 random(5);
    for (unsigned i = 0; i < 4000; ++i) {
      const uint32_t row = local ? i / 64 : static_cast<uint32_t>(random() % 10000);
      b.read(0, random() % 16, row, 100.0 * i, i % 32);
    }
    b.play();
    double sum = 0;
    for (size_t i = 0; i < b.done.size(); ++i) sum += b.latency(i);
    return sum / static_cast<double>(b.done.size());
  };
  for (const bool local : {false, true}) {
    const double open = mean_latency(hbm::PageMode::open, local);
    const double closed = mean_latency(hbm::PageMode::closed, local);
    const double adaptive = mean_latency(hbm::PageMode::adaptive, local);
    INFO("open " << open << ", closed " << closed << ", adaptive " << adaptive);
    CHECK((local ? open < closed : closed < open));
    CHECK(adaptive < std::min(open, closed) + 0.3 * std::abs(open - closed));
  }
}

TEST_CASE("postponed refreshes wait for a pause") {
  // Bursts of requests with pauses: whoever may postpone refreshes in the pauses only.
  const hbm::DramTiming t = timing_set("hbm2_2000");
  const auto worst = [&](unsigned postpone) {
    hbm::ChannelOptions options;
    options.postpone = postpone;
    test::ChannelBench b(t, options);
    for (unsigned burst = 0; burst < 12; ++burst) {
      for (unsigned i = 0; i < 400; ++i) {
        // Busy over two of four intervals; no refresh becomes due shortly before a burst.
        b.read(i % 2, i / 2 % 16, burst, 4.0 * t.refi * burst + 1000 + 20.0 * i, i % 32);
      }
    }
    b.play();
    CHECK(hbm::check_trace(t, b.trace).empty());
    CHECK(hbm::check_refresh(t, b.trace, {false, postpone, b.end}).empty());
    double longest = 0;
    for (size_t i = 0; i < b.done.size(); ++i) longest = std::max(longest, b.latency(i));
    return longest;
  };
  CHECK(worst(0) > t.rfc_ab);
  CHECK(worst(8) < t.rfc_ab);
}

TEST_CASE("the parts of the time add up") {
  const hbm::DramTiming t = timing_set("hbm2_2000");
  hbm::ChannelModel channel(t, hbm::ChannelOptions{});
  hbm::TrafficStream stream(t, Pattern::rand64, 0.7, 3);
  unsigned left = 20000;
  uint64_t clock = 0;
  std::array<hbm::Tick, 2> last{};
  hbm::TrafficPlayer(channel).play(
      [&](hbm::ChannelRequest& r) {
        if (left-- == 0) return false;
        r = stream.next();
        r.made = clock += left % 7;
        return true;
      },
      [&](const hbm::ChannelCompletion& c) {
        last[c.pseudo_channel] = std::max(last[c.pseudo_channel], c.done);
      });
  for (unsigned pc = 0; pc < 2; ++pc) {
    const hbm::LaneCounts& c = channel.counts(pc);
    CHECK(c.data_ticks == (c.read_atoms + c.write_atoms) * 4);
    CHECK(c.data_ticks + c.idle_ticks + c.refresh_ticks + c.turn_ticks + c.row_ticks == last[pc]);
    CHECK(c.found[0] + c.found[1] + c.found[2] + c.forwarded > 0);
  }
}

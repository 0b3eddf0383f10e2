// SPDX-License-Identifier: Apache-2.0
#include "tools/hbm/channel_report.h"

#include <algorithm>
#include <cinttypes>
#include <cmath>
#include <cstdio>

namespace cubist::tool {
namespace {

constexpr hbm::Tick kLongest = 1 << 24;  // Ticks; longer latencies count as this.

void print_latency(const char* what, const LatencyCounts& l, double tick_ns) {
  if (l.count() == 0) return;
  const auto q = [&](double share) { return static_cast<double>(l.quantile(share)) * tick_ns; };
  std::printf(
      "%s latency  mean %.2f  min %.2f  p50 %.2f  p90 %.2f  p99 %.2f  p99.9 %.2f  max %.2f"
      " ns\n",
      what, l.mean() * tick_ns, q(0), q(0.5), q(0.9), q(0.99), q(0.999), q(1));
}

}  // namespace

void LatencyCounts::add(hbm::Tick latency) {
  latency = std::min(latency, kLongest);
  if (latency >= counts_.size()) counts_.resize(latency + 1);
  ++counts_[latency];
  ++count_;
  sum_ += static_cast<double>(latency);
}

hbm::Tick LatencyCounts::quantile(double share) const {
  const auto wanted =
      std::max<uint64_t>(1, static_cast<uint64_t>(std::ceil(share * static_cast<double>(count_))));
  uint64_t seen = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= wanted) return i;
  }
  return 0;
}

void print_report(const ChannelReport& report, const hbm::ChannelModel& channel,
                  const std::string& title) {
  const hbm::DramTiming& t = channel.rules().timing();
  const double tick_ns = t.clock_ns() / 2;
  hbm::LaneCounts sum;
  for (unsigned pc = 0; pc < hbm::DramTiming::kPseudoChannels; ++pc) {
    const hbm::LaneCounts& c = channel.counts(pc);
    sum.read_atoms += c.read_atoms;
    sum.write_atoms += c.write_atoms;
    for (unsigned i = 0; i < 3; ++i) sum.found[i] += c.found[i];
    sum.forwarded += c.forwarded;
    sum.activates += c.activates;
    sum.precharges += c.precharges;
    sum.refreshes += c.refreshes;
    sum.turnarounds += c.turnarounds;
  }
  const double ns = static_cast<double>(report.end) * tick_ns;
  const uint64_t atoms = sum.read_atoms + sum.write_atoms;
  const double rate = ns == 0 ? 0 : static_cast<double>(atoms) * hbm::DramTiming::kAtomBytes / ns;
  const auto requests =
      static_cast<double>(std::max<uint64_t>(1, sum.found[0] + sum.found[1] + sum.found[2]));
  std::printf("%s\n", title.c_str());
  std::printf("time      %.3f us, %" PRIu64 " reads and %" PRIu64 " writes of 32 bytes\n",
              ns / 1000, report.reads.count(), report.writes.count());
  std::printf("bandwidth %.3f GB/s, %.2f %% of the peak of %.1f GB/s\n", rate,
              100 * rate / (t.peak() / 1e9), t.peak() / 1e9);
  print_latency("read ", report.reads, tick_ns);
  print_latency("write", report.writes, tick_ns);
  std::printf(
      "rows      hit %.2f %%, closed %.2f %%, conflict %.2f %%; reads answered by queued "
      "writes %" PRIu64 "\n",
      100 * static_cast<double>(sum.found[0]) / requests,
      100 * static_cast<double>(sum.found[1]) / requests,
      100 * static_cast<double>(sum.found[2]) / requests, sum.forwarded);
  std::printf("commands  %" PRIu64 " activates, %" PRIu64
              " precharges (automatic ones included), %" PRIu64 " refreshes, %" PRIu64
              " turn-rounds\n",
              sum.activates, sum.precharges, sum.refreshes, sum.turnarounds);
  for (unsigned pc = 0; pc < hbm::DramTiming::kPseudoChannels; ++pc) {
    const hbm::LaneCounts& c = channel.counts(pc);
    const double all = std::max<double>(1, static_cast<double>(report.end)) / 100;
    const auto share = [&](hbm::Tick ticks) { return static_cast<double>(ticks) / all; };
    const hbm::Tick known =
        c.data_ticks + c.idle_ticks + c.refresh_ticks + c.turn_ticks + c.row_ticks;
    const hbm::Tick after = report.end > known ? report.end - known : 0;
    std::printf(
        "pc%u bus   data %.2f %%, no requests %.2f %%, refresh %.2f %%, turn-round %.2f %%, "
        "rows and buses %.2f %%\n",
        pc, share(c.data_ticks), share(c.idle_ticks + after), share(c.refresh_ticks),
        share(c.turn_ticks), share(c.row_ticks));
  }
}

}  // namespace cubist::tool

// SPDX-License-Identifier: Apache-2.0
// A channel by itself for tests: a timing set, requests by coordinates, and the trace.
#pragma once

#include <catch2/catch.hpp>
#include <vector>

#include "systemc/base/parameters.h"
#include "systemc/hbm/trace_checker.h"
#include "systemc/hbm/traffic.h"

namespace cubist::test {

inline hbm::DramTiming timing_set(const std::string& name,
                                  const std::vector<std::string>& sets = {}) {
  base::ParameterTable table;
  hbm::declare_timing_parameters(table);
  table.set("hbm.timing", name, "test");
  for (const std::string& s : sets) table.set_assignment(s);
  hbm::apply_timing_file(table, std::string(CUBIST_CONFIGS) + "/hbm");
  return hbm::dram_timing(table);
}

/// Options of a channel without refresh.
inline hbm::ChannelOptions plain(hbm::PageMode page = hbm::PageMode::open) {
  hbm::ChannelOptions options;
  options.refresh = hbm::RefreshMode::none;
  options.page = page;
  return options;
}

struct ChannelBench final : public hbm::CommandListener {
  explicit ChannelBench(const hbm::DramTiming& t, const hbm::ChannelOptions& options = plain(),
                        bool traced = true)
      : timing(t), channel(t, options) {
    if (traced) channel.listen(this);
  }
  void issued(const hbm::IssuedCommand& command) override { trace.push_back(command); }

  /// A read of one atom; `clock` in clocks.
  void read(unsigned pc, unsigned bank, uint32_t row, double clock, unsigned column = 0) {
    add(pc, bank, row, clock, column, false);
  }
  void write(unsigned pc, unsigned bank, uint32_t row, double clock, unsigned column = 0) {
    add(pc, bank, row, clock, column, true);
  }
  void add(unsigned pc, unsigned bank, uint32_t row, double clock, unsigned column, bool write) {
    hbm::ChannelRequest r;
    r.id = requests.size();
    r.made = static_cast<hbm::Tick>(2 * clock);
    r.row = row;
    r.column = static_cast<uint16_t>(column);
    r.pseudo_channel = static_cast<uint8_t>(pc);
    r.set = static_cast<uint8_t>(bank);
    r.write = write;
    requests.push_back(r);
  }
  /// Plays all requests; `done` by id.
  void play() {
    size_t next = 0;
    done.assign(requests.size(), {});
    end = hbm::TrafficPlayer(channel).play(
        [&](hbm::ChannelRequest& r) {
          if (next == requests.size()) return false;
          r = requests[next++];
          return true;
        },
        [&](const hbm::ChannelCompletion& c) { done[c.id] = c; });
  }
  /// Clocks from when request `id` was made to the end of its data.
  double latency(size_t id) const { return static_cast<double>(done[id].done - done[id].made) / 2; }

  hbm::DramTiming timing;
  hbm::ChannelModel channel;
  std::vector<hbm::IssuedCommand> trace;
  std::vector<hbm::ChannelRequest> requests;
  std::vector<hbm::ChannelCompletion> done;
  hbm::Tick end = 0;
};

/// Share of the channel's peak that a saturating stream reaches.
inline double share_of_peak(const hbm::DramTiming& t, const hbm::ChannelOptions& options,
                            hbm::Pattern pattern, double read_share, uint64_t atoms) {
  hbm::ChannelModel channel(t, options);
  hbm::TrafficStream stream(t, pattern, read_share, 7);
  uint64_t left = atoms;
  const hbm::Tick end = hbm::TrafficPlayer(channel).play(
      [&](hbm::ChannelRequest& r) {
        if (left-- == 0) return false;
        r = stream.next();
        return true;
      },
      {});
  // At the peak both pseudo-channels together move an atom a clock.
  return static_cast<double>(atoms) / (static_cast<double>(end) / 2);
}

}  // namespace cubist::test

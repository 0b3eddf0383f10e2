// SPDX-License-Identifier: Apache-2.0
// Every command of random traffic is legal by an independent check, and that check finds seeded
// mistakes.
#include <algorithm>
#include <random>

#include "tests/hbm/channel_bench.h"

using namespace cubist;
using hbm::Command;
using hbm::IssuedCommand;
using test::ChannelBench;
using test::timing_set;

namespace {

const std::vector<std::string> kSets = {"hbm2_1600",  "hbm2_2000",  "hbm2_2400", "hbm2_dramsys",
                                        "hbm2e_3200", "hbm2e_3600", "hbm3_6400"};

/// Random rows, hot rows, runs and pauses.
void add_traffic(ChannelBench& b, unsigned count, uint32_t seed, unsigned stripe) {
  std::mt19937 random(seed);
  const unsigned sets = b.timing.banks() / stripe;
  double clock = 0;
  for (unsigned i = 0; i < count; ++i) {
    hbm::ChannelRequest r;
    r.id = i;
    if (random() % 8 == 0) clock += random() % 200;
    if (random() % 500 == 0) clock += random() % 20000;
    r.made = static_cast<hbm::Tick>(2 * clock);
    r.row = random() % 3 == 0 ? random() % 4 : random() % 5000;
    r.pseudo_channel = random() % 2;
    r.set = static_cast<uint8_t>(random() % sets);
    r.write = random() % 3 == 0;
    const unsigned in_row = b.timing.atoms_per_row() * stripe;
    r.atoms = static_cast<uint8_t>(stripe == 1 ? 1 : 1 + random() % 16);
    r.column = static_cast<uint16_t>(random() % (in_row - r.atoms + 1));
    b.requests.push_back(r);
  }
}

std::string first_of(const std::vector<hbm::Violation>& found) {
  return found.empty() ? std::string() : found.front().text;
}

}  // namespace

TEST_CASE("no command of random traffic breaks a rule, for every timing set and policy") {
  for (const std::string& name : kSets) {
    const hbm::DramTiming t = timing_set(name);
    uint32_t seed = 1;
    for (const auto page : {hbm::PageMode::open, hbm::PageMode::closed, hbm::PageMode::adaptive}) {
      for (const auto refresh :
           {hbm::RefreshMode::none, hbm::RefreshMode::all_bank, hbm::RefreshMode::per_bank}) {
        for (const unsigned stripe : {1u, 2u, 4u}) {
          hbm::ChannelOptions options;
          options.page = page;
          options.refresh = refresh;
          options.stripe = stripe;
          options.postpone = seed % 2 == 0 ? 0 : 4;
          options.read_depth = options.write_depth = 8 + 28 * (seed % 3);
          ChannelBench b(t, options);
          add_traffic(b, 1500, seed++, stripe);
          b.play();
          INFO(name << " page " << int(page) << " refresh " << int(refresh) << " stripe "
                    << stripe);
          const auto found = hbm::check_trace(t, b.trace);
          INFO(first_of(found));
          CHECK(found.empty());
          if (refresh != hbm::RefreshMode::none) {
            const auto late = hbm::check_refresh(
                t, b.trace, {refresh == hbm::RefreshMode::per_bank, options.postpone, b.end});
            INFO(first_of(late));
            CHECK(late.empty());
          }
          uint64_t atoms = 0;
          for (const auto& c : b.done) {
            CHECK(c.done > c.made);
            atoms += c.atoms;
          }
          uint64_t moved = 0;
          for (unsigned pc = 0; pc < 2; ++pc) {
            moved += b.channel.counts(pc).read_atoms + b.channel.counts(pc).write_atoms;
          }
          const auto columns = std::count_if(b.trace.begin(), b.trace.end(), [](const auto& c) {
            return hbm::is_column(c.command);
          });
          CHECK(moved == static_cast<uint64_t>(columns));
          CHECK(moved <= atoms);
        }
      }
    }
  }
}

TEST_CASE("the checker finds a seeded mistake of every rule") {
  const hbm::DramTiming t = timing_set("hbm3_6400");
  const auto c = [](double clock, Command command, unsigned group, unsigned bank, uint32_t row = 1,
                    unsigned pc = 0, unsigned sid = 0) {
    IssuedCommand out;
    out.tick = static_cast<hbm::Tick>(2 * clock);
    out.command = command;
    out.pseudo_channel = static_cast<uint8_t>(pc);
    out.stack_id = static_cast<uint8_t>(sid);
    out.bank_group = static_cast<uint8_t>(group);
    out.bank = static_cast<uint8_t>(bank);
    out.row = row;
    return out;
  };
  const auto rules = [&](const std::vector<IssuedCommand>& trace) {
    std::vector<std::string> names;
    for (const auto& v : hbm::check_trace(t, trace)) names.push_back(v.rule);
    return names;
  };
  using Names = std::vector<std::string>;
  const auto act = Command::activate;
  const auto rd = Command::read;
  const auto wr = Command::write;
  const auto pre = Command::precharge;
  // Begin to begin: an activate is 1.5 clocks long, a column command 1, a precharge 0.5.
  CHECK(rules({c(0, act, 0, 0), c(32, rd, 0, 0)}) == Names{});
  CHECK(rules({c(0, act, 0, 0), c(31, rd, 0, 0)}) == Names{"tRCDRD"});
  CHECK(rules({c(0, act, 0, 0), c(16, wr, 0, 0)}) == Names{});
  CHECK(rules({c(0, act, 0, 0), c(15, wr, 0, 0)}) == Names{"tRCDWR"});
  CHECK(rules({c(0, act, 0, 0), c(46, pre, 0, 0)}) == Names{});
  CHECK(rules({c(0, act, 0, 0), c(45.5, pre, 0, 0)}) == Names{"tRAS"});
  CHECK(rules({c(0, act, 0, 0), c(46, pre, 0, 0), c(71, act, 0, 0)}) == Names{"tRC"});
  CHECK(rules({c(0, act, 0, 0), c(60, pre, 0, 0), c(84, act, 0, 0)}) == Names{"tRP"});
  CHECK(rules({c(0, act, 0, 0), c(60, pre, 0, 0), c(85, act, 0, 0)}) == Names{});
  CHECK(rules({c(0, act, 0, 0), c(3, act, 1, 0)}) == Names{"tRRD_S"});
  CHECK(rules({c(0, act, 0, 0), c(4, act, 0, 1)}) == Names{"tRRD_L"});
  CHECK(rules({c(0, act, 0, 0), c(4, act, 1, 0), c(8, act, 2, 0), c(12, act, 3, 0),
               c(23, act, 0, 1)}) == Names{"tFAW"});
  CHECK(rules({c(0, act, 0, 0), c(1, act, 0, 0, 1, 1)}) == Names{"row bus"});
  CHECK(rules({c(0, act, 0, 0), c(2.5, act, 0, 0, 1, 1)}) == Names{"clock edge"});
  CHECK(rules({c(0, act, 0, 0), c(32, rd, 0, 0), c(35, rd, 0, 0)}) == Names{"tCCD"});
  CHECK(rules({c(0, act, 0, 0), c(4, act, 1, 0), c(36, rd, 0, 0), c(37, rd, 1, 0)}) ==
        Names{"tCCD", "data bus"});
  CHECK(rules({c(0, act, 0, 0), c(4, act, 1, 0, 1, 0, 1), c(36, rd, 0, 0),
               c(38, rd, 1, 0, 1, 0, 1)}) == Names{"tCCD_R"});
  CHECK(rules({c(0, act, 0, 0), c(4, act, 0, 0, 1, 1), c(36, rd, 0, 0), c(36, rd, 0, 0, 1, 1)}) ==
        Names{"column bus"});
  CHECK(rules({c(0, act, 0, 0), c(32, rd, 0, 0), c(51, wr, 0, 0)}) == Names{"tRTW"});
  CHECK(rules({c(0, act, 0, 0), c(32, wr, 0, 0), c(53, rd, 0, 0)}) == Names{"tWTR"});
  CHECK(rules({c(0, act, 0, 0), c(50, rd, 0, 0), c(59, pre, 0, 0)}) == Names{"tRTP"});
  CHECK(rules({c(0, act, 0, 0), c(32, wr, 0, 0), c(77, pre, 0, 0)}) == Names{"tWR"});
  CHECK(rules({c(0, rd, 0, 0)}) == Names{"closed bank"});
  CHECK(rules({c(0, act, 0, 0), c(32, rd, 0, 0, 2)}) == Names{"wrong row"});
  CHECK(rules({c(0, act, 0, 0), c(100, act, 0, 0)}) == Names{"open bank"});
  CHECK(rules({c(0, Command::refresh_all, 0, 0), c(558, act, 0, 0)}) == Names{"tRFC_ab"});
  CHECK(rules({c(0, Command::refresh_all, 0, 0), c(559, act, 0, 0)}) == Names{});
  CHECK(rules({c(0, Command::refresh_bank, 0, 0), c(318, act, 0, 0)}) == Names{"tRFC_pb"});
  CHECK(rules({c(0, Command::refresh_bank, 0, 0), c(6, act, 0, 1)}) == Names{"tRREFD"});
  CHECK(rules({c(0, act, 0, 0), c(100, Command::refresh_all, 0, 0)}) == Names{"open bank"});
  CHECK(rules({c(0, act, 0, 0), c(4, act, 1, 0), c(60, pre, 0, 0), c(61, pre, 1, 0)}) ==
        Names{"tPPD"});
  // After an automatic precharge the bank is closed when tRAS and tRTP are over.
  CHECK(rules({c(0, act, 0, 0), c(40, Command::read_precharge, 0, 0), c(74, act, 0, 0)}) ==
        Names{"tRP"});
  // Refreshes that are missing.
  CHECK(hbm::check_refresh(t, {}, {false, 0, 2 * 6240 * 2 + 2}).size() == 2);
  CHECK(hbm::check_refresh(t, {}, {false, 8, 2 * 6240 * 2 + 2}).empty());
}

TEST_CASE("the checker finds a command that moves in a real trace") {
  const hbm::DramTiming t = timing_set("hbm2_2000");
  ChannelBench b(t);
  add_traffic(b, 3000, 11, 1);
  b.play();
  std::vector<IssuedCommand> trace = b.trace;
  std::stable_sort(trace.begin(), trace.end(),
                   [](const auto& x, const auto& y) { return x.tick < y.tick; });
  REQUIRE(hbm::check_trace(t, trace).empty());
  // An FR-FCFS channel gives most commands as early as it may: moved one clock earlier, most break
  // a rule.
  unsigned broken = 0, moved = 0;
  for (size_t i = 100; i < trace.size(); i += 97) {
    std::vector<IssuedCommand> part(trace.begin(), trace.begin() + static_cast<long>(i) + 1);
    part.back().tick -= 2;
    ++moved;
    broken += !hbm::check_trace(t, part).empty();
  }
  INFO(broken << " of " << moved);
  CHECK(broken > moved / 4);
}

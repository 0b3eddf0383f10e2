// SPDX-License-Identifier: Apache-2.0
// Launches whose cores meet: mix kernels, launches that run at once, cross-core flags, and what
// happens when one of the cores fails or forgets the others.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <map>

#include "chip_host.h"
#include "scheduler_kernels.h"

using namespace cubist::test;

namespace {

constexpr uint32_t kAic = CUBIST_KIND_AIC, kAiv = CUBIST_KIND_AIV;
constexpr uint64_t kArgs = ChipHost::kData, kOut = ChipHost::kData + 0x1000;
constexpr uint64_t kCrossCoreFlag = CUBIST_CROSS_CORE_FLAG;
constexpr unsigned kLatency = 130;  // core.cross_flag_cycles

struct Fixture : ChipHost {
  explicit Fixture(const std::vector<std::string>& sets = {}) : ChipHost(sets) {
    load_kernels(CUBIST_SCHEDULER_KERNELS);
    for (unsigned queue = 0; queue < 3; ++queue) open_queue(queue);
  }
  void args(uint64_t value, uint64_t out = kOut, uint64_t at = kArgs) {
    const MarkArgs block{out, value};
    put(at, &block, sizeof block);
  }
  /// All cores went on after the last had come, the earliest a flag's latency later.
  void check_meeting(unsigned cores, unsigned hops) {
    uint64_t last_came = 0, first_went = ~uint64_t{0}, last_went = 0;
    for (unsigned i = 0; i < cores; ++i) {
      last_came = std::max(last_came, word(kOut + i * 16));
      first_went = std::min(first_went, word(kOut + i * 16 + 8));
      last_went = std::max(last_went, word(kOut + i * 16 + 8));
    }
    CHECK(first_went >= last_came + hops * kLatency);
    CHECK(first_went < last_came + hops * kLatency + 500);
    CHECK(last_went < first_went + 2 * kLatency);
  }
};

}  // namespace

TEST_CASE("mix: an AIC and the AIVs beside it work on one block") {
  Fixture host;
  for (const uint32_t blocks : {1u, 2u, 7u}) {
    host.args(1000);
    host.mix(0, "relay", kArgs, blocks, 2);
    REQUIRE(host.next(0).error == CUBIST_ERROR_OK);
    for (uint32_t block = 0; block < blocks; ++block) {
      CHECK(host.word(kOut + block * 8) == 3 * (1000 + block) + 3);
      const uint64_t first = host.word(kOut + (64 + 2 * block) * 8);
      const uint64_t second = host.word(kOut + (64 + 2 * block + 1) * 8);
      CHECK((first & 0xff) % 2 == 0);
      CHECK((second & 0xff) == (first & 0xff) + 1);  // The same AIC's.
      CHECK(first >> 8 == (block | 2u << 8));
    }
  }
}

TEST_CASE("mix: all cores of a launch meet") {
  Fixture host;
  host.args(0);
  host.kernel(0, "meet_aiv", kArgs, 4, kAiv, 0, 0, 0, 1);
  REQUIRE(host.next(0).error == CUBIST_ERROR_OK);
  host.check_meeting(4, 1);
  host.kernel(0, "meet_aic", kArgs, 2, kAic, 0, 0, 0, 1);
  REQUIRE(host.next(0).error == CUBIST_ERROR_OK);
  host.check_meeting(2, 1);
  host.mix(0, "meet_mix", kArgs, 2, 2, 1);
  REQUIRE(host.next(0).error == CUBIST_ERROR_OK);
  host.check_meeting(6, 2);  // All of a kind, then those of a block.
}

TEST_CASE("mix: a launch that cannot run at once is refused, others are not harmed") {
  Fixture host;
  host.args(0);
  host.kernel(0, "meet_aiv", kArgs, 5, kAiv, 0, 0, 0, 1);
  CHECK(host.next(0).error == CUBIST_ERROR_NOT_RESIDENT);
  host.kernel(0, "meet_aiv", kArgs, 4, kAiv, 0, 0, 3, 1);  // Three cores at most.
  CHECK(host.next(0).error == CUBIST_ERROR_NOT_RESIDENT);
  host.mix(0, "meet_mix", kArgs, 3, 2, 1);
  CHECK(host.next(0).error == CUBIST_ERROR_NOT_RESIDENT);
  host.mix(0, "relay", kArgs, 1, 3);  // No AIC has three AIVs.
  CHECK(host.next(0).error == CUBIST_ERROR_BAD_ENTRY);
  host.mix(0, "relay", kArgs, 1, 0);
  CHECK(host.next(0).error == CUBIST_ERROR_BAD_ENTRY);
  host.kernel(0, "meet_aiv", kArgs, 4, kAiv, 0, 0, 0, 1);
  CHECK(host.next(0).error == CUBIST_ERROR_OK);
}

TEST_CASE("mix: it waits for the cores it needs while other queues keep them busy") {
  Fixture host;
  host.args(20000, kOut + 0x8000);
  // Long blocks on all AIVs but for one at a time.
  for (int i = 0; i < 6; ++i) host.kernel(1, "count", kArgs, 3, kAiv);
  host.args(5, kOut, kArgs + 64);
  host.mix(0, "relay", kArgs + 64, 3, 2);
  host.kernel(2, "meet_aiv", kArgs + 64, 4, kAiv, 0, 0, 0, 1);
  CHECK(host.next(0).error == CUBIST_ERROR_OK);
  CHECK(host.next(2).error == CUBIST_ERROR_OK);
  for (int i = 0; i < 6; ++i) CHECK(host.next(1).error == CUBIST_ERROR_OK);
}

// What a queue of priority 7 has got done when the plain kernels of a queue of priority 0 are over,
// and the other way round: launches that start as a whole take their turns as others do.
TEST_CASE("mix: launches that start together obey priorities") {
  ChipHost host;
  host.load_kernels(CUBIST_SCHEDULER_KERNELS);
  host.open_queue(0, 0);
  host.open_queue(1, 7);
  constexpr unsigned kBlocks = 64, kLaunches = 8;
  constexpr uint64_t kCount = kOut + 0x10000;
  const auto put_args = [&](uint64_t at, uint64_t value, uint64_t out) {
    const MarkArgs block{out, value};
    host.put(at, &block, sizeof block);
  };
  put_args(kArgs, 20000, kCount);
  put_args(kArgs + 64, 5, kOut);
  // Blocks of the plain kernel that have ended when the launches of the other queue are over.
  const auto race = [&](unsigned plain, bool mix) {
    const std::vector<uint64_t> zeros(kBlocks);
    host.put(kCount, zeros.data(), zeros.size() * 8);
    host.kernel(plain, "count", kArgs, kBlocks, kAiv);
    const unsigned other = 1 - plain;
    for (unsigned i = 0; i < kLaunches; ++i) {
      if (mix) {
        host.mix(other, "relay", kArgs + 64, 1, 2, 0, 0, CUBIST_ENTRY_FLAG_OVERLAP);
      } else {
        host.kernel(other, "meet_aiv", kArgs + 64, 4, kAiv, CUBIST_ENTRY_FLAG_OVERLAP, 0, 0, 1);
      }
    }
    for (unsigned i = 0; i < kLaunches; ++i) CHECK(host.next(other).error == CUBIST_ERROR_OK);
    unsigned ended = 0;
    for (unsigned i = 0; i < kBlocks; ++i) ended += host.word(kCount + i * 8) != 0;
    CHECK(host.next(plain).error == CUBIST_ERROR_OK);
    return ended;
  };
  // Mix launches of one block: eight plain blocks to one launch, then one to eight.
  const unsigned mix_late = race(0, true), mix_soon = race(1, true);
  // Launches of four blocks at once: 32 to one, then one to two.
  const unsigned all_late = race(0, false), all_soon = race(1, false);
  CAPTURE(mix_late, mix_soon, all_late, all_soon);
  CHECK(mix_late >= 48);
  CHECK(mix_soon <= 8);
  CHECK(all_late == kBlocks);
  CHECK(all_soon <= 8);
}

// Mix kernels and launches at once of every kind and priority, with more work than cores: each
// needs what another holds, and all come to an end.
TEST_CASE("mix: launches that want each other's cores all end") {
  ChipHost host;
  host.load_kernels(CUBIST_SCHEDULER_KERNELS);
  constexpr unsigned kQueues = 6, kRounds = 5;
  for (unsigned queue = 0; queue < kQueues; ++queue) host.open_queue(queue, (queue * 5 + 2) % 8);
  const auto args = [&](unsigned queue, uint64_t value) {
    const MarkArgs block{kOut + queue * 0x10000, value};
    host.put(kArgs + queue * 64, &block, sizeof block);
    return kArgs + queue * 64;
  };
  const std::array<uint64_t, kQueues> at = {args(0, 3), args(1, 3),    args(2, 3),
                                            args(3, 3), args(4, 3000), args(5, 3)};
  constexpr uint8_t kOverlap = CUBIST_ENTRY_FLAG_OVERLAP;
  for (unsigned round = 0; round < kRounds; ++round) {
    host.mix(0, "relay", at[0], 5, 2);
    host.mix(1, "relay", at[1], 3, 2);
    host.kernel(2, "meet_aic", at[2], 2, kAic, 0, 0, 0, 1);
    host.kernel(3, "meet_aiv", at[3], 4, kAiv, 0, 0, 0, 1);
    host.kernel(4, "count", at[4], 7, kAiv, kOverlap);
    host.kernel(4, "mark_aic", at[4], 3, kAic, kOverlap);
    host.mix(5, "meet_mix", at[5], 2, 2, 1);
  }
  for (unsigned queue = 0; queue < kQueues; ++queue) {
    for (unsigned i = 0; i < (queue == 4 ? 2 : 1) * kRounds; ++i) {
      CHECK(host.next(queue).error == CUBIST_ERROR_OK);
    }
  }
  CHECK(host.chip().now_ns() < 20e6);
}

TEST_CASE("mix: a core that others forget is found at once, with its flag") {
  Fixture host;
  host.args(1);
  const uint32_t task = host.mix(0, "forgetful", kArgs, 2, 2);
  const cubist_completion done = host.next(0);
  CHECK(done.error == CUBIST_ERROR_DEADLOCK);
  const cubist_error_record record = host.record(0);
  CHECK(record.task == task);
  CHECK(record.core == 1);  // AIC 1 runs block 1.
  CHECK(record.block == 1);
  CHECK((record.info & 0xff) == 4);  // MTE2
  CHECK(record.address == (kCrossCoreFlag | 5 << 8 | 4 << 16));
  CHECK(host.chip().now_ns() < 1e6);
  // The cores are fit for the next launch.
  host.args(7);
  host.mix(0, "relay", kArgs, 2, 2);
  CHECK(host.next(0).error == CUBIST_ERROR_OK);
}

TEST_CASE("mix: a deadlock names all cores that wait, each with its pipe and flag") {
  Fixture host;
  host.args(0);
  host.mix(0, "all_wait", kArgs, 2, 2);
  REQUIRE(host.next(0).error == CUBIST_ERROR_DEADLOCK);
  const cubist_error_record record = host.record(0);
  CHECK(record.core == 0);
  REQUIRE(record.waiting == 5);
  constexpr unsigned kMte2 = 4, kMte3 = 5, kS = 0;
  const auto flag = [](unsigned id, unsigned pipe) {
    return kCrossCoreFlag | uint64_t{id} << 8 | uint64_t{pipe} << 16;
  };
  std::map<unsigned, uint64_t> waits = {{record.core, record.address}};
  for (const uint64_t word :
       {record.waiter0, record.waiter1, record.waiter2, record.waiter3, record.waiter4}) {
    waits[word & 0xffff] = word >> 16 & 0xff'ffff;
    const int64_t offset = static_cast<int64_t>(word) >> 40;
    CHECK(offset > -4096);
    CHECK(offset < 4096);
  }
  constexpr unsigned kFirst = CUBIST_AIV_INDEX;
  const std::map<unsigned, uint64_t> expected = {
      {0, flag(5, kMte2)},       {1, flag(5, kMte2)},          {kFirst, flag(6, kMte3)},
      {kFirst + 1, flag(7, kS)}, {kFirst + 2, flag(6, kMte3)}, {kFirst + 3, flag(7, kS)}};
  CHECK(waits == expected);
  CHECK(record.waiter5 == 0);
  // Nothing of it is left for the next one.
  host.args(0xabcd);
  host.kernel(0, "trapper", kArgs, 2, kAic);
  CHECK(host.next(0).error == CUBIST_ERROR_TRAP);
  CHECK(host.record(0).waiting == 0);
  CHECK(host.record(0).waiter0 == 0);
}

TEST_CASE("mix: when one core fails the others are stopped and its error is reported") {
  Fixture host;
  host.args(0);
  host.mix(0, "broken_pair", kArgs, 2, 2);
  CHECK(host.next(0).error == CUBIST_ERROR_BUS);
  const cubist_error_record record = host.record(0);
  CHECK(record.core == CUBIST_AIV_INDEX + 1);
  CHECK(record.block == 0);
  CHECK(record.address == 0x70'0000'0000);
  CHECK(record.bits3 == uint64_t{1} << (194 - 192));  // SC_ACCESS
  CHECK(record.pc_current == record.pc);
  CHECK(host.chip().now_ns() < 1e6);
  host.args(7);
  host.mix(0, "relay", kArgs, 2, 2);
  CHECK(host.next(0).error == CUBIST_ERROR_OK);
  // The same when the time of one is up.
  host.args(1000);
  host.mix(0, "slow_pair", kArgs, 2, 1, 0, 100);
  CHECK(host.next(0).error == CUBIST_ERROR_OK);
  host.args(20'000'000);
  host.mix(0, "slow_pair", kArgs, 2, 1, 0, 100);
  CHECK(host.next(0).error == CUBIST_ERROR_TIMEOUT);
  host.args(7);
  host.mix(0, "relay", kArgs, 2, 2);
  CHECK(host.next(0).error == CUBIST_ERROR_OK);
}

TEST_CASE("mix: 15 sets may wait, the 16th is an error") {
  Fixture host;
  host.args(15);
  host.mix(0, "flooding", kArgs, 1, 1);
  CHECK(host.next(0).error == CUBIST_ERROR_OK);
  host.args(16);
  host.mix(0, "flooding", kArgs, 1, 1);
  CHECK(host.next(0).error == CUBIST_ERROR_CROSS_CORE_OVERFLOW);
  CHECK(host.record(0).core == 0);
  CHECK(host.record(0).address == (kCrossCoreFlag | 7 << 8 | 4 << 16));
}

TEST_CASE("mix: flags that a launch does not have are a configuration error") {
  Fixture host;
  host.args(0);
  host.kernel(0, "loose", kArgs, 2, kAiv);
  CHECK(host.next(0).error == CUBIST_ERROR_BAD_CONFIG);
  CHECK((host.record(0).info & 0xff) == 5);
}

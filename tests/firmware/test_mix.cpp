// SPDX-License-Identifier: Apache-2.0
// Launches whose cores meet: mix kernels, launches that run at once, cross-core flags, and what
// happens when one of the cores fails or forgets the others.
#include <algorithm>
#include <catch2/catch.hpp>

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

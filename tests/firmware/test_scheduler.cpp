// SPDX-License-Identifier: Apache-2.0
// The scheduler firmware on the chip: every kind of entry, errors, time-outs, order, many queues.
#include <catch2/catch.hpp>
#include <set>

#include "chip_host.h"
#include "scheduler_kernels.h"
#include "systemc/chip/chip.h"
#include "systemc/hbm/hbm_controller.h"

using namespace cubist::test;

namespace {

constexpr uint32_t kAic = CUBIST_KIND_AIC, kAiv = CUBIST_KIND_AIV;
constexpr uint64_t kArgs = ChipHost::kData, kOut = ChipHost::kData + 0x1000;

struct Fixture : ChipHost {
  explicit Fixture(const std::vector<std::string>& sets = {}) : ChipHost(sets) {
    load_kernels(CUBIST_SCHEDULER_KERNELS);
  }
  void args(uint64_t value, uint64_t out = kOut, uint64_t at = kArgs) {
    const MarkArgs block{out, value};
    put(at, &block, sizeof block);
  }
};

}  // namespace

TEST_CASE("scheduler: banner names the chip") {
  ChipHost host;
  REQUIRE(host.chip().uart_output().find("2 AIC, 4 AIV") != std::string::npos);
}

TEST_CASE("scheduler: a kernel runs once for each block, on all cores of its kind") {
  Fixture host;
  host.open_queue(0);
  host.args(7);
  for (const uint32_t kind : {kAic, kAiv}) {
    const uint32_t blocks = 11;
    const uint32_t task =
        host.kernel(0, kind == kAic ? "mark_aic" : "mark_aiv", kArgs, blocks, kind);
    const cubist_completion done = host.next(0);
    CHECK(done.task == task);
    CHECK(done.error == CUBIST_ERROR_OK);
    CHECK(done.stream == 100);
    CHECK(done.type == CUBIST_ENTRY_KERNEL);
    std::set<uint64_t> cores;
    for (uint32_t block = 0; block < blocks; ++block) {
      const uint64_t mark = host.word(kOut + block * 8);
      CHECK((mark & 0xffff) == block);
      CHECK((mark >> 16 & 0xffff) == blocks);
      CHECK((mark >> 40 & 0xff) == kind);
      CHECK(mark >> 48 == 7);
      cores.insert(mark >> 32 & 0xff);
    }
    CHECK(cores.size() == (kind == kAic ? 2 : 4));
  }
}

TEST_CASE("scheduler: max_cores limits a launch") {
  Fixture host;
  host.open_queue(0);
  host.args(1);
  host.kernel(0, "mark_aiv", kArgs, 9, kAiv, 0, 0, 1);
  CHECK(host.next(0).error == CUBIST_ERROR_OK);
  std::set<uint64_t> cores;
  for (uint32_t block = 0; block < 9; ++block)
    cores.insert(host.word(kOut + block * 8) >> 32 & 0xff);
  CHECK(cores.size() == 1);
}

TEST_CASE("scheduler: a block that loops is stopped after its time-out, later commands run") {
  Fixture host;
  host.open_queue(0);
  host.args(2);
  const uint32_t task = host.kernel(0, "spin", kArgs, 4, kAiv, 0, 50);
  const double start = host.chip().now_ns();
  const cubist_completion done = host.next(0);
  CHECK(done.task == task);
  CHECK(done.error == CUBIST_ERROR_TIMEOUT);
  CHECK(done.detail >= CUBIST_AIV_INDEX);
  CHECK(host.chip().now_ns() - start >= 50'000);
  CHECK(host.chip().now_ns() - start < 100'000);
  const cubist_error_record record = host.record(0);
  CHECK(record.task == task);
  CHECK(record.error == CUBIST_ERROR_TIMEOUT);
  CHECK(record.block == 2);
  CHECK(record.core == done.detail);
  CHECK(record.entry == host.entry_of("spin"));
  CHECK(record.pc > host.entry_of("spin"));
  CHECK(record.pc < host.entry_of("spin") + 4096);
  // All four cores work again.
  host.kernel(0, "mark_aiv", kArgs, 8, kAiv);
  CHECK(host.next(0).error == CUBIST_ERROR_OK);
  CHECK((host.word(kOut + 7 * 8) & 0xffff) == 7);
}

TEST_CASE("scheduler: errors of cores come with their record") {
  Fixture host;
  host.open_queue(0);
  host.args(0xabcd);
  host.kernel(0, "trapper", kArgs, 5, kAic);
  CHECK(host.next(0).error == CUBIST_ERROR_TRAP);
  CHECK(host.record(0).address == 0xabcd);
  CHECK(host.record(0).block == 1);
  CHECK(host.record(0).pc >= host.entry_of("mark_aic") - 4096);
  host.kernel(0, "lonely_wait", kArgs, 1, kAiv);
  CHECK(host.next(0).error == CUBIST_ERROR_DEADLOCK);
  host.kernel(0, "stray", kArgs, 1, kAic);
  CHECK(host.next(0).error == CUBIST_ERROR_BUS);
  CHECK(host.record(0).address == 0x70'0000'0000);
  host.kernel(0, "mark_aic", kArgs, 2, kAic);
  CHECK(host.next(0).error == CUBIST_ERROR_OK);
}

TEST_CASE("scheduler: bad entries are refused and harm nothing else") {
  Fixture host;
  host.open_queue(0);
  host.args(1);
  std::vector<std::pair<cubist_submission, unsigned>> bad;
  cubist_submission entry{};
  entry.any.type = 200;
  bad.emplace_back(entry, CUBIST_ERROR_BAD_ENTRY);
  entry = {};
  entry.any.flags = 0x80;
  bad.emplace_back(entry, CUBIST_ERROR_BAD_ENTRY);
  entry = {};
  entry.kernel.type = CUBIST_ENTRY_KERNEL;
  entry.kernel.entry = host.entry_of("mark_aic");
  bad.emplace_back(entry, CUBIST_ERROR_BAD_ENTRY);  // No blocks.
  entry.kernel.blocks = 65536;
  bad.emplace_back(entry, CUBIST_ERROR_BAD_ENTRY);
  entry.kernel.blocks = 1;
  entry.kernel.kind = 2;
  bad.emplace_back(entry, CUBIST_ERROR_BAD_ENTRY);
  entry.kernel.kind = 0;
  entry.kernel.entry = 0x1000;
  bad.emplace_back(entry, CUBIST_ERROR_BAD_KERNEL);
  entry.kernel.entry = ChipHost::kHbm + 1;
  bad.emplace_back(entry, CUBIST_ERROR_BAD_KERNEL);
  entry = {};
  entry.event_wait.type = CUBIST_ENTRY_EVENT_WAIT;
  entry.event_wait.event = 1024;
  bad.emplace_back(entry, CUBIST_ERROR_BAD_ENTRY);
  entry = {};
  entry.fill.type = CUBIST_ENTRY_FILL;
  entry.fill.dst = CUBIST_REGION_SRAM_BASE;
  entry.fill.bytes = 64;
  bad.emplace_back(entry, CUBIST_ERROR_BAD_ENTRY);
  entry = {};
  entry.copy.type = CUBIST_ENTRY_COPY;
  entry.copy.dst = ChipHost::kHbm;
  entry.copy.src = ChipHost::kHbm;
  entry.copy.bytes = ~uint64_t{0};
  bad.emplace_back(entry, CUBIST_ERROR_BAD_ENTRY);
  for (const auto& [wrong, code] : bad) {
    const uint32_t task = host.submit(0, wrong);
    const cubist_completion done = host.next(0);
    CHECK(done.task == task);
    CHECK(done.error == code);
    CHECK(host.record(0).task == task);
    CHECK(host.record(0).core == CUBIST_NO_CORE);
  }
  host.kernel(0, "mark_aic", kArgs, 2, kAic);
  CHECK(host.next(0).error == CUBIST_ERROR_OK);
}

TEST_CASE("scheduler: entries keep their order unless they may overlap") {
  Fixture host;
  host.open_queue(0);
  host.args(3000);
  host.kernel(0, "count", kArgs, 1, kAiv);
  host.args(10, kOut + 64, kArgs + 64);
  const uint32_t second = host.kernel(0, "count", kArgs + 64, 1, kAiv);
  const uint32_t third = host.kernel(0, "count", kArgs, 1, kAiv, 0);
  const uint32_t fourth = host.kernel(0, "count", kArgs + 64, 1, kAiv, CUBIST_ENTRY_FLAG_OVERLAP);
  const uint32_t barrier = host.simple(0, CUBIST_ENTRY_BARRIER);
  CHECK(host.next(0).task == second - 1);
  CHECK(host.next(0).task == second);
  // The fourth is short and need not wait for the third.
  CHECK(host.next(0).task == fourth);
  CHECK(host.next(0).task == third);
  CHECK(host.next(0).task == barrier);
}

TEST_CASE("scheduler: events order queues, whichever comes first") {
  Fixture host;
  for (unsigned queue = 0; queue < 3; ++queue) host.open_queue(queue);
  host.args(2000);
  host.simple(0, CUBIST_ENTRY_EVENT_WAIT, 1023, 5);
  const uint32_t after = host.fill(0, kOut, 64, 0x11111111);
  const uint32_t slow = host.kernel(1, "count", kArgs, 1, kAiv);
  host.simple(1, CUBIST_ENTRY_EVENT_RECORD, 1023, 4);
  host.simple(1, CUBIST_ENTRY_EVENT_RECORD, 1023, 5);
  // A queue whose entry waits holds up nobody.
  const uint32_t other = host.simple(2, CUBIST_ENTRY_NOP);
  CHECK(host.next(2).task == other);
  cubist_completion early{};
  CHECK_FALSE(host.poll(0, early));
  CHECK(host.next(1).task == slow);
  CHECK(host.next(0).task == after - 1);
  CHECK(host.next(0).task == after);
  CHECK((host.word(kOut + 56)) == 0x1111111111111111);
  // Counts compare as signed differences.
  host.simple(1, CUBIST_ENTRY_EVENT_RECORD, 7, 0x80000002);
  host.simple(1, CUBIST_ENTRY_EVENT_WAIT, 7, 0x7fffffff);
  for (int i = 0; i < 4; ++i) CHECK(host.next(1).error == CUBIST_ERROR_OK);
}

TEST_CASE("scheduler: rings wrap many times, also a ring of two") {
  Fixture host;
  host.open_queue(0, 0, 2, 2);
  host.open_queue(1, 0, 8, 4);
  for (int i = 0; i < 40; ++i) {
    const uint32_t task = host.simple(0, CUBIST_ENTRY_NOP);
    CHECK(host.next(0).task == task);
  }
  for (int round = 0; round < 9; ++round) {
    uint32_t first = 0;
    for (int i = 0; i < 3; ++i) {
      const uint32_t task = host.simple(1, CUBIST_ENTRY_NOP);
      if (i == 0) first = task;
    }
    for (uint32_t i = 0; i < 3; ++i) CHECK(host.next(1).task == first + i);
  }
}

TEST_CASE("scheduler: a full completion ring holds its queue back and loses nothing") {
  Fixture host;
  host.open_queue(0, 0, 16, 4);
  host.open_queue(1);
  host.report_consumption(false);
  uint32_t first = 0;
  for (int i = 0; i < 9; ++i) {
    const uint32_t task = host.simple(0, CUBIST_ENTRY_NOP);
    if (i == 0) first = task;
  }
  const uint32_t other = host.simple(1, CUBIST_ENTRY_NOP);
  CHECK(host.next(1).task == other);
  for (uint32_t i = 0; i < 3; ++i) CHECK(host.next(0).task == first + i);
  host.chip().wait_interrupt(20'000);
  cubist_completion none{};
  CHECK_FALSE(host.poll(0, none));
  REQUIRE(host.chip().write_register(CUBIST_QUEUE_CQ_HEAD_AT(0), 3));
  host.report_consumption(true);
  for (uint32_t i = 3; i < 9; ++i) CHECK(host.next(0).task == first + i);
}

TEST_CASE("scheduler: 64 queues at once") {
  Fixture host;
  host.args(20);
  for (unsigned queue = 0; queue < 64; ++queue) host.open_queue(queue, queue % 8, 8, 16);
  for (unsigned round = 0; round < 2; ++round) {
    for (unsigned queue = 0; queue < 64; ++queue) {
      host.kernel(queue, queue % 2 == 0 ? "mark_aic" : "mark_aiv", kArgs, 3,
                  queue % 2 == 0 ? kAic : kAiv);
      host.fill(queue, kOut + 0x10000 + queue * 64, 64, queue);
    }
  }
  for (unsigned queue = 0; queue < 64; ++queue) {
    for (int i = 0; i < 4; ++i) CHECK(host.next(queue).error == CUBIST_ERROR_OK);
    CHECK(host.word(kOut + 0x10000 + queue * 64) == (uint64_t{queue} | uint64_t{queue} << 32));
  }
}

TEST_CASE("scheduler: queues share cores by their weights") {
  Fixture host;
  host.open_queue(1, 7);  // One block a round; the other eight.
  host.open_queue(2, 0);
  const uint64_t slow = kOut, fast = kOut + 0x1000, blocks = 72;
  host.args(300, slow, kArgs);
  host.args(300, fast, kArgs + 64);
  host.kernel(1, "count", kArgs, blocks, kAiv);
  host.kernel(2, "count", kArgs + 64, blocks, kAiv);
  CHECK(host.next(2).error == CUBIST_ERROR_OK);
  uint64_t behind = 0;
  for (uint64_t block = 0; block < blocks; ++block) behind += host.word(slow + block * 8) == 300;
  // Nine of its blocks in the other's nine rounds, and the cores it had before the other came.
  CHECK(behind >= 8);
  CHECK(behind <= 20);
  CHECK(host.next(1).error == CUBIST_ERROR_OK);
  for (uint64_t block = 0; block < blocks; ++block) CHECK(host.word(slow + block * 8) == 300);
}

TEST_CASE("scheduler: a launch costs less than 100 ns for each further core") {
  Fixture host({"chip.aics=24", "chip.aivs=48"});
  host.open_queue(0);
  host.args(1);
  const auto cost = [&host](uint32_t blocks) {
    const double start = host.chip().now_ns();
    host.kernel(0, "mark_aiv", kArgs, blocks, kAiv);
    REQUIRE(host.next(0).error == CUBIST_ERROR_OK);
    return host.chip().now_ns() - start;
  };
  cost(48);  // Brings the kernel into the cores' caches.
  const double one = cost(1), all = cost(48);
  CAPTURE(one, all);
  CHECK(all > one);
  CHECK((all - one) / 47 < 100);
}

TEST_CASE("scheduler: more copies than channels") {
  Fixture host;
  host.open_queue(0, 0, 32, 64);
  for (unsigned i = 0; i < 20; ++i) {
    host.fill(0, kOut + i * 0x10000, 0x8000, i + 1, CUBIST_ENTRY_FLAG_OVERLAP);
  }
  for (unsigned i = 0; i < 20; ++i) CHECK(host.next(0).error == CUBIST_ERROR_OK);
  for (uint64_t i = 0; i < 20; ++i) {
    CHECK(host.word(kOut + i * 0x10000 + 0x7ff8) == ((i + 1) | (i + 1) << 32));
  }
}

TEST_CASE("scheduler: what HBM cannot correct ends commands with ECC, not BUS") {
  Fixture host;
  host.open_queue(0);
  // Two wrong bits of one word in each of three places, wherever their channel is; in a fourth one.
  const uint64_t bad = ChipHost::kData + 0x40000, apart = 0x8000;
  cubist::chip::Chip& chip = host.chip().chip();
  for (unsigned i = 0; i < chip.channel_count(); ++i) {
    for (unsigned place = 0; place < 4; ++place) {
      REQUIRE(chip.channel(i).flip_bit(bad + place * apart, 1));
      if (place < 3) REQUIRE(chip.channel(i).flip_bit(bad + place * apart + 7, 5));
    }
  }

  // A block that MTE2 was loading.
  host.args(bad - 0x800);
  host.kernel(0, "stage", kArgs, 1, kAiv);
  CHECK(host.next(0).error == CUBIST_ERROR_ECC);
  CHECK(host.record(0).address / 512 == bad / 512);
  CHECK(host.record(0).bits1 == uint64_t{1} << (71 - 64));  // MTE_GM_ECC
  CHECK(host.record(0).core >= CUBIST_AIV_INDEX);
  CHECK(host.record(0).pc >= host.entry_of("stage") - 4096);

  // A block whose scalar unit loaded it.
  host.args(bad + apart);
  host.kernel(0, "peek", kArgs, 1, kAic);
  CHECK(host.next(0).error == CUBIST_ERROR_ECC);
  CHECK(host.record(0).address / 512 == (bad + apart) / 512);
  CHECK(host.record(0).bits3 == uint64_t{1} << (200 - 192));  // SC_ECC

  // A copy by the system DMA, which moves nothing.
  cubist_submission copy{};
  copy.copy = {CUBIST_ENTRY_COPY, 0, 0, 0, kOut, bad + 2 * apart - 0x1000, 0x3000, {}};
  host.put(kOut, &bad, sizeof bad);
  host.submit(0, copy);
  CHECK(host.next(0).error == CUBIST_ERROR_ECC);
  CHECK(host.record(0).address / 512 == (bad + 2 * apart) / 512);
  CHECK(host.record(0).core == CUBIST_NO_CORE);
  CHECK(host.word(kOut) == bad);

  // One wrong bit does no harm, and a write repairs the word.
  host.args(bad + 3 * apart);
  host.kernel(0, "stage", kArgs, 1, kAiv);
  CHECK(host.next(0).error == CUBIST_ERROR_OK);
  host.fill(0, bad + 2 * apart, 512, 0);
  CHECK(host.next(0).error == CUBIST_ERROR_OK);
  host.submit(0, copy);
  CHECK(host.next(0).error == CUBIST_ERROR_OK);
  CHECK(host.word(kOut) == 0);
}

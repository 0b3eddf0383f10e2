// SPDX-License-Identifier: Apache-2.0
// The queue engine: rings, prefetch, phases, error records. The test plays host and firmware.
#include "tests/control/control_bench.h"

using namespace cubist;
using test::ControlBench;
using test::kHost;

namespace {

constexpr uint64_t kSq = kHost + 0x1000, kCq = kHost + 0x2000, kErrors = kHost + 0x3000;

void set_up(ControlBench& b, unsigned queue, uint64_t entries = 16, unsigned priority = 0) {
  const uint64_t shift = queue * 0x4000;
  b.write(CUBIST_QUEUE_SQ_BASE_AT(queue), kSq + shift);
  b.write(CUBIST_QUEUE_SQ_SIZE_AT(queue), entries);
  b.write(CUBIST_QUEUE_CQ_BASE_AT(queue), kCq + shift);
  b.write(CUBIST_QUEUE_CQ_SIZE_AT(queue), 4);
  b.write(CUBIST_QUEUE_ERROR_BASE_AT(queue), kErrors + shift);
  b.write(CUBIST_QUEUE_CONTROL_AT(queue), 1 | priority << 8);
}

/// Writes an entry with command number `task` into the host's ring.
void put(ControlBench& b, unsigned queue, uint64_t index, uint32_t task) {
  cubist_entry_any entry{};
  entry.type = CUBIST_ENTRY_NOP;
  entry.task = task;
  std::memcpy(b.host.data() + (kSq - kHost) + queue * 0x4000 + index * 64, &entry, 64);
}

uint32_t task_in_slot(ControlBench& b, unsigned queue, uint64_t index) {
  const uint64_t slot = b.read(CUBIST_QUEUE_SLOT_AT(queue)) + index % 8 * 64;
  return static_cast<uint32_t>(b.read(slot) >> 32);
}

void post(ControlBench& b, unsigned queue, uint32_t task) {
  cubist_completion entry{};
  entry.task = task;
  uint64_t words[2];
  std::memcpy(words, &entry, 16);
  b.write(CUBIST_QUEUE_POST0_AT(queue), words[0]);
  b.write(CUBIST_QUEUE_POST1_AT(queue), words[1]);
}

cubist_completion completion(ControlBench& b, unsigned queue, uint64_t index) {
  cubist_completion entry;
  std::memcpy(&entry, b.host.data() + (kCq - kHost) + queue * 0x4000 + index * 16, 16);
  return entry;
}

}  // namespace

TEST_CASE("a doorbell brings entries into SRAM, after the bridge's latency, and interrupts") {
  ControlBench b;
  set_up(b, 0);
  for (uint32_t i = 0; i < 3; ++i) put(b, 0, i, 100 + i);
  b.write(CUBIST_QUEUE_DOORBELL_AT(0), 3);
  CHECK(b.read(CUBIST_QUEUE_SQ_TAIL_AT(0)) == 3);
  CHECK(b.read(CUBIST_QUEUE_FETCHED_AT(0)) == 0);
  b.wait(b.config.bridge_latency);
  CHECK(b.read(CUBIST_QUEUE_FETCHED_AT(0)) == 0);
  CHECK(!b.line(CUBIST_IRQ_QUEUE));
  b.wait(b.config.bridge_latency / 4);
  CHECK(b.read(CUBIST_QUEUE_FETCHED_AT(0)) == 3);
  CHECK(b.line(CUBIST_IRQ_QUEUE));
  CHECK(b.read(CUBIST_QUEUE_SHARED_READY_AT) == 1);
  for (uint32_t i = 0; i < 3; ++i) CHECK(task_in_slot(b, 0, i) == 100 + i);
  CHECK(b.read(CUBIST_QUEUE_SLOT_AT(0)) == CUBIST_REGION_SRAM_BASE + CUBIST_PREFETCH_OFFSET);

  b.write(CUBIST_QUEUE_SQ_HEAD_AT(0), 2);
  CHECK(b.read(CUBIST_QUEUE_FETCHED_AT(0)) == 1);
  b.write(CUBIST_QUEUE_SQ_HEAD_AT(0), 3);
  CHECK(!b.line(CUBIST_IRQ_QUEUE));
}

TEST_CASE("no more than eight entries are fetched ahead, the ring wraps") {
  ControlBench b;
  set_up(b, 0, 16);
  uint32_t next = 0;
  uint64_t head = 0;
  for (int round = 0; round < 10; ++round) {
    for (unsigned i = 0; i < 15; ++i) put(b, 0, (head + i) % 16, next + i);
    b.write(CUBIST_QUEUE_DOORBELL_AT(0), (head + 15) % 16);
    b.settle();
    CHECK(b.read(CUBIST_QUEUE_FETCHED_AT(0)) == 8);
    for (unsigned i = 0; i < 15; ++i) {
      b.settle();
      CHECK(b.read(CUBIST_QUEUE_FETCHED_AT(0)) == std::min(8u, 15 - i));
      REQUIRE(task_in_slot(b, 0, head) == next);
      ++next;
      head = (head + 1) % 16;
      b.write(CUBIST_QUEUE_SQ_HEAD_AT(0), head);
    }
  }
}

TEST_CASE("a ring of two entries works") {
  ControlBench b;
  set_up(b, 0, 2);
  for (uint32_t i = 0; i < 5; ++i) {
    put(b, 0, i % 2, 7 + i);
    b.write(CUBIST_QUEUE_DOORBELL_AT(0), (i + 1) % 2);
    b.settle();
    CHECK(task_in_slot(b, 0, i % 2) == 7 + i);
    b.write(CUBIST_QUEUE_SQ_HEAD_AT(0), (i + 1) % 2);
  }
}

TEST_CASE("completions carry the phase of their pass and interrupt the host") {
  ControlBench b;
  set_up(b, 0);
  unsigned phase = 1;
  uint64_t index = 0;
  for (uint32_t task = 1; task <= 10; ++task) {
    post(b, 0, task);
    CHECK(completion(b, 0, index).task != task);  // On its way.
    b.settle();
    CHECK(completion(b, 0, index).task == task);
    CHECK((completion(b, 0, index).phase & 1) == phase);
    CHECK(b.host_interrupts.size() == task);
    index = (index + 1) % 4;
    if (index == 0) phase ^= 1;
    b.write(CUBIST_QUEUE_CQ_HEAD_AT(0), index);
    CHECK(b.read(CUBIST_QUEUE_CQ_SPACE_AT(0)) == 3);
  }
}

TEST_CASE("a full completion ring takes no more") {
  ControlBench b;
  set_up(b, 0);
  for (uint32_t task = 1; task <= 3; ++task) {
    CHECK(b.read(CUBIST_QUEUE_CQ_SPACE_AT(0)) == 4 - task);
    post(b, 0, task);
  }
  CHECK(b.read(CUBIST_QUEUE_CQ_SPACE_AT(0)) == 0);
  post(b, 0, 4);
  CHECK(b.last_report() == "queue 0: the completion ring is full; the entry is lost");
  b.settle();
  CHECK(b.host_interrupts.size() == 3);
  b.write(CUBIST_QUEUE_CQ_HEAD_AT(0), 1);
  CHECK(b.read(CUBIST_QUEUE_CQ_SPACE_AT(0)) == 1);
}

TEST_CASE("an error record arrives before the completion that follows it") {
  ControlBench b;
  set_up(b, 0);
  cubist_error_record record{};
  record.task = 5;
  record.error = CUBIST_ERROR_BUS;
  record.address = 0x1234;
  std::memcpy(b.control.sram.bytes().data() + 0x800, &record, sizeof record);
  b.write(CUBIST_QUEUE_ERROR_POST_AT(0), CUBIST_REGION_SRAM_BASE + 0x800);
  post(b, 0, 5);
  // What the record was when it was posted counts.
  std::memset(b.control.sram.bytes().data() + 0x800, 0, sizeof record);
  while (b.host_interrupts.empty()) b.wait(base::kNanosecond);
  cubist_error_record there;
  std::memcpy(&there, b.host.data() + (kErrors - kHost), sizeof there);
  CHECK(there.task == 5);
  CHECK(there.address == 0x1234);
  b.write(CUBIST_QUEUE_ERROR_POST_AT(0), 0x1234);
  CHECK(b.last_report() == "queue 0: ERROR_POST does not name SRAM; ignored");
}

TEST_CASE("the most urgent queue is the one of the lowest priority number") {
  ControlBench b;
  CHECK(b.read(CUBIST_QUEUE_SHARED_PRIORITY_READY_AT) == 64);
  set_up(b, 1, 16, 3);
  set_up(b, 2, 16, 1);
  set_up(b, 5, 16, 1);
  for (const unsigned queue : {1u, 2u, 5u}) {
    put(b, queue, 0, queue);
    b.write(CUBIST_QUEUE_DOORBELL_AT(queue), 1);
  }
  b.settle();
  CHECK(b.read(CUBIST_QUEUE_SHARED_READY_AT) == 0b100110);
  CHECK(b.read(CUBIST_QUEUE_SHARED_PRIORITY_READY_AT) == 2);
  b.write(CUBIST_QUEUE_SQ_HEAD_AT(2), 1);
  CHECK(b.read(CUBIST_QUEUE_SHARED_PRIORITY_READY_AT) == 5);
  b.write(CUBIST_QUEUE_SQ_HEAD_AT(5), 1);
  CHECK(b.read(CUBIST_QUEUE_SHARED_PRIORITY_READY_AT) == 1);
}

TEST_CASE("mistakes with queues are reported and change nothing") {
  ControlBench b;
  b.write(CUBIST_QUEUE_DOORBELL_AT(0), 1);
  CHECK(b.last_report() == "queue 0: doorbell of a disabled queue; ignored");
  b.write(CUBIST_QUEUE_CONTROL_AT(0), 1);
  CHECK((b.read(CUBIST_QUEUE_CONTROL_AT(0)) & 1) == 0);
  set_up(b, 0);
  CHECK((b.read(CUBIST_QUEUE_CONTROL_AT(0)) & 1) == 1);
  b.write(CUBIST_QUEUE_DOORBELL_AT(0), 16);
  CHECK(b.last_report() == "queue 0: doorbell with tail 16 beyond the ring of 16; ignored");
  CHECK(b.read(CUBIST_QUEUE_SQ_TAIL_AT(0)) == 0);
  b.write(CUBIST_QUEUE_SQ_HEAD_AT(0), 1);
  CHECK(b.last_report() == "queue 0: SQ_HEAD 1 passes entries that were not fetched; ignored");
  b.write(CUBIST_QUEUE_SQ_BASE_AT(0), 0);
  CHECK(b.last_report() == "queue 0: rings cannot be changed while it is enabled; ignored");
  b.write(CUBIST_QUEUE_CONTROL_AT(0), 0);
  b.write(CUBIST_QUEUE_SQ_BASE_AT(0), kHost + (1 << 20) - 64);
  b.write(CUBIST_QUEUE_CONTROL_AT(0), 1);
  CHECK_THAT(b.last_report(), Catch::Contains("the submission ring does not lie in memory"));
}

TEST_CASE("a reset drops what is on its way") {
  ControlBench b;
  set_up(b, 0);
  put(b, 0, 0, 1);
  b.write(CUBIST_QUEUE_DOORBELL_AT(0), 1);
  b.write(CUBIST_QUEUE_CONTROL_AT(0), 1);
  b.settle();
  CHECK(b.read(CUBIST_QUEUE_FETCHED_AT(0)) == 0);
  CHECK(b.read(CUBIST_QUEUE_SQ_TAIL_AT(0)) == 0);
}

TEST_CASE("a ring in device memory works too") {
  ControlBench b;
  b.write(CUBIST_QUEUE_SQ_BASE_AT(3), test::kHbm);
  b.write(CUBIST_QUEUE_SQ_SIZE_AT(3), 4);
  b.write(CUBIST_QUEUE_CQ_BASE_AT(3), test::kHbm + 4096);
  b.write(CUBIST_QUEUE_CQ_SIZE_AT(3), 4);
  b.write(CUBIST_QUEUE_CONTROL_AT(3), 1);
  b.map.fill(test::kHbm, 64, 0x77777777);
  b.write(CUBIST_QUEUE_DOORBELL_AT(3), 1);
  b.settle();
  CHECK(task_in_slot(b, 3, 0) == 0x77777777);
  post(b, 3, 9);
  b.settle();
  uint32_t task = 0;
  b.map.read(test::kHbm + 4096, {reinterpret_cast<uint8_t*>(&task), 4});
  CHECK(task == 9);
}

TEST_CASE("the state names queues that are not empty") {
  ControlBench b;
  b.write(CUBIST_QUEUE_SHARED_BOOTED_AT, 1);
  CHECK(b.control.queues.describe_state().empty());
  set_up(b, 0);
  put(b, 0, 0, 1);
  b.write(CUBIST_QUEUE_DOORBELL_AT(0), 1);
  b.settle();
  CHECK(b.control.queues.describe_state() ==
        "control.queues.queue0: head 0, tail 1, 1 entries fetched and not taken, 0 on their way, "
        "0 completions unread\n");
}

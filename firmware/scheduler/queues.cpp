// SPDX-License-Identifier: Apache-2.0
#include "scheduler/queues.h"

#include <stddef.h>

#include "scheduler/mmio.h"

namespace cubist::firmware {

bool Queues::take() {
  bool any = false;
  for (;;) {
    const uint64_t queue = read_register(CUBIST_QUEUE_SHARED_PRIORITY_READY_AT);
    if (queue >= kCount) return any;
    take_one(static_cast<unsigned>(queue));
    any = true;
  }
}

void Queues::take_one(unsigned number) {
  Queue& queue = queues_[number];
  if (queue.slots == 0) queue.slots = read_register(CUBIST_QUEUE_SLOT_AT(number));
  // Head and size are read each time: the host may have reset the queue since.
  const uint64_t head = read_register(CUBIST_QUEUE_SQ_HEAD_AT(number));
  const uint64_t size = read_register(CUBIST_QUEUE_SQ_SIZE_AT(number));
  const uint64_t slot = queue.slots + head % CUBIST_PREFETCH_ENTRIES * sizeof(cubist_submission);
  for (unsigned i = 0; i < 8; ++i) queue.entry.words[i] = read_register(slot + i * 8);
  if (head == 0 || queue.outstanding == 0) {
    queue.weight =
        static_cast<uint8_t>(8 - (read_register(CUBIST_QUEUE_CONTROL_AT(number)) >> 8 & 7));
  }
  // Masked first: the queue must not be offered again while its entry is in hand.
  in_hand_ |= bit(number);
  write_register(CUBIST_QUEUE_SHARED_ENABLE_AT, ~in_hand_);
  queue.head = static_cast<uint16_t>((head + 1) & (size - 1));
  write_register(CUBIST_QUEUE_SQ_HEAD_AT(number), queue.head);
}

void Queues::release(unsigned queue) {
  in_hand_ &= ~bit(queue);
  write_register(CUBIST_QUEUE_SHARED_ENABLE_AT, ~in_hand_);
}

bool Queues::make_room(unsigned number) {
  Queue& queue = queues_[number];
  const uint64_t space = read_register(CUBIST_QUEUE_CQ_SPACE_AT(number));
  if (space <= queue.outstanding) return false;
  queue.room = static_cast<uint32_t>(space - queue.outstanding);
  return true;
}

void Queues::complete(unsigned number, const cubist_submission& entry, const Failure& failure) {
  Queue& queue = queues_[number];
  if (failure.code != CUBIST_ERROR_OK) {
    queue.record ^= 1;
    cubist_error_record& record = queue.records[queue.record];
    record.task = entry.any.task;
    record.error = failure.code;
    record.core = failure.core;
    record.block = failure.block;
    record.pc = failure.pc;
    record.address = failure.address;
    record.info = failure.info;
    record.entry = entry.any.type == CUBIST_ENTRY_KERNEL ? entry.kernel.entry : 0;
    // The record has the registers in the core's order.
    static_assert(offsetof(cubist_error_record, info_biu) - offsetof(cubist_error_record, bits0) ==
                  (Failure::kDetails - 1) * 8);
    auto* words = reinterpret_cast<uint64_t*>(reinterpret_cast<uint8_t*>(&record) +
                                              offsetof(cubist_error_record, bits0));
    const bool of_core = failure.core != CUBIST_NO_CORE;
    for (unsigned i = 0; i < Failure::kDetails; ++i) words[i] = of_core ? failure.details[i] : 0;
    static_assert(offsetof(cubist_error_record, waiter7) - offsetof(cubist_error_record, waiter0) ==
                  (Failure::kWaiters - 1) * 8);
    record.waiting = failure.waiting;
    uint64_t* waiters = &record.waiter0;
    for (unsigned i = 0; i < Failure::kWaiters; ++i) {
      waiters[i] = i < failure.waiting ? failure.waiters[i] : 0;
    }
    asm volatile("fence" : : : "memory");
    write_register(CUBIST_QUEUE_ERROR_POST_AT(number), reinterpret_cast<uint64_t>(&record));
  }
  const uint64_t detail = failure.core == CUBIST_NO_CORE ? 0 : failure.core;
  write_register(CUBIST_QUEUE_POST0_AT(number), uint64_t{entry.any.task} |
                                                    uint64_t{failure.code} << 32 |
                                                    uint64_t{queue.head} << 48);
  write_register(CUBIST_QUEUE_POST1_AT(number),
                 detail | uint64_t{entry.any.stream} << 32 | uint64_t{entry.any.type} << 48);
  --queue.outstanding;
}

}  // namespace cubist::firmware

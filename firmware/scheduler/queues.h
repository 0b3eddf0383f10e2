// SPDX-License-Identifier: Apache-2.0
// The firmware's side of the queue engine: taking entries, posting completions and error records.
#pragma once

#include <stdint.h>

#include "scheduler/command.h"

namespace cubist::firmware {

class Queues {
 public:
  static constexpr unsigned kCount = CUBIST_QUEUE_COUNT;

  /// Takes the next entry of every ready queue that has none in hand, the most urgent first.
  /// Returns true when it took any.
  bool take();

  /// Queues with an entry in hand, as a bitmap; that entry; and letting go of it.
  uint64_t in_hand() const { return in_hand_; }
  const cubist_submission& entry(unsigned queue) const { return queues_[queue].entry; }
  void release(unsigned queue);

  /// Commands of the queue that have started and not completed.
  unsigned outstanding(unsigned queue) const { return queues_[queue].outstanding; }

  /// Reserves room in the completion ring for one command and counts it as outstanding; false while
  /// the host leaves no room.
  bool start(unsigned number) {
    Queue& queue = queues_[number];
    if (queue.room == 0 && !make_room(number)) return false;
    --queue.room;
    ++queue.outstanding;
    return true;
  }

  /// Posts the completion of a started command, and its error record when it failed.
  void complete(unsigned number, const cubist_submission& entry, const Failure& failure);

  /// Share of the queue in the dealing of cores: 8 for priority 0 down to 1 for 7.
  unsigned weight(unsigned queue) const { return queues_[queue].weight; }

 private:
  struct Queue {
    cubist_submission entry{};
    // Two records: the engine may still be reading the one before.
    cubist_error_record records[2]{};
    uint64_t slots = 0;
    uint32_t room = 0;  ///< Completions that surely fit the ring, less those reserved.
    uint16_t head = 0;
    uint16_t outstanding = 0;
    uint8_t weight = 1;
    uint8_t record = 0;
  };

  void take_one(unsigned number);
  bool make_room(unsigned number);

  Queue queues_[kCount]{};
  uint64_t in_hand_ = 0;
};

}  // namespace cubist::firmware

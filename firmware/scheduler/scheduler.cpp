// SPDX-License-Identifier: Apache-2.0
#include "scheduler/scheduler.h"

#include "scheduler/mmio.h"
#include "scheduler/uart.h"
#include "scheduler/validate.h"

namespace cubist::firmware {

namespace {
constexpr uint64_t kFirstRetryNs = 1'000, kLastRetryNs = 1'000'000;
// Shows on traces what the firmware does for which command.
class Mark {
 public:
  Mark(uint64_t handler, uint32_t task) : value_(handler << 8 | uint64_t{task} << 32) {
    write_register(CUBIST_QUEUE_SHARED_TRACE_AT, value_ | 1);
  }
  ~Mark() { write_register(CUBIST_QUEUE_SHARED_TRACE_AT, value_); }
  Mark(const Mark&) = delete;
  Mark& operator=(const Mark&) = delete;

 private:
  uint64_t value_;
};

constexpr uint64_t kLines = bit(CUBIST_IRQ_QUEUE) | bit(CUBIST_IRQ_CORE) | bit(CUBIST_IRQ_SDMA);
}  // namespace

void Scheduler::boot() {
  cores_.discover();
  timer_.set(Timer::kNever);
  print("Cubist scheduler firmware, ABI ");
  print_decimal(CUBIST_ABI_VERSION);
  print(": ");
  print_decimal(cores_.chip().aics);
  print(" AIC, ");
  print_decimal(cores_.chip().aivs);
  print(" AIV\n");
}

void Scheduler::run() {
  start_interrupts(kLines);
  write_register(CUBIST_QUEUE_SHARED_BOOTED_AT, CUBIST_ABI_VERSION);
  for (;;) {
    const Wakeup what = wait_for_interrupt();
    serve(what);
    arm_timer(what);
  }
}

void Scheduler::serve(Wakeup what) {
  const auto finished = [this](unsigned command) { finish(command); };
  if ((what & bit(CUBIST_IRQ_CORE)) != 0) cores_.collect(finished);
  if ((what & bit(CUBIST_IRQ_SDMA)) != 0) dma_.collect(finished);
  if ((what & kTimer) != 0) cores_.check_deadlines(finished);
  cores_.deal();  // Idle cores first, then entries in hand, then news.
  do {
    start_entries();
  } while (queues_.take());
  cores_.deal();
}

// Starts what can be started of the entries in hand.
void Scheduler::start_entries() {
  bool progress;
  waits_for_room_ = false;
  do {
    progress = false;
    for (uint64_t hands = queues_.in_hand(); hands != 0; hands &= hands - 1) {
      const unsigned queue = lowest_bit(hands);
      const Start start = try_start(queue);
      if (start == Start::no_room) waits_for_room_ = true;
      if (start != Start::done) continue;
      queues_.release(queue);
      checked_ &= ~bit(queue);
      progress = true;
    }
    // An event that was recorded may let an earlier queue go on: look again.
  } while (progress && queues_.in_hand() != 0);
}

inline bool Scheduler::may_start(unsigned queue, const cubist_submission& entry) const {
  const bool overlap = (entry.any.flags & CUBIST_ENTRY_FLAG_OVERLAP) != 0;
  switch (entry.any.type) {
    case CUBIST_ENTRY_BARRIER:
    case CUBIST_ENTRY_EVENT_RECORD:
      return queues_.outstanding(queue) == 0;
    case CUBIST_ENTRY_EVENT_WAIT: {
      const uint32_t count = events_[entry.event_wait.event];
      return (overlap || queues_.outstanding(queue) == 0) &&
             static_cast<int32_t>(count - entry.event_wait.value) >= 0;
    }
    case CUBIST_ENTRY_COPY:
    case CUBIST_ENTRY_FILL:
      return (overlap || queues_.outstanding(queue) == 0) && dma_.channel_free();
    default:
      return overlap || queues_.outstanding(queue) == 0;
  }
}

inline Scheduler::Start Scheduler::try_start(unsigned queue) {
  const cubist_submission& entry = queues_.entry(queue);
  // An entry that waits for its turn is checked meanwhile, and once.
  if ((checked_ & bit(queue)) == 0) {
    checked_ |= bit(queue);
    verdicts_[queue] = static_cast<uint8_t>(check_entry(entry, cores_.chip()));
  }
  const auto error = static_cast<cubist_error>(verdicts_[queue]);
  if (error != CUBIST_ERROR_OK) {
    // A bad entry keeps its place in the order, and harms nothing else.
    if (queues_.outstanding(queue) != 0) return Start::not_yet;
    if (!queues_.start(queue)) return Start::no_room;
    Failure failure;
    failure.code = static_cast<uint16_t>(error);
    queues_.complete(queue, entry, failure);
    return Start::done;
  }
  if (!may_start(queue, entry)) return Start::not_yet;
  const bool lasts = entry.any.type == CUBIST_ENTRY_KERNEL || entry.any.type == CUBIST_ENTRY_COPY ||
                     entry.any.type == CUBIST_ENTRY_FILL;
  unsigned command = CommandPool::kNone;
  if (lasts) {
    command = pool_.allocate();
    if (command == CommandPool::kNone) return Start::not_yet;
  }
  if (!queues_.start(queue)) {
    if (lasts) pool_.at(command).active = false;
    return Start::no_room;
  }
  const Mark mark(CUBIST_TRACE_START, entry.any.task);
  if (lasts) {
    launch(queue, entry, command);
  } else {
    if (entry.any.type == CUBIST_ENTRY_EVENT_RECORD) {
      events_[entry.event_record.event] = entry.event_record.value;
    }
    queues_.complete(queue, entry, Failure{});
  }
  return Start::done;
}

inline void Scheduler::launch(unsigned queue, const cubist_submission& entry, unsigned index) {
  Command& command = pool_.at(index);
  command.begin(entry, queue);
  if (!command.kernel()) {
    dma_.start(index);
    return;
  }
  const uint64_t limit = entry.kernel.timeout_us;
  command.timeout_ns = (limit != 0 ? limit : CUBIST_DEFAULT_TIMEOUT_US) * 1000;
  cores_.add(index);
  cores_.deal();
}

inline void Scheduler::finish(unsigned index) {
  Command& command = pool_.at(index);
  const Mark mark(CUBIST_TRACE_COMPLETE, command.entry.any.task);
  queues_.complete(command.queue, command.entry, command.failure);
  command.active = false;
}

// Blocks that start pull the timer forward; it is put back only when it has rung or nothing runs.
void Scheduler::arm_timer(Wakeup what) {
  if (waits_for_room_) {
    uint64_t next = cores_.next_deadline();
    retry_ns_ = retry_ns_ == 0 ? kFirstRetryNs : retry_ns_ * 2;
    if (retry_ns_ > kLastRetryNs) retry_ns_ = kLastRetryNs;
    const uint64_t retry = Timer::now() + retry_ns_;
    if (retry < next) next = retry;
    timer_.set(next);
    return;
  }
  retry_ns_ = 0;
  if (!cores_.busy()) {
    timer_.set(Timer::kNever);
  } else if ((what & kTimer) != 0) {
    timer_.set(cores_.next_deadline());
  }
}

}  // namespace cubist::firmware

// SPDX-License-Identifier: Apache-2.0
// From queue entries to completions: order within a queue, events, and who runs what.
#pragma once

#include <stdint.h>

#include "scheduler/command.h"
#include "scheduler/cores.h"
#include "scheduler/dma.h"
#include "scheduler/interrupts.h"
#include "scheduler/queues.h"
#include "scheduler/timer.h"

namespace cubist::firmware {

class Scheduler {
 public:
  /// Finds the cores and says hello on the UART.
  void boot();
  /// Serves queues for ever.
  [[noreturn]] void run();

 private:
  enum class Start : uint8_t { done, not_yet, no_room };

  void serve(Wakeup what);
  void start_entries();
  Start try_start(unsigned queue);
  bool may_start(unsigned queue, const cubist_submission& entry) const;
  void launch(unsigned queue, const cubist_submission& entry, unsigned index);
  void finish(unsigned index);
  void arm_timer(Wakeup what);

  CommandPool pool_;
  Queues queues_;
  Timer timer_;
  Cores cores_{pool_, queues_, timer_};
  Dma dma_{pool_};
  uint32_t events_[CUBIST_EVENTS]{};
  // Queues whose entry in hand has been checked, and what came of it.
  uint64_t checked_ = 0;
  uint8_t verdicts_[Queues::kCount]{};
  // Somebody waits for the host to empty a completion ring, which raises no interrupt.
  bool waits_for_room_ = false;
  uint64_t retry_ns_ = 0;
};

}  // namespace cubist::firmware

// SPDX-License-Identifier: Apache-2.0
// One timer for whoever needs to be woken: block time-outs and retries.
#pragma once

#include <stdint.h>

#include "scheduler/mmio.h"

namespace cubist::firmware {

class Timer {
 public:
  static constexpr uint64_t kNever = ~uint64_t{0};

  /// Simulated nanoseconds.
  static uint64_t now() { return read_register(CUBIST_CLINT_MTIME_AT); }

  /// The timer interrupts at `when` or earlier: an early wake-up does no harm.
  void wake_at(uint64_t when) {
    if (when < next_) set(when);
  }
  /// After an interrupt, or when nothing is left to wait for: the exact next time.
  void set(uint64_t when) {
    if (when == next_) return;
    next_ = when;
    write_register(CUBIST_CLINT_MTIMECMP_AT, when);
  }

 private:
  uint64_t next_ = 0;
};

}  // namespace cubist::firmware

// SPDX-License-Identifier: Apache-2.0
// Interrupts and traps. An interrupt only ends the main loop's sleep; the loop asks which lines are
// high and serves them with interrupts off, so that all state belongs to it.
#pragma once

#include <stdint.h>

namespace cubist::firmware {

/// Bits of a wake-up: bit i for line i of the interrupt controller, kTimer for the timer.
using Wakeup = uint64_t;
inline constexpr Wakeup kTimer = uint64_t{1} << 63;

/// Enables lines (a bitmap) and the timer.
void start_interrupts(uint64_t lines);

/// Returns what has happened; sleeps while nothing has. Lines stay high until they are served.
Wakeup wait_for_interrupt();

/// Says what happened on the UART, sets QUEUE_SHARED.PANIC and stops for good.
[[noreturn]] void panic(const char* what, uint64_t cause, uint64_t epc, uint64_t tval);

}  // namespace cubist::firmware

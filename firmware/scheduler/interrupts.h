// SPDX-License-Identifier: Apache-2.0
// Interrupts and traps. The handler only notes which lines are high and masks them; the main loop
// serves them and takes the mask away, so that all state belongs to the main loop.
#pragma once

#include <stdint.h>

namespace cubist::firmware {

/// Bits of a wake-up: bit i for line i of the interrupt controller, kTimer for the timer.
using Wakeup = uint64_t;
inline constexpr Wakeup kTimer = uint64_t{1} << 63;

/// Enables lines (a bitmap) and the timer.
void start_interrupts(uint64_t lines);

/// Sleeps until something has happened, and returns what. The lines it returns stay masked until
/// serve() is called with them.
Wakeup wait_for_interrupt();
void served(Wakeup what);

/// Says what happened on the UART, sets QUEUE_SHARED.PANIC and stops for good.
[[noreturn]] void panic(const char* what, uint64_t cause, uint64_t epc, uint64_t tval);

}  // namespace cubist::firmware

// SPDX-License-Identifier: Apache-2.0
#include "scheduler/interrupts.h"

#include "scheduler/mmio.h"
#include "scheduler/uart.h"

namespace cubist::firmware {

namespace {
constexpr uint64_t kMieTimer = 1 << 7, kMieExternal = 1 << 11;
constexpr uint64_t kInterrupt = uint64_t{1} << 63;
constexpr uint64_t kCauseTimer = 7, kCauseExternal = 11;

uint64_t enabled_lines = 0;
// Written by the trap handler, read by the main loop with interrupts off.
volatile Wakeup noted = 0;
}  // namespace

extern "C" void trap_handler(uint64_t cause, uint64_t epc, uint64_t tval) {
  if (cause == (kInterrupt | kCauseExternal)) {
    const uint64_t lines = read_register(CUBIST_INTC_PENDING_AT) & enabled_lines;
    enabled_lines &= ~lines;
    write_register(CUBIST_INTC_ENABLE_AT, enabled_lines);
    noted = noted | lines;
    return;
  }
  if (cause == (kInterrupt | kCauseTimer)) {
    asm volatile("csrc mie, %0" : : "r"(kMieTimer));
    noted = noted | kTimer;
    return;
  }
  panic("trap", cause, epc, tval);
}

void start_interrupts(uint64_t lines) {
  enabled_lines = lines;
  write_register(CUBIST_INTC_ENABLE_AT, lines);
  asm volatile("csrs mie, %0" : : "r"(kMieTimer | kMieExternal));
}

Wakeup wait_for_interrupt() {
  for (;;) {
    // With MIE clear, wfi still ends when an interrupt is pending: none can slip in between the
    // test and the sleep. Setting MIE then takes the trap.
    asm volatile("csrci mstatus, 8" : : : "memory");
    const Wakeup what = noted;
    if (what != 0) {
      noted = 0;
      return what;
    }
    asm volatile("wfi\n csrsi mstatus, 8" : : : "memory");
  }
}

void served(Wakeup what) {
  if ((what & kTimer) != 0) asm volatile("csrs mie, %0" : : "r"(kMieTimer));
  const uint64_t lines = what & ~kTimer;
  if (lines != 0) {
    enabled_lines |= lines;
    write_register(CUBIST_INTC_ENABLE_AT, enabled_lines);
  }
}

void panic(const char* what, uint64_t cause, uint64_t epc, uint64_t tval) {
  asm volatile("csrci mstatus, 8\n csrw mie, zero" : : : "memory");
  write_register(CUBIST_QUEUE_SHARED_PANIC_AT, CUBIST_ERROR_FIRMWARE);
  print("scheduler firmware stopped: ");
  print(what);
  print(", mcause ");
  print_hex(cause);
  print(", mepc ");
  print_hex(epc);
  print(", mtval ");
  print_hex(tval);
  print("\n");
  for (;;) asm volatile("wfi");
}

}  // namespace cubist::firmware

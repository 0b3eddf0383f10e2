// SPDX-License-Identifier: Apache-2.0
#include "scheduler/interrupts.h"

#include "scheduler/mmio.h"
#include "scheduler/uart.h"

namespace cubist::firmware {

namespace {
constexpr uint64_t kMieTimer = 1 << 7, kMieExternal = 1 << 11;

uint64_t served_lines = 0;
}  // namespace

extern "C" [[noreturn]] void trap_handler(uint64_t cause, uint64_t epc, uint64_t tval) {
  panic("trap", cause, epc, tval);
}

void start_interrupts(uint64_t lines) {
  served_lines = lines;
  write_register(CUBIST_INTC_ENABLE_AT, lines);
  asm volatile("csrs mie, %0" : : "r"(kMieTimer | kMieExternal));
}

Wakeup wait_for_interrupt() {
  for (;;) {
    Wakeup what = read_register(CUBIST_INTC_PENDING_AT) & served_lines;
    uint64_t pending;
    asm volatile("csrr %0, mip" : "=r"(pending));
    if ((pending & kMieTimer) != 0) what |= kTimer;
    if (what != 0) return what;
    // With MIE clear, wfi still ends when an interrupt is pending: none can slip in between the
    // test and the sleep. Setting MIE takes the trap, which returns with MIE clear.
    asm volatile("wfi\n csrsi mstatus, 8\n csrci mstatus, 8" : : : "memory");
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

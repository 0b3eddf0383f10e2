// SPDX-License-Identifier: Apache-2.0
// Privilege modes, trap causes and the record of a taken trap.
#pragma once

#include <cstdint>

namespace cubist::riscv {

enum class Mode : uint8_t { user = 0, machine = 3 };

/// Exception codes of mcause.
enum class Cause : uint8_t {
  fetch_misaligned = 0,
  fetch_fault = 1,
  illegal_instruction = 2,
  breakpoint = 3,
  load_misaligned = 4,
  load_fault = 5,
  store_misaligned = 6,
  store_fault = 7,
  user_ecall = 8,
  machine_ecall = 11,
};

/// Bit numbers in mip and mie, and interrupt codes of mcause.
inline constexpr unsigned kSoftwareInterrupt = 3;
inline constexpr unsigned kTimerInterrupt = 7;
inline constexpr unsigned kExternalInterrupt = 11;
/// Lines 16 to 63 are the platform's own.
inline constexpr unsigned kFirstPlatformInterrupt = 16;

/// A trap as it was taken.
struct Trap {
  uint64_t cause = 0;         ///< As in mcause: bit 63 set for an interrupt.
  uint64_t pc = 0;            ///< mepc.
  uint64_t value = 0;         ///< mtval.
  uint64_t cycle = 0;         ///< Local time, in cycles, at which it was taken.
  Mode from = Mode::machine;  ///< Mode that was interrupted.

  bool is_interrupt() const { return (cause >> 63) != 0; }
  unsigned code() const { return static_cast<unsigned>(cause & 63); }
};

/// "load access fault", "machine timer interrupt", ... for a value of mcause.
const char* cause_name(uint64_t cause);

}  // namespace cubist::riscv

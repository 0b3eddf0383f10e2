// SPDX-License-Identifier: Apache-2.0
// What the compiler may call of its own accord in a freestanding program.
#include <stddef.h>
#include <stdint.h>

#include "scheduler/interrupts.h"

extern "C" {

// Word by word when it can: the callers copy queue entries.
[[gnu::used]] void* memcpy(void* __restrict to, const void* __restrict from, size_t bytes) {
  if (((reinterpret_cast<uintptr_t>(to) | reinterpret_cast<uintptr_t>(from) | bytes) & 7) == 0) {
    auto* out = static_cast<uint64_t*>(to);
    const auto* in = static_cast<const uint64_t*>(from);
    for (const auto* const end = in + bytes / 8; in != end;) {
      *out++ = *in++;
      asm volatile("" : : : "memory");  // Or the compiler would call memcpy here.
    }
    return to;
  }
  auto* out = static_cast<volatile uint8_t*>(to);
  const auto* in = static_cast<const uint8_t*>(from);
  for (size_t i = 0; i < bytes; ++i) out[i] = in[i];
  return to;
}

[[gnu::used]] void* memset(void* to, int value, size_t bytes) {
  if (value == 0 && ((reinterpret_cast<uintptr_t>(to) | bytes) & 7) == 0) {
    auto* out = static_cast<uint64_t*>(to);
    for (const auto* const end = out + bytes / 8; out != end;) {
      *out++ = 0;
      asm volatile("" : : : "memory");
    }
    return to;
  }
  auto* out = static_cast<volatile uint8_t*>(to);
  for (size_t i = 0; i < bytes; ++i) out[i] = static_cast<uint8_t>(value);
  return to;
}

[[gnu::used, noreturn]] void abort() {
  cubist::firmware::panic("abort", 0, 0, 0);
}

}  // extern "C"

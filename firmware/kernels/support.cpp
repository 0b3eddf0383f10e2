// SPDX-License-Identifier: Apache-2.0
// What the compiler may call of its own accord in a freestanding program.
#include <stddef.h>
#include <stdint.h>

#include "abi/cubist_intrinsics.h"
#include "abi/kernel_args.h"

extern "C" {

[[gnu::used]] void* memcpy(void* __restrict to, const void* __restrict from, size_t bytes) {
  auto* out = static_cast<volatile uint8_t*>(to);
  const auto* in = static_cast<const uint8_t*>(from);
  for (size_t i = 0; i < bytes; ++i) out[i] = in[i];
  return to;
}

[[gnu::used]] void* memmove(void* to, const void* from, size_t bytes) {
  auto* out = static_cast<volatile uint8_t*>(to);
  const auto* in = static_cast<const uint8_t*>(from);
  if (out <= in) {
    for (size_t i = 0; i < bytes; ++i) out[i] = in[i];
  } else {
    for (size_t i = bytes; i-- > 0;) out[i] = in[i];
  }
  return to;
}

[[gnu::used]] void* memset(void* to, int value, size_t bytes) {
  auto* out = static_cast<volatile uint8_t*>(to);
  for (size_t i = 0; i < bytes; ++i) out[i] = static_cast<uint8_t>(value);
  return to;
}

[[gnu::used, noreturn]] void abort() {
  cubist::s::trap(CUBIST_TRAP_ABORT);
  for (;;) {
  }
}

}  // extern "C"

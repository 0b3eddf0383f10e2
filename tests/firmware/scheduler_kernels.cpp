// SPDX-License-Identifier: Apache-2.0
// Kernels for the tests of the scheduler: they count, loop, trap or wait in vain.
#include "scheduler_kernels.h"
#include "cubist_kernel.h"

using namespace cubist;

namespace {
volatile uint64_t& word(uint64_t address, uint64_t index) {
  return reinterpret_cast<volatile uint64_t*>(address)[index];
}
}  // namespace

// Each block leaves its number, the count, and its core.
CUBIST_KERNEL(mark_aic, aic)(const MarkArgs* args) {
  word(args->out, block_idx()) = block_idx() | uint64_t{block_num()} << 16 | csr::core_id() << 32 |
                                 csr::core_kind() << 40 | args->value << 48;
}
CUBIST_KERNEL(mark_aiv, aiv)(const MarkArgs* args) {
  word(args->out, block_idx()) = block_idx() | uint64_t{block_num()} << 16 | csr::core_id() << 32 |
                                 csr::core_kind() << 40 | args->value << 48;
}
// Block `value` loops for ever, the others end.
CUBIST_KERNEL(spin, aiv)(const MarkArgs* args) {
  while (block_idx() == args->value) asm volatile("nop");
}
// Block 1 traps with `value`.
CUBIST_KERNEL(trapper, aic)(const MarkArgs* args) {
  if (block_idx() == 1) s::trap(args->value);
}
CUBIST_KERNEL(lonely_wait, aiv)(const MarkArgs*) {
  wait_flag<Pipe::MTE2, Pipe::V>(3);
  drain();
}
// Reads nothing's address.
CUBIST_KERNEL(stray, aic)(const MarkArgs*) {
  [[maybe_unused]] const uint64_t value = word(0x70'0000'0000, 0);
}
// Takes a while: counts to `value`.
CUBIST_KERNEL(count, aiv)(const MarkArgs* args) {
  for (uint64_t i = 0; i < args->value; ++i) asm volatile("nop");
  word(args->out, block_idx()) = args->value;
}

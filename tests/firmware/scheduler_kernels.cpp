// SPDX-License-Identifier: Apache-2.0
// Kernels for the tests of the scheduler: they count, loop, trap or wait in vain.
#include "scheduler_kernels.h"
#include "cubist_kernel.h"
#include "cubist_sync.h"

using namespace cubist;

namespace {
volatile uint64_t& word(uint64_t address, uint64_t index) {
  return reinterpret_cast<volatile uint64_t*>(address)[index];
}
uint64_t cycle() {
  uint64_t value;
  asm volatile("csrr %0, cycle" : "=r"(value));
  return value;
}
// When this core came to a meeting of all, and when it went on: out[2 * place], out[2 * place + 1].
void meet(uint64_t out, uint32_t place) {
  for (uint32_t i = 0; i < place * 50; ++i) asm volatile("nop");  // They come at different times.
  const uint64_t came = cycle();
  sync_all();
  const uint64_t went = cycle();
  word(out, place * 2) = came;
  word(out, place * 2 + 1) = went;
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
// Copies 4 KiB from `value` to UB: through MTE2. The scalar unit reads one word of it: `peek`.
CUBIST_KERNEL(stage, aiv)(const MarkArgs* args) {
  mte2::copy(CUBIST_REGION_UB_BASE, args->value, {.n_burst = 1, .len_burst = 128});
  drain();
}
CUBIST_KERNEL(peek, aic)(const MarkArgs* args) {
  [[maybe_unused]] const uint64_t value = word(args->value, 0);
}
// Takes a while: counts to `value`.
CUBIST_KERNEL(count, aiv)(const MarkArgs* args) {
  for (uint64_t i = 0; i < args->value; ++i) asm volatile("nop");
  word(args->out, block_idx()) = args->value;
}

// --- Cores that meet -----------------------------------------------------------------------------

CUBIST_KERNEL(meet_aiv, aiv, at_once)(const MarkArgs* args) {
  meet(args->out, block_idx());
}
CUBIST_KERNEL(meet_aic, aic, at_once)(const MarkArgs* args) {
  meet(args->out, block_idx());
}
CUBIST_MIX_KERNEL(meet_mix, 2, at_once);
CUBIST_AIC(meet_mix)(const MarkArgs* args) {
  meet(args->out, block_idx() * 3);
}
CUBIST_AIV(meet_mix)(const MarkArgs* args) {
  meet(args->out, block_idx() * 3 + 1 + sub_block_idx());
}

// The AIC hands out a number, its AIVs add to it, the AIC gathers: out[block] = 3 * value + 3, and
// each AIV leaves its core, block and place behind: out[64 + 2 * block + sub].
CUBIST_MIX_KERNEL(relay, 2);
CUBIST_AIC(relay)(const MarkArgs* args) {
  const uint64_t desk = args->out + 0x1000 + block_idx() * 256;
  word(desk, 0) = args->value + block_idx();
  set_cross_core<Pipe::FIX, 2>(3);
  wait_cross_core<Pipe::S>(4);
  word(args->out, block_idx()) = word(desk, 0) + word(desk, 8) + word(desk, 16);
}
CUBIST_AIV(relay)(const MarkArgs* args) {
  const uint64_t desk = args->out + 0x1000 + block_idx() * 256;
  wait_cross_core<Pipe::S>(3);
  word(desk, 8 * (1 + sub_block_idx())) = word(desk, 0) + 1 + sub_block_idx();
  word(args->out, 64 + 2 * block_idx() + sub_block_idx()) =
      csr::core_id() | uint64_t{block_idx()} << 8 | uint64_t{sub_block_num()} << 16;
  set_cross_core<Pipe::MTE3, 2>(4);
}

// Block `value` is left waiting by one of its AIVs; other blocks end well.
CUBIST_MIX_KERNEL(forgetful, 2);
CUBIST_AIC(forgetful)(const MarkArgs*) {
  wait_cross_core<Pipe::MTE2>(5);
  drain();
}
CUBIST_AIV(forgetful)(const MarkArgs* args) {
  if (block_idx() == args->value && sub_block_idx() == 1) return;
  set_cross_core<Pipe::MTE3, 2>(5);
}

// All three cores of a block wait, each in a pipe of its own, for flags that nobody sets.
CUBIST_MIX_KERNEL(all_wait, 2);
CUBIST_AIC(all_wait)(const MarkArgs*) {
  wait_cross_core<Pipe::MTE2>(5);
  drain();
}
CUBIST_AIV(all_wait)(const MarkArgs*) {
  if (sub_block_idx() == 0) {
    wait_cross_core<Pipe::MTE3>(6);
    drain();
  } else {
    wait_cross_core<Pipe::S>(7);
  }
}

// AIV 1 of block 0 reads what is not there while the others wait for it.
CUBIST_MIX_KERNEL(broken_pair, 2);
CUBIST_AIC(broken_pair)(const MarkArgs*) {
  wait_cross_core<Pipe::S>(5);
}
CUBIST_AIV(broken_pair)(const MarkArgs*) {
  if (block_idx() == 0 && sub_block_idx() == 1) {
    [[maybe_unused]] const uint64_t value = word(0x70'0000'0000, 0);
  }
  wait_cross_core<Pipe::V>(6);
}

// The AIC sets more often than its AIVs wait.
CUBIST_MIX_KERNEL(flooding, 1);
CUBIST_AIC(flooding)(const MarkArgs* args) {
  for (uint64_t i = 0; i < args->value; ++i) set_cross_core<Pipe::MTE2, 2>(7);
  wait_cross_core<Pipe::S>(8);
}
CUBIST_AIV(flooding)(const MarkArgs* args) {
  while (cycle() % 8192 < 4096) asm volatile("nop");
  for (uint64_t i = 0; i < args->value; ++i) wait_cross_core<Pipe::MTE3>(7);
  drain();
  set_cross_core<Pipe::V, 2>(8);
}

// The AIV counts to `value` before the AIC may go on.
CUBIST_MIX_KERNEL(slow_pair, 1);
CUBIST_AIC(slow_pair)(const MarkArgs*) {
  wait_cross_core<Pipe::S>(2);
}
CUBIST_AIV(slow_pair)(const MarkArgs* args) {
  for (uint64_t i = 0; i < args->value; ++i) asm volatile("nop");
  set_cross_core<Pipe::V, 2>(2);
}

// Mode 0 in a launch whose blocks need not run at once.
CUBIST_KERNEL(loose, aiv)(const MarkArgs*) {
  set_cross_core<Pipe::MTE3, 0>(1);
}

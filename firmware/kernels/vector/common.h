// SPDX-License-Identifier: Apache-2.0
// What the AIV kernels share: configuration shorthands and the two-slot pipeline.
#pragma once

#include <stdint.h>

#include "abi/kernel_args.h"
#include "abi/kernel_args_vector.h"
#include "kernel_base.h"

namespace cubist::kernel {

inline constexpr uint32_t kUb = CUBIST_REGION_UB_BASE;
inline constexpr uint32_t kBlock = 32;  // bytes of a block: one pixel of an NC1HWC0 plane
inline constexpr uint32_t kRepeatMax = 255;
inline constexpr uint32_t kMinusInfinityF16 = 0xfc00;
inline constexpr uint32_t kMinusInfinityF32 = 0xff800000;

/// A run of elements without gaps, counted by VMASK0.
constexpr v::Config run(ElementType type) {
  return {.dst_block = 1,
          .src0_block = 1,
          .src1_block = 1,
          .dst_repeat = 8,
          .src0_repeat = 8,
          .src1_repeat = 8,
          .type = static_cast<uint8_t>(type),
          .counter = 1};
}
/// FP16 <-> FP32 over a run: the narrow side steps 4 blocks a repeat.
inline constexpr v::Config kWiden = {
    .dst_block = 1, .src0_block = 1, .dst_repeat = 8, .src0_repeat = 4, .type = 0, .counter = 1};
inline constexpr v::Config kNarrow = {
    .dst_block = 1, .src0_block = 1, .dst_repeat = 4, .src0_repeat = 8, .type = 1, .counter = 1};

/// Number of elements for the next counter-mode instructions.
inline void count(uint64_t elements) {
  csr::set_vmask0(elements);
}

/// Copies `bytes` in a row GM -> UB; what lies behind them up to 32 bytes is zero.
inline void load(uint32_t ub, uint64_t gm, uint64_t bytes) {
  mte2::copy_pad(ub, gm, {.n_burst = 1, .len = static_cast<uint32_t>(bytes)});
}
inline void store(uint64_t gm, uint32_t ub, uint64_t bytes) {
  mte3::copy_pad(gm, ub, {.n_burst = 1, .len = static_cast<uint32_t>(bytes)});
}

/// Two halves of the unified buffer in turn: while V works on one, MTE2 fills the other and MTE3
/// drains it. Use: acquire, loads, loaded, vector instructions, computed, stores, release.
class Slots {
 public:
  explicit Slots(uint32_t reserved = 0)
      : bytes_(csr::ub_size() > reserved
                   ? static_cast<uint32_t>((csr::ub_size() - reserved) / 2 / kBlock * kBlock)
                   : 0) {
    set_flag<Pipe::MTE3, Pipe::MTE2>(0);
    set_flag<Pipe::MTE3, Pipe::MTE2>(1);
  }
  /// Bytes of one slot; 0 where the buffer holds no more than what is reserved.
  uint32_t bytes() const { return bytes_; }
  /// Address of the current slot; MTE2 waits until its last user has stored.
  uint32_t acquire() {
    wait_flag<Pipe::MTE3, Pipe::MTE2>(slot_);
    return kUb + slot_ * bytes_;
  }
  void loaded() {
    set_flag<Pipe::MTE2, Pipe::V>(slot_);
    wait_flag<Pipe::MTE2, Pipe::V>(slot_);
  }
  void computed() {
    set_flag<Pipe::V, Pipe::MTE3>(slot_);
    wait_flag<Pipe::V, Pipe::MTE3>(slot_);
  }
  void release() {
    set_flag<Pipe::MTE3, Pipe::MTE2>(slot_);
    slot_ ^= 1;
  }
  /// Waits for both slots, so that no flag stays set behind the kernel.
  void finish() {
    wait_flag<Pipe::MTE3, Pipe::MTE2>(0);
    wait_flag<Pipe::MTE3, Pipe::MTE2>(1);
  }

 private:
  uint32_t bytes_;
  uint32_t slot_ = 0;
};

}  // namespace cubist::kernel

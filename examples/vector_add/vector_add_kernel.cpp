// SPDX-License-Identifier: Apache-2.0
// c = a + b in FP32 on the vector cores.
#include "cubist_kernel.h"
#include "vector_add_args.h"

using namespace cubist;

CUBIST_KERNEL(vector_add, aiv)(const VectorAddArgs* args) {
  // The unified buffer holds three tiles: two operands and their sum.
  constexpr uint32_t kTile = 4096;  // elements
  constexpr uint32_t kA = CUBIST_REGION_UB_BASE, kB = kA + kTile * 4, kC = kB + kTile * 4;

  // Every block takes each block_num-th tile.
  for (uint64_t at = uint64_t{block_idx()} * kTile; at < args->count;
       at += uint64_t{block_num()} * kTile) {
    const uint64_t left = args->count - at;
    const auto n = static_cast<uint32_t>(left < kTile ? left : kTile);
    // MTE2 brings the operands in. copy_pad takes any number of bytes.
    mte2::copy_pad(kA, args->a + at * 4, {.n_burst = 1, .len = n * 4});
    mte2::copy_pad(kB, args->b + at * 4, {.n_burst = 1, .len = n * 4});
    // V waits until MTE2 is done: one flag, set in one queue and waited for in the other.
    set_flag<Pipe::MTE2, Pipe::V>(0);
    wait_flag<Pipe::MTE2, Pipe::V>(0);
    // In counter mode VMASK0 is the number of elements; a repeat is 256 bytes = 8 blocks.
    csr::set_vmask0(n);
    v::vadd(kC, kA, kB,
            {.dst_block = 1,
             .src0_block = 1,
             .src1_block = 1,
             .dst_repeat = 8,
             .src0_repeat = 8,
             .src1_repeat = 8,
             .type = static_cast<uint8_t>(ElementType::f32),
             .counter = 1});
    set_flag<Pipe::V, Pipe::MTE3>(0);
    wait_flag<Pipe::V, Pipe::MTE3>(0);
    mte3::copy_pad(args->c + at * 4, kC, {.n_burst = 1, .len = n * 4});
    // The next tile overwrites these buffers: MTE2 waits for MTE3.
    set_flag<Pipe::MTE3, Pipe::MTE2>(0);
    wait_flag<Pipe::MTE3, Pipe::MTE2>(0);
  }
}

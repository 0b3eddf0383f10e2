// SPDX-License-Identifier: Apache-2.0
// z = x + y in FP16, with one or two sets of buffers: copy in, add, copy out, each stage handing
// over to the next with a flag. A set is free again when its result has left: with one set the
// three stages of a tile, and tiles, follow one another.
#include "cube/common.h"
#include "kernels/calibration_args.h"

namespace {

using namespace cubist;
using kernel::cube::fetch_args;
using kernel::cube::Share;
using kernel::cube::smaller;

constexpr uint32_t kUb = CUBIST_REGION_UB_BASE;
constexpr uint64_t kMostTile = 255 * 128;  // elements of 255 repeats

constexpr v::Config kAdd = {.dst_block = 1,
                            .src0_block = 1,
                            .src1_block = 1,
                            .dst_repeat = 8,
                            .src0_repeat = 8,
                            .src1_repeat = 8,
                            .type = static_cast<uint8_t>(ElementType::f16),
                            .counter = 1};

void load(uint32_t ub, uint64_t gm, uint64_t elements) {
  mte2::copy(ub, gm, {.n_burst = 1, .len_burst = static_cast<uint16_t>(elements / 16)});
}

}  // namespace

CUBIST_KERNEL(bench_vector_add, aiv)(const cubist_bench_vector_add_args* args) {
  const cubist_bench_vector_add_args a = fetch_args(args);
  if (a.tile == 0 || a.tile % 16 != 0 || a.tile > kMostTile || a.count % 16 != 0 || a.buffers < 1 ||
      a.buffers > 2) {
    return s::trap(CUBIST_TRAP_BAD_ARGS);
  }
  csr::set_l2_hint(abi::csr::L2Hint{.bypass_reads = static_cast<uint8_t>(a.bypass >> 1 & 1),
                                    .bypass_writes = static_cast<uint8_t>(a.bypass & 1)}
                       .pack());
  const Share share((a.count + a.tile - 1) / a.tile);
  const auto buffers = static_cast<unsigned>(a.buffers);
  for (unsigned i = 0; i < buffers; ++i) {
    set_flag<Pipe::MTE3, Pipe::MTE2>(i);
  }
  unsigned slot = 0;
  uint64_t counted = 0;
  for (uint64_t tile = share.begin; tile < share.end; ++tile) {
    const uint64_t at = tile * a.tile, n = smaller(a.tile, a.count - at);
    const auto x = static_cast<uint32_t>(kUb + a.ub_x[slot]);
    const auto y = static_cast<uint32_t>(kUb + a.ub_y[slot]);
    const auto z = static_cast<uint32_t>(kUb + a.ub_z[slot]);
    wait_flag<Pipe::MTE3, Pipe::MTE2>(slot);
    load(x, a.x + at * 2, n);
    load(y, a.y + at * 2, n);
    set_flag<Pipe::MTE2, Pipe::V>(slot);
    wait_flag<Pipe::MTE2, Pipe::V>(slot);
    if (n != counted) csr::set_vmask0(counted = n);
    v::vadd(z, x, y, kAdd);
    set_flag<Pipe::V, Pipe::MTE3>(slot);
    wait_flag<Pipe::V, Pipe::MTE3>(slot);
    mte3::copy(a.z + at * 2, z, {.n_burst = 1, .len_burst = static_cast<uint16_t>(n / 16)});
    set_flag<Pipe::MTE3, Pipe::MTE2>(slot);
    slot = slot + 1 == buffers ? 0 : slot + 1;
  }
  for (unsigned i = 0; i < buffers; ++i) {
    wait_flag<Pipe::MTE3, Pipe::MTE2>(i);
  }
}

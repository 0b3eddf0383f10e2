// SPDX-License-Identifier: Apache-2.0
// out = relu(A * B + bias): a mix kernel. The AIC of a block multiplies tiles of 64 x 64 and writes
// them to a workspace in GM, two in turn; each of its two AIVs finishes half of the rows.
//
//   flag 0   AIC to AIVs: a tile lies in the workspace
//   flag 1   AIVs to AIC: both have read it, its half of the workspace is free again
#include "cubist_kernel.h"
#include "fused_args.h"

using namespace cubist;

namespace {

constexpr uint32_t kTile = 64;  // rows, columns and depth of a tile
constexpr uint32_t kFractals = kTile / 16;
constexpr uint32_t kFractalBytes = 512, kOperandBytes = kTile * kTile * 2;
constexpr uint32_t kA1 = CUBIST_REGION_L1_BASE, kB1 = kA1 + kOperandBytes;
constexpr uint32_t kA0 = CUBIST_REGION_L0A_BASE, kB0 = CUBIST_REGION_L0B_BASE;
constexpr uint32_t kC0 = CUBIST_REGION_L0C_BASE;
constexpr unsigned kTileIsThere = 0, kTileIsRead = 1;
constexpr uint8_t kF32 = static_cast<uint8_t>(ElementType::f32);

// Where the tiles of a block lie; both kinds of cores walk over them in the same order.
struct Walk {
  explicit Walk(const FusedArgs& args)
      : columns(args.n / kTile),
        tiles(args.m / kTile * columns),
        workspace(args.workspace + block_idx() * kFusedWorkspace) {}
  uint64_t row(uint64_t tile) const { return tile / columns * kTile; }
  uint64_t column(uint64_t tile) const { return tile % columns * kTile; }
  uint64_t slot(uint64_t step) const { return workspace + step % 2 * kFusedTileBytes; }
  uint64_t columns, tiles, workspace;
};

void load_tile(uint32_t dst, uint64_t src, uint64_t row_elements) {
  csr::set_nd2nz_src({.row_stride = static_cast<uint32_t>(row_elements), .matrix_stride = 0});
  csr::set_nd2nz_dst({.c0_stride = kTile, .n_stride = 1, .matrix_stride = 0});
  mte2::nd2nz(dst, src,
              {.nd_num = 1,
               .n_value = kTile,
               .d_value = kTile,
               .type = static_cast<uint8_t>(ElementType::f16)});
}

// The product of one tile in L0C.
void multiply(const FusedArgs& args, uint64_t row, uint64_t column) {
  for (uint64_t depth = 0; depth < args.k; depth += kTile) {
    load_tile(kA1, args.a + (row * args.k + depth) * 2, args.k);
    load_tile(kB1, args.b + (depth * args.n + column) * 2, args.n);
    set_flag<Pipe::MTE2, Pipe::MTE1>(0);
    wait_flag<Pipe::MTE2, Pipe::MTE1>(0);
    for (uint32_t i = 0; i < kFractals; ++i) {
      const auto start = static_cast<uint16_t>(i);
      mte1::load2d(kA0 + i * kFractals * kFractalBytes, kA1,
                   {.start_index = start, .repeat = kFractals, .src_stride = kFractals});
      mte1::load2d(
          kB0 + i * kFractals * kFractalBytes, kB1,
          {.start_index = start, .repeat = kFractals, .src_stride = kFractals, .transpose = 1});
    }
    set_flag<Pipe::MTE1, Pipe::M>(0);
    wait_flag<Pipe::MTE1, Pipe::M>(0);
    m::mmad(kC0, kA0, kB0,
            {.m = kTile, .k = kTile, .n = kTile, .init = static_cast<uint8_t>(depth == 0 ? 0 : 1)});
    set_flag<Pipe::M, Pipe::MTE2>(0);  // the next depth overwrites what this one reads
    wait_flag<Pipe::M, Pipe::MTE2>(0);
  }
}

}  // namespace

CUBIST_MIX_KERNEL(fused, 2);

CUBIST_AIC(fused)(const FusedArgs* args) {
  const Walk walk(*args);
  csr::set_fixpipe_stride(kTile);
  uint64_t step = 0;
  for (uint64_t tile = block_idx(); tile < walk.tiles; tile += block_num(), ++step) {
    multiply(*args, walk.row(tile), walk.column(tile));
    set_flag<Pipe::M, Pipe::FIX>(0);
    wait_flag<Pipe::M, Pipe::FIX>(0);
    if (step >= 2) wait_cross_core<Pipe::FIX>(kTileIsRead);
    fix::fixpipe(walk.slot(step), kC0,
                 {.n_size = kTile, .m_size = kTile, .src_stride = kTile, .cast = 0, .layout = 1});
    set_cross_core<Pipe::FIX, 2>(kTileIsThere);
    set_flag<Pipe::FIX, Pipe::M>(0);  // the next tile overwrites C
    wait_flag<Pipe::FIX, Pipe::M>(0);
  }
}

CUBIST_AIV(fused)(const FusedArgs* args) {
  const Walk walk(*args);
  const uint32_t rows = kTile / sub_block_num(), first = rows * sub_block_idx();
  const uint32_t in = CUBIST_REGION_UB_BASE, out = in + kTile * kTile * 4;
  const uint32_t bias = out + kTile * kTile * 2;
  uint64_t step = 0;
  for (uint64_t tile = block_idx(); tile < walk.tiles; tile += block_num(), ++step) {
    const uint64_t row = walk.row(tile) + first, column = walk.column(tile);
    csr::set_copy_gap({.gm_gap = 0, .local_gap = 0});
    mte2::copy_pad(bias, args->bias + column * 4, {.n_burst = 1, .len = kTile * 4});
    wait_cross_core<Pipe::MTE2>(kTileIsThere);
    mte2::copy_pad(in, walk.slot(step) + first * kTile * 4,
                   {.n_burst = 1, .len = rows * kTile * 4});
    set_cross_core<Pipe::MTE2, 2>(kTileIsRead);
    set_flag<Pipe::MTE2, Pipe::V>(0);
    wait_flag<Pipe::MTE2, Pipe::V>(0);
    csr::set_vmask0(~uint64_t{0});
    // A repeat is a row of 64 FP32; the bias is the same for each.
    const auto repeat = static_cast<uint8_t>(rows);
    v::vadd(in, in, bias,
            {.repeat = repeat,
             .dst_block = 1,
             .src0_block = 1,
             .src1_block = 1,
             .dst_repeat = 8,
             .src0_repeat = 8,
             .src1_repeat = 0,
             .type = kF32});
    v::vrelu(in, in,
             {.repeat = repeat,
              .dst_block = 1,
              .src0_block = 1,
              .dst_repeat = 8,
              .src0_repeat = 8,
              .type = kF32});
    v::vconv_f16(out, in,
                 {.repeat = repeat,
                  .dst_block = 1,
                  .src0_block = 1,
                  .dst_repeat = 4,
                  .src0_repeat = 8,
                  .type = kF32});
    set_flag<Pipe::V, Pipe::MTE3>(0);
    wait_flag<Pipe::V, Pipe::MTE3>(0);
    csr::set_copy_gap({.gm_gap = static_cast<uint32_t>((args->n - kTile) * 2), .local_gap = 0});
    mte3::copy_pad(args->out + (row * args->n + column) * 2, out,
                   {.n_burst = static_cast<uint16_t>(rows), .len = kTile * 2});
    set_flag<Pipe::MTE3, Pipe::MTE2>(0);  // the next tile overwrites the buffers
    wait_flag<Pipe::MTE3, Pipe::MTE2>(0);
  }
}

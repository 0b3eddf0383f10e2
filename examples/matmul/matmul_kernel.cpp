// SPDX-License-Identifier: Apache-2.0
// C = A * B on the cube cores, 64 x 64 elements of C at a time. Plain and single-buffered: each
// step waits for the one before; firmware/kernels/cube/matmul.cpp shows how the steps overlap.
#include "cubist_kernel.h"
#include "matmul_args.h"

using namespace cubist;

namespace {

constexpr uint32_t kTile = 64;              // rows, columns and depth of a tile
constexpr uint32_t kFractals = kTile / 16;  // fractals of 16 x 16 along each
constexpr uint32_t kFractalBytes = 512;
constexpr uint32_t kTileBytes = kTile * kTile * 2;
constexpr uint32_t kA1 = CUBIST_REGION_L1_BASE, kB1 = kA1 + kTileBytes;
constexpr uint32_t kA0 = CUBIST_REGION_L0A_BASE, kB0 = CUBIST_REGION_L0B_BASE;
constexpr uint32_t kC0 = CUBIST_REGION_L0C_BASE;

// A tile of a row-major matrix to L1, as columns of fractals (NZ).
void load_tile(uint32_t dst, uint64_t src, uint64_t row_elements) {
  csr::set_nd2nz_src({.row_stride = static_cast<uint32_t>(row_elements), .matrix_stride = 0});
  csr::set_nd2nz_dst({.c0_stride = kTile, .n_stride = 1, .matrix_stride = 0});
  mte2::nd2nz(dst, src,
              {.nd_num = 1,
               .n_value = kTile,
               .d_value = kTile,
               .type = static_cast<uint8_t>(ElementType::f16)});
}

}  // namespace

CUBIST_KERNEL(example_matmul, aic)(const MatmulArgs* args) {
  const uint64_t m = args->m, n = args->n, k = args->k;
  const uint64_t columns = n / kTile, tiles = m / kTile * columns;
  for (uint64_t tile = block_idx(); tile < tiles; tile += block_num()) {
    const uint64_t row = tile / columns * kTile, column = tile % columns * kTile;
    for (uint64_t depth = 0; depth < k; depth += kTile) {
      load_tile(kA1, args->a + (row * k + depth) * 2, k);
      load_tile(kB1, args->b + (depth * n + column) * 2, n);
      set_flag<Pipe::MTE2, Pipe::MTE1>(0);
      wait_flag<Pipe::MTE2, Pipe::MTE1>(0);
      for (uint32_t i = 0; i < kFractals; ++i) {
        // L0A wants rows of fractals (zZ): row i gathers every kFractals-th fractal of L1.
        mte1::load2d(kA0 + i * kFractals * kFractalBytes, kA1,
                     {.start_index = static_cast<uint16_t>(i),
                      .repeat = kFractals,
                      .src_stride = kFractals,
                      .dst_gap = 0,
                      .transpose = 0});
        // L0B wants them with k running inside (nZ), so each fractal is turned on the way.
        mte1::load2d(kB0 + i * kFractals * kFractalBytes, kB1,
                     {.start_index = static_cast<uint16_t>(i),
                      .repeat = kFractals,
                      .src_stride = kFractals,
                      .dst_gap = 0,
                      .transpose = 1});
      }
      set_flag<Pipe::MTE1, Pipe::M>(0);
      wait_flag<Pipe::MTE1, Pipe::M>(0);
      m::mmad(kC0, kA0, kB0,
              {.m = kTile,
               .k = kTile,
               .n = kTile,
               .type = 0,
               .init = static_cast<uint8_t>(depth == 0 ? 0 : 1),
               .unit_flag = 0,
               .bias = 0});
      set_flag<Pipe::M, Pipe::MTE2>(0);  // the next depth overwrites what this one reads
      wait_flag<Pipe::M, Pipe::MTE2>(0);
    }
    set_flag<Pipe::M, Pipe::FIX>(0);
    wait_flag<Pipe::M, Pipe::FIX>(0);
    csr::set_fixpipe_stride(n);
    fix::fixpipe(args->c + (row * n + column) * 4, kC0,
                 {.n_size = kTile,
                  .m_size = kTile,
                  .src_stride = kTile,
                  .cast = 0,
                  .relu = 0,
                  .layout = 1,
                  .unit_flag = 0});
    set_flag<Pipe::FIX, Pipe::M>(0);  // the next tile overwrites C
    wait_flag<Pipe::FIX, Pipe::M>(0);
  }
}

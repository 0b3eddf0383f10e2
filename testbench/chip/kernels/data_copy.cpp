// SPDX-License-Identifier: Apache-2.0
// Copies of a large FP16 matrix into UB (48 vector cores) or L1 (24 cube cores, ND to NZ), tile by
// tile and with nothing done to it: what the way from memory carries.
#include "kernels/copy_walk.h"

namespace {

using namespace cubist;
using namespace cubist::kernel;
using bench::Tile;

mte2::CopyPad padded(const Tile& tile) {
  return {.n_burst = static_cast<uint16_t>(tile.rows),
          .len = tile.columns * 2,
          .left_pad = 0,
          .right_pad = 0,
          .type = static_cast<uint8_t>(ElementType::f16)};
}

mte2::Copy blocks(const cubist_bench_copy_args& a, const Tile& tile) {
  const uint64_t gap = tile.rows == 1 ? 0 : (a.row_stride - tile.columns) / 16;
  return {.n_burst = static_cast<uint16_t>(tile.rows),
          .len_burst = static_cast<uint16_t>(tile.columns / 16),
          .src_gap = static_cast<uint16_t>(gap),
          .dst_gap = 0};
}

template <typename Buffers>
void copy_ub(const cubist_bench_copy_args& a) {
  Buffers buffers(CUBIST_REGION_UB_BASE, static_cast<uint32_t>(bench::tile_bytes(a)), a);
  const Tile full{0, true, static_cast<uint32_t>(a.tile_rows),
                  static_cast<uint32_t>(a.tile_columns)};
  if (a.padded != 0) {
    cube::CachedCsr<csr::set_copy_gap> gap;
    const mte2::CopyPad whole = padded(full);
    bench::walk(a, [&](const Tile& tile) {
      gap.set(abi::csr::CopyGap{.gm_gap = static_cast<uint32_t>((a.row_stride - tile.columns) * 2),
                                .local_gap = 0}
                  .pack());
      mte2::copy_pad(buffers.acquire(), a.src + tile.at * 2, tile.whole ? whole : padded(tile));
      buffers.filled();
    });
  } else {
    const mte2::Copy whole = blocks(a, full);
    bench::walk(a, [&](const Tile& tile) {
      if (tile.whole) {
        mte2::copy(buffers.acquire(), a.src + tile.at * 2, whole);
      } else {
        mte2::copy(buffers.acquire(), a.src + tile.at * 2, blocks(a, tile));
      }
      buffers.filled();
    });
  }
  bench::store_last(a, buffers.finish());
}

/// True when all tiles are alike, dealt in turn, and nobody waits: then copy_alike() does it.
bool alike(const cubist_bench_copy_args& a) {
  return a.walk == CUBIST_BENCH_WALK_DEALT && a.order == CUBIST_BENCH_ORDER_NONE && a.padded == 0 &&
         a.rows % a.tile_rows == 0 && a.columns % a.tile_columns == 0;
}

/// What walk() does for such tiles, in as few instructions as it takes: with small tiles the scalar
/// unit is what limits the copies. Returns where the last tile lies.
uint32_t copy_alike(const cubist_bench_copy_args& a) {
  const uint64_t across = a.columns / a.tile_columns, down = a.rows / a.tile_rows;
  const uint64_t rows_on = block_num() / across, columns_on = block_num() % across;
  const uint64_t tile_row_bytes = a.tile_rows * a.row_stride * 2;
  const uint64_t step = rows_on * tile_row_bytes + columns_on * a.tile_columns * 2;
  const uint64_t wrap = tile_row_bytes - a.columns * 2;
  const mte2::Copy config = blocks(
      a, {0, true, static_cast<uint32_t>(a.tile_rows), static_cast<uint32_t>(a.tile_columns)});
  const uint64_t base = CUBIST_REGION_UB_BASE, bytes = bench::tile_bytes(a);
  const uint64_t end = base + a.buffers * bytes;
  uint64_t to = base;
  for (uint64_t pass = 0; pass < a.passes; ++pass) {
    uint64_t row = block_idx() / across, column = block_idx() % across;
    uint64_t from = a.src + row * tile_row_bytes + column * a.tile_columns * 2;
    while (row < down) {
      // With at least as many tiles across as blocks, nothing but the column counts in a row.
      do {
        mte2::copy(to, from, config);
        to = to + bytes == end ? base : to + bytes;
        from += step;
        column += columns_on;
      } while (rows_on == 0 && column < across);
      row += rows_on;
      if (column < across) continue;
      column -= across;
      from += wrap;
      ++row;
    }
  }
  return static_cast<uint32_t>((to == base ? end : to) - bytes);
}

}  // namespace

CUBIST_KERNEL(bench_copy_ub, aiv)(const cubist_bench_copy_args* args) {
  const cubist_bench_copy_args a = cube::fetch_args(args);
  const bool whole_blocks =
      a.columns % 16 == 0 && a.tile_columns % 16 == 0 && a.row_stride % 16 == 0;
  if (bench::bad_copy(a, csr::ub_size()) || (a.padded == 0 && !whole_blocks)) {
    return s::trap(CUBIST_TRAP_BAD_ARGS);
  }
  if (alike(a)) {
    bench::store_last(a, copy_alike(a));
  } else if (a.order == CUBIST_BENCH_ORDER_NONE) {
    copy_ub<bench::FreeBuffers>(a);
  } else {
    copy_ub<bench::TileBuffers<Pipe::V>>(a);
  }
}

CUBIST_KERNEL(bench_copy_l1, aic)(const cubist_bench_copy_args* args) {
  const cubist_bench_copy_args a = cube::fetch_args(args);
  if (bench::bad_copy(a, csr::l1_size())) return s::trap(CUBIST_TRAP_BAD_ARGS);
  bench::TileBuffers<Pipe::MTE1> buffers(CUBIST_REGION_L1_BASE,
                                         static_cast<uint32_t>(bench::tile_bytes(a)), a);
  csr::set_nd2nz_src(
      abi::csr::Nd2nzSrc{.row_stride = static_cast<uint32_t>(a.row_stride), .matrix_stride = 0}
          .pack());
  csr::set_nd2nz_dst(abi::csr::Nd2nzDst{
      .c0_stride = static_cast<uint16_t>(a.tile_rows), .n_stride = 1, .matrix_stride = 0}
                         .pack());
  bench::walk(a, [&](const Tile& tile) {
    mte2::nd2nz(buffers.acquire(), a.src + tile.at * 2,
                {.nd_num = 1,
                 .n_value = static_cast<uint16_t>(tile.rows),
                 .d_value = static_cast<uint16_t>(tile.columns),
                 .type = static_cast<uint8_t>(ElementType::f16)});
    buffers.filled();
  });
  bench::store_last(a, buffers.finish());
}

// SPDX-License-Identifier: Apache-2.0
// Launch blocks of the calibration kernels: what the host puts in GM and a kernel gets in a0. All
// members are 8 bytes; addresses are GM addresses, offsets are bytes from the start of a buffer.
#pragma once

#include <stdint.h>

/// Kernel "bench_empty_aic", "bench_empty_aiv": reads its launch block and ends.
typedef struct cubist_bench_empty_args {
  uint64_t nothing;  ///< Read, and not used.
} cubist_bench_empty_args;

/// Kernel "bench_vector_add" (AIV): z = x + y, FP16. Tiles of `tile` elements are dealt to blocks
/// in contiguous ranges; each is two copies in, one vadd, one copy out.
typedef struct cubist_bench_vector_add_args {
  uint64_t x, y, z;  ///< GM addresses of `count` elements each.
  uint64_t count;    ///< Elements of each tensor.
  uint64_t tile;     ///< Elements of a copy, a multiple of 16 and at most 32640.
  uint64_t buffers;  ///< 1: each tensor has one buffer; 2: two, used in turn.
  uint64_t bypass;   ///< Bit 0: stores of z bring no lines into L2; bit 1: nor do loads of x and y.
  uint64_t ub_x[2];  ///< Offsets in UB of the buffers of x, 32-byte aligned.
  uint64_t ub_y[2];  ///< Of y.
  uint64_t ub_z[2];  ///< Of z.
} cubist_bench_vector_add_args;

/// How "bench_copy_ub" and "bench_copy_l1" walk over the tensor.
typedef enum cubist_bench_walk {
  CUBIST_BENCH_WALK_DEALT = 0,      ///< Tiles go to the blocks in turn, `passes` times over.
  CUBIST_BENCH_WALK_PARTS = 1,      ///< Likewise, but a quarter of the rows at a time.
  CUBIST_BENCH_WALK_SAME = 2,       ///< Every block reads the whole tensor, all in the same order.
  CUBIST_BENCH_WALK_STAGGERED = 3,  ///< Likewise; block b begins at tile b.
} cubist_bench_walk;

/// Who orders a copy behind the one that last used its buffer.
typedef enum cubist_bench_order {
  CUBIST_BENCH_ORDER_NONE = 0,   ///< Nobody: copies overwrite each other.
  CUBIST_BENCH_ORDER_FLAGS = 1,  ///< A flag to a consumer (V or MTE1) and back.
  CUBIST_BENCH_ORDER_DRAIN = 2,  ///< The scalar unit waits for the copy to be complete.
} cubist_bench_order;

/// Kernels "bench_copy_ub" (AIV) and "bench_copy_l1" (AIC, ND to NZ): copies a row-major FP16
/// tensor tile by tile; nothing is done with it.
typedef struct cubist_bench_copy_args {
  uint64_t src;                      ///< GM address of the tensor.
  uint64_t rows, columns;            ///< Of the tensor.
  uint64_t row_stride;               ///< Elements from row to row.
  uint64_t tile_rows, tile_columns;  ///< Elements of a copy; edge tiles are smaller.
  uint64_t passes;                   ///< How often each element is read by its block.
  uint64_t walk;                     ///< cubist_bench_walk.
  uint64_t order;                    ///< cubist_bench_order.
  uint64_t padded;   ///< UB: 1 copies with copy_pad (any width), 0 with copy (whole 32 bytes).
  uint64_t buffers;  ///< Tile buffers used in turn, 1 to 8; they must fit.
  uint64_t dst;      ///< GM address, or 0: if not 0, block b stores its last tile at
                     ///< dst + b * 1 MiB, as it lies in the buffer, so that it can be checked.
} cubist_bench_copy_args;

/// Kernel "bench_matmul" (AIC): c = a * b, FP16 in, FP32 sums, FP16 out, all row-major.
/// m, n and k are multiples of the base block's, k also of the L1 pieces' depths.
typedef struct cubist_bench_matmul_args {
  uint64_t a;                       ///< GM address, m x k.
  uint64_t b;                       ///< GM address, k x n (or n x k).
  uint64_t c;                       ///< GM address, m x n.
  uint64_t m, n, k;                 ///< Elements.
  uint64_t base_m, base_n, base_k;  ///< Elements of what one mmad multiplies; multiples of 16.
  uint64_t step_a, step_b;          ///< base_k steps that an L1 piece of A and of B holds.
  uint64_t b_is_nk;                 ///< 1: B is stored as n x k.
  uint64_t panel;  ///< Output blocks go down `panel` rows of blocks, then to the next column of
                   ///< blocks, then to the next panel: 1 is row by row.
  uint64_t deal;   ///< 0: block i of the order to core i mod cores; 1: contiguous ranges.
} cubist_bench_matmul_args;

/// Kernel "bench_banks" (AIV): `count` FP32 additions of `repeats` repeats; operands at these
/// offsets in UB, blocks side by side, repeats 8 blocks apart but for src0.
typedef struct cubist_bench_banks_args {
  uint64_t count;
  uint64_t repeats;          ///< 1 to 255.
  uint64_t dst, src0, src1;  ///< Bytes.
  uint64_t src0_repeat;      ///< Blocks.
} cubist_bench_banks_args;

/// Kernel "bench_nd2nz_ub" (AIV): a row-major FP16 matrix becomes NZ (blocks of 16 columns, one
/// behind the other) on its way through UB: a vcopy takes a row of 128 elements at each repeat and
/// puts its blocks `c0_stride` blocks apart.
typedef struct cubist_bench_nd2nz_args {
  uint64_t src, dst;       ///< GM addresses.
  uint64_t rows, columns;  ///< Multiples of tile_rows and of 128.
  uint64_t tile_rows;      ///< 1 to 255.
  uint64_t c0_stride;      ///< 32-byte blocks between column blocks in UB: tile_rows to 255.
} cubist_bench_nd2nz_args;

// SPDX-License-Identifier: Apache-2.0
// Launch blocks of the operator kernels: what the host puts in GM and a kernel gets in a0. All
// members are 8 bytes. Addresses are GM addresses, 32-byte aligned unless said otherwise.
//
// Tensor layouts in GM
//   feature map  FP16 (N, C1, H, W, 16): channel c is element c % 16 of block c / 16; the channels
//                that pad the last block are zero, on input and on output.
//   matrix       row-major, FP16 or FP32; rows `stride` elements apart.
//   packed       FP16 right-hand matrix of K x N, both rounded up to 16 with zeros, as fractals of
//                16 x 16 (512 bytes): fractal (n1, k1) at (n1 * ceil(K / 16) + k1) * 512, in it
//                element (k, n) at (n % 16) * 16 + k % 16. k runs inside, both times.
//
// A kernel that cannot do what its block asks (a tile that fits no buffer, say) ends with error
// TRAP and one of the codes below in the address field.
#ifndef CUBIST_KERNEL_ARGS_H
#define CUBIST_KERNEL_ARGS_H

#include <stdint.h>

#define CUBIST_TRAP_BAD_ARGS 1  ///< A field of the launch block is out of range.
#define CUBIST_TRAP_NO_TILE 2   ///< Not even the smallest tile fits the core's buffers.
#define CUBIST_TRAP_ABORT 3     ///< The kernel called abort().

/// Input blocks and weights of one block of 16 output channels, for grouped convolutions.
typedef struct cubist_conv2d_group {
  uint64_t c1_begin;  ///< First input channel block.
  uint64_t c1_end;    ///< One past the last; 1 or more blocks.
  uint64_t fractal;   ///< Index of the first weight fractal of this output block.
} cubist_conv2d_group;

/// Kernel "conv2d" (AIC): output = relu?(conv(input, weights) + bias). Any number of blocks.
///
/// weights: `packed` with K in the order (c1, filter row, filter column, c0) and N the output
/// channels; weights of padding channels are zero. Without `groups` every output block reads all
/// input blocks, so that fractal (n1, k1) is at index n1 * in_c1 * filter_h * filter_w + k1. With
/// `groups`, output block n1 has its own k range: fractals groups[n1].fractal + k1 for k1 below
/// (c1_end - c1_begin) * filter_h * filter_w, k counted from c1_begin on. Weights of input channels
/// outside an output channel's group are zero (a depthwise convolution has diagonal fractals).
typedef struct cubist_conv2d_args {
  uint64_t input;    ///< FP16 (batch, in_c1, in_h, in_w, 16).
  uint64_t weights;  ///< FP16 fractals, 512-byte aligned.
  uint64_t bias;     ///< FP32, out_c1 * 16 values (zero for padding channels); 0: no bias.
  uint64_t output;   ///< FP16 (batch, out_c1, out_h, out_w, 16).
  uint64_t groups;   ///< cubist_conv2d_group[out_c1]; 0: dense.
  uint64_t batch;
  uint64_t in_c1, in_h, in_w;                         ///< in_h and in_w 1 to 65535.
  uint64_t out_c1, out_h, out_w;                      ///< As they follow from the fields below.
  uint64_t filter_h, filter_w;                        ///< 1 to 511.
  uint64_t stride_h, stride_w;                        ///< 1 to 63.
  uint64_t dilation_h, dilation_w;                    ///< 1 to 255.
  uint64_t pad_top, pad_left, pad_bottom, pad_right;  ///< 0 to 255.
  uint64_t relu;                                      ///< 1: max(x, 0) before the rounding to FP16.
} cubist_conv2d_args;

#define CUBIST_MATMUL_A_MK 0      ///< A is [M, K].
#define CUBIST_MATMUL_A_KM 1      ///< A is [K, M]: the transpose is taken on the way to L0A.
#define CUBIST_MATMUL_B_KN 0      ///< B is [K, N].
#define CUBIST_MATMUL_B_NK 1      ///< B is [N, K].
#define CUBIST_MATMUL_B_PACKED 2  ///< B is packed (above).

/// Kernel "matmul" (AIC): C = relu?(A * B + bias) for each of `batch` triples. Any number of
/// blocks; any sizes, none of them rounded. A and B are FP16, accumulation is in FP32.
typedef struct cubist_matmul_args {
  uint64_t a, b;     ///< 2-byte aligned; packed B 512.
  uint64_t bias;     ///< FP32, n values, added to each row; 0: none. 4-byte aligned.
  uint64_t c;        ///< Aligned to its element.
  uint64_t m, n, k;  ///< 1 or more.
  uint64_t a_stride, b_stride,
      c_stride;  ///< Elements from row to row as stored (B packed: ignored).
  uint64_t batch;
  uint64_t a_batch_stride, b_batch_stride, c_batch_stride;  ///< Elements; 0 broadcasts A or B.
  uint64_t a_layout;                                        ///< CUBIST_MATMUL_A_...
  uint64_t b_layout;                                        ///< CUBIST_MATMUL_B_...
  uint64_t c_f32;                                           ///< 0: C is FP16; 1: FP32.
  uint64_t relu;
} cubist_matmul_args;

#endif  // CUBIST_KERNEL_ARGS_H

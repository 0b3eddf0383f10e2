/* SPDX-License-Identifier: Apache-2.0 */
/* Launch blocks of the AIV kernels: what the host writes and the kernel reads. All fields are 8
 * bytes; addresses are GM addresses. Element counts and strides are in elements. Every kernel deals
 * its work out over the blocks by itself, so any block count is right; one a core is best. */
#pragma once

#include <stdint.h>

/* Element types of the fields called *_type: as in abi.toml. */
#define CUBIST_TYPE_F16 0u
#define CUBIST_TYPE_F32 1u

/* "cast": dst[i] = (type) src[i] for `count` elements in a row; FP32 <-> FP16, to nearest even. */
typedef struct {
  uint64_t src, dst, count, src_type, dst_type;
} cubist_cast_args;

/* "relu": dst[i] = max(src[i], 0), FP16. */
typedef struct {
  uint64_t src, dst, count;
} cubist_relu_args;

/* "add": dst = a + b, FP16, with broadcasting: dims[0..3] is the shape of dst (pad with leading
 * 1s), row-major and contiguous; a_stride and b_stride are 0 along broadcast dimensions, and 0 or 1
 * along the last one. relu: 1 applies max(x, 0) to the sum. Merge dimensions where possible: rows
 * of dims[3] elements are the unit of work. With a_type FP32 (a_stride[3] must be 1)
 * dst = a_scale * a + b_scale * b, formed in FP32 and rounded once to FP16; the scales are FP32
 * bits. Else they are ignored. */
typedef struct {
  uint64_t a, b, dst, relu;
  uint64_t dims[4], a_stride[4], b_stride[4];
  uint64_t a_type, a_scale, b_scale;
} cubist_add_args;

/* "max_pool", "average_pool": feature maps in NC1HWC0, FP16; `planes` is N * C1. Padding at the end
 * is what the output size implies. average_pool sums in FP32 and divides by the number of positions
 * inside the map, or with count_include_pad inside the padded map (pad_bottom, pad_right give it).
 */
typedef struct {
  uint64_t src, dst, planes;
  uint64_t in_h, in_w, out_h, out_w;
  uint64_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
  uint64_t pad_top, pad_left, pad_bottom, pad_right, count_include_pad;
} cubist_pool_args;

/* "global_average_pool": NC1HWC0 FP16 in, (N, C1, 1, 1, 16) FP16 out, sums in FP32. */
typedef struct {
  uint64_t src, dst, planes, pixels;
} cubist_global_pool_args;

/* "softmax": dst = exp(x - max) / sum over the middle dimension of (outer, length, inner). FP16 or
 * FP32 in and out; computed in FP32. */
typedef struct {
  uint64_t src, dst, outer, length, inner, src_type, dst_type;
} cubist_softmax_args;

/* "to_nc1hwc0": NCHW (FP16 or FP32) -> NC1HWC0 FP16, channels beyond C are zero.
 * "to_nchw": NC1HWC0 FP16 -> NCHW FP16 (src_type is ignored). */
typedef struct {
  uint64_t src, dst, images, channels, pixels, src_type;
} cubist_layout_args;

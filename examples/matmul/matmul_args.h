// SPDX-License-Identifier: Apache-2.0
// The launch block of the matrix product: what the host writes and the kernel reads.
#pragma once

#include <stdint.h>

struct MatmulArgs {
  uint64_t a, b, c;  ///< A: FP16 M x K, B: FP16 K x N, C: FP32 M x N; all row-major.
  uint64_t m, n, k;  ///< Multiples of 64.
};

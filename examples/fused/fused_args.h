// SPDX-License-Identifier: Apache-2.0
// The launch block of the fused layer: what the host writes and the kernel reads.
#pragma once

#include <stdint.h>

struct FusedArgs {
  uint64_t a, b, bias, out;  ///< A: FP16 M x K, B: FP16 K x N, bias: FP32 N, out: FP16 M x N.
  uint64_t workspace;        ///< kFusedWorkspace bytes for each block.
  uint64_t m, n, k;          ///< Multiples of 64.
};

/// Two tiles of 64 x 64 FP32, through which the cube core hands its results to the vector cores.
constexpr uint64_t kFusedTileBytes = 64 * 64 * 4;
constexpr uint64_t kFusedWorkspace = 2 * kFusedTileBytes;

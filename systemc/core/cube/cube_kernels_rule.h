// SPDX-License-Identifier: Apache-2.0
// The rule of docs/numerics.md in 64-bit integers, one step of a block at a time.
#pragma once

#include "systemc/core/cube/cube_kernel_panels.h"

namespace cubist::core {
namespace CUBIST_KERNELS {

/// block[kRows][kColumns] += one step of A and B panels, all values finite.
void integer_step(CubeType type, const double* a, const double* b, float* block);

/// The same with NaN or infinities somewhere.
void special_step(CubeType type, const double* a, const double* b, float* block);

}  // namespace CUBIST_KERNELS
}  // namespace cubist::core

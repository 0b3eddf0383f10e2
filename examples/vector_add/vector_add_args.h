// SPDX-License-Identifier: Apache-2.0
// The launch block: what the host writes and the kernel reads, word by word.
#pragma once

#include <stdint.h>

struct VectorAddArgs {
  uint64_t a, b, c;  ///< FP32 arrays in device memory.
  uint64_t count;    ///< Elements.
};

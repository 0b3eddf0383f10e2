// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdint.h>

/// Launch block of all kernels of the scheduler's tests.
struct MarkArgs {
  uint64_t out, value;
};

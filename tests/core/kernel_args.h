// SPDX-License-Identifier: Apache-2.0
// What every test kernel gets: addresses in device memory and numbers.
#pragma once

#include <stdint.h>

struct TestArgs {
  uint64_t in[3];
  uint64_t out;
  uint64_t n[8];
};

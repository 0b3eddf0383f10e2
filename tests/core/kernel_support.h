// SPDX-License-Identifier: Apache-2.0
// What the test kernels have in common. A core starts them with a0 = arguments and sp at the top of
// its scalar memory; they finish with end().
#pragma once

#include "abi/cubist_intrinsics.h"
#include "tests/core/kernel_args.h"

using namespace cubist;

constexpr uint32_t kL1 = CUBIST_REGION_L1_BASE, kL0a = CUBIST_REGION_L0A_BASE,
                   kL0b = CUBIST_REGION_L0B_BASE, kL0c = CUBIST_REGION_L0C_BASE,
                   kUb = CUBIST_REGION_UB_BASE, kBt = CUBIST_REGION_BT_BASE;
constexpr unsigned up16(unsigned x) {
  return (x + 15) / 16;
}
constexpr uint8_t kF16 = 0;

#define TEST_KERNEL(name)                     \
  static void name##_body(const TestArgs& a); \
  extern "C" void name(const TestArgs* a) {   \
    name##_body(*a);                          \
    s::end();                                 \
    for (;;) {                                \
    }                                         \
  }                                           \
  static void name##_body([[maybe_unused]] const TestArgs& a)

// SPDX-License-Identifier: Apache-2.0
// What the kernels share: vector types, the floating-point environment, accumulator blocks.
// Included only by sources that are compiled once per instruction set, in a namespace of their own
// (CUBIST_KERNELS). Plain vector types: the compiler maps eight lanes to what the set has.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "systemc/core/cube/cube_kernels.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace cubist::core {
namespace CUBIST_KERNELS {

typedef double Double8 __attribute__((vector_size(64)));
typedef int64_t Int8x64 __attribute__((vector_size(64)));
typedef uint64_t Uint8x64 __attribute__((vector_size(64)));
typedef float Float8 __attribute__((vector_size(32)));
typedef float Float16 __attribute__((vector_size(64)));
typedef int32_t Int16x32 __attribute__((vector_size(64)));
typedef uint32_t Uint8x32 __attribute__((vector_size(32)));

constexpr unsigned kRows = 8, kColumns = 16, kStep = 16;

template <class V>
V load(const void* p) {
  V v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
template <class V>
void store(void* p, V v) {
  std::memcpy(p, &v, sizeof v);
}

/// Saves the floating-point environment, sets the default one, restores.
class Environment {
 public:
#if defined(__x86_64__)
  Environment() : saved_(_mm_getcsr()) {
    _mm_setcsr(kDefault);
  }
  ~Environment() {
    _mm_setcsr(saved_);
  }
  static void clear_flags() {
    _mm_setcsr(kDefault);
  }
  static bool inexact() {
    return _mm_getcsr() & _MM_EXCEPT_INEXACT;
  }
  static constexpr bool kHasFlags = true;

 private:
  static constexpr unsigned kDefault = 0x1F80;  // All masked, nearest even, no flush to zero.
  unsigned saved_;
#else
  static void clear_flags() {}
  static bool inexact() {
    return true;
  }
  static constexpr bool kHasFlags = false;
#endif
};

/// Where the block's accumulators start, -0 as +0: a zero takes no part, and an all-zero sum is +0.
inline void load_block(const CubeInstruction& i, const CubeBuffers& buffers, const uint8_t* c,
                       unsigned column, float* block) {
  if (i.init == CubeInit::zero) {
    std::fill(block, block + kRows * kColumns, 0.0f);
  } else if (i.init == CubeInit::bias) {
    for (unsigned r = 0; r < kRows; ++r)
      std::memcpy(block + r * kColumns, &buffers.bias[i.bias + column * 4], kColumns * 4);
  } else {
    std::memcpy(block, c, kRows * kColumns * 4);
  }
}

/// What of a block lies inside C, back to L0C.
inline void store_block(const CubeInstruction& i, unsigned row, unsigned column, const void* block,
                        uint8_t* c) {
  const unsigned rows = std::min(kRows, i.m - row), columns = std::min(kColumns, i.n - column);
  for (unsigned r = 0; r < rows; ++r)
    std::memcpy(c + r * kColumns * 4, static_cast<const uint8_t*>(block) + r * kColumns * 4,
                columns * 4);
}

/// FP16, BF16 and HF32 (cube_kernels_float.cpp).
void run_float(const KernelJob& job);

}  // namespace CUBIST_KERNELS
}  // namespace cubist::core

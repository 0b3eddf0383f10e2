// SPDX-License-Identifier: Apache-2.0
// What the kernels share: vector types, the floating-point environment, accumulator blocks.
// Included only by sources that are compiled once per instruction set, in a namespace of their own
// (CUBIST_KERNELS). Plain vector types: the compiler maps them to what the set has.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "systemc/core/cube/cube_kernels.h"
#include "systemc/core/cube/cube_layout.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace cubist::core {
namespace CUBIST_KERNELS {

typedef double Double8 __attribute__((vector_size(64)));
typedef int64_t Int8x64 __attribute__((vector_size(64)));
typedef uint64_t Uint8x64 __attribute__((vector_size(64)));
typedef float Float8 __attribute__((vector_size(32)));
typedef uint32_t Uint8x32 __attribute__((vector_size(32)));
typedef float Float16 __attribute__((vector_size(64)));
typedef int32_t Int16x32 __attribute__((vector_size(64)));
typedef uint32_t Uint16x32 __attribute__((vector_size(64)));

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

/// x[i][j] = x[j][i], for 16 vectors of 16. Four rounds of interleaving the first eight with the
/// last eight turn the eight bits of an element's place by four.
template <class V>
inline void transpose(V (&x)[16]) {
  for (unsigned round = 0; round < 4; ++round) {
    V y[16];
    for (unsigned i = 0; i < 8; ++i) {
      y[2 * i] = __builtin_shufflevector(x[i], x[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21,
                                         6, 22, 7, 23);
      y[2 * i + 1] = __builtin_shufflevector(x[i], x[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28,
                                             13, 29, 14, 30, 15, 31);
    }
    for (unsigned i = 0; i < 16; ++i) x[i] = y[i];
  }
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

/// A block of accumulators in L0C (rows of a fractal), or beside it where C ends within the block.
/// Rows x Columns words of 4 bytes, rows `stride` bytes apart; stride 0 repeats one row.
struct BlockStart {
  const uint8_t* at;
  size_t stride;
};
struct BlockEnd {
  uint8_t* at;
  size_t stride;
};

/// The block of one row of zeros, for init = zero.
alignas(64) inline constexpr uint8_t kZeroRow[64] = {};

template <unsigned Rows, unsigned Columns>
class Block {
 public:
  /// The block at (row, column) of an instruction's C.
  Block(const CubeInstruction& i, const CubeBuffers& buffers, unsigned row, unsigned column)
      : c_(&buffers.l0c[i.c + c_offset(row, column, ceil_div(i.m, kFractal))]),
        rows_(std::min(Rows, i.m - row)),
        columns_(std::min(Columns, i.n - column)) {
    start_ = i.init == CubeInit::zero   ? BlockStart{kZeroRow, 0}
             : i.init == CubeInit::bias ? BlockStart{&buffers.bias[i.bias + column * 4], 0}
                                        : BlockStart{c_, kFractalRow};
    if (whole()) return;
    // Lanes outside of C must not disturb bounds and flags, nor be written.
    std::memset(copy_, 0, sizeof copy_);
    for (unsigned r = 0; r < rows_; ++r)
      std::memcpy(copy_ + r * kCopyRow, start_.at + r * start_.stride, columns_ * 4);
    start_ = {copy_, kCopyRow};
  }
  BlockStart start() const { return start_; }
  BlockEnd end() { return whole() ? BlockEnd{c_, kFractalRow} : BlockEnd{copy_, kCopyRow}; }
  /// To be called when end() has the results.
  void finish() {
    if (whole()) return;
    for (unsigned r = 0; r < rows_; ++r)
      std::memcpy(c_ + r * kFractalRow, copy_ + r * kCopyRow, columns_ * 4);
  }

 private:
  static constexpr size_t kFractalRow = kFractal * 4, kCopyRow = Columns * 4;
  bool whole() const { return rows_ == Rows && columns_ == Columns; }

  uint8_t* c_;
  unsigned rows_, columns_;
  BlockStart start_;
  alignas(64) uint8_t copy_[Rows * Columns * 4];
};

/// FP16, BF16 and HF32 (cube_kernels_float.cpp).
void run_float(const KernelJob& job);

}  // namespace CUBIST_KERNELS
}  // namespace cubist::core

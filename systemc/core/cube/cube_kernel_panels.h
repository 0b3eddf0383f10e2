// SPDX-License-Identifier: Apache-2.0
// Operands of FP16, BF16 and HF32 as the kernels want them: in double precision, k by k, in panels
// of kRows rows of A or kColumns columns of B, with what is known of their exponents.
#pragma once

#include <bit>

#include "systemc/core/cube/cube_kernel_blocks.h"

namespace cubist::core {
namespace CUBIST_KERNELS {

/// A block of accumulators, and the products of a step.
constexpr unsigned kRows = 16, kColumns = 8, kStep = 16;

constexpr int kNone = 100000;  // Beyond every exponent.

/// Of the nonzero ones among some numbers.
struct Bounds {
  int max_exponent = -kNone, min_exponent = kNone;  ///< Field exponents.
  bool special = false;                             ///< A NaN or an infinity among them.

  void join(const Bounds& other) {
    max_exponent = std::max(max_exponent, other.max_exponent);
    min_exponent = std::min(min_exponent, other.min_exponent);
    special |= other.special;
  }
};

/// 2^e, for e from -1022 to 1023.
inline double power_of_two(int e) {
  return std::bit_cast<double>(static_cast<int64_t>(e + 1023) << 52);
}

/// Collects bounds of FP32 numbers, 16 at a time.
class BoundsOf {
 public:
  void add(Float16 x) {
    const Int16x32 magnitude = (Int16x32)x & 0x7FFFFFFF;
    highest_ = magnitude > highest_ ? magnitude : highest_;
    const Uint16x32 below = (Uint16x32)magnitude - 1;  // Zero becomes the largest.
    lowest_ = below < lowest_ ? below : lowest_;
  }
  void add(const BoundsOf& other) {
    highest_ = other.highest_ > highest_ ? other.highest_ : highest_;
    lowest_ = other.lowest_ < lowest_ ? other.lowest_ : lowest_;
  }
  /// Of all 16 lanes. `smallest`: the exponent of subnormal numbers.
  Bounds bounds(int smallest) const;
  /// Smallest exponents, lane by lane; kNone where all were zero.
  Int16x32 min_exponents(int smallest) const {
    Int16x32 e = (Int16x32)((lowest_ + 1) >> 23) - 127;
    e = e < smallest ? Int16x32{} + smallest : e;
    return (Int16x32)lowest_ == -1 ? Int16x32{} + kNone : e;
  }

 private:
  Int16x32 highest_{};
  Uint16x32 lowest_ = Uint16x32{} - 1;
};

struct Panel {
  Bounds bounds;
  double norm = 0;  ///< Largest Euclidean norm of a row or column, or a little more.
};

/// All panels of A or of B.
struct Panels {
  unsigned count = 0, steps = 0;
  const double* data = nullptr;             ///< [panel][k][kRows or kColumns], k up to full steps.
  const Bounds* bounds = nullptr;           ///< [panel][step]
  const Int16x32* min_exponents = nullptr;  ///< [panel][step], by k within the step.
  const Panel* panels = nullptr;            ///< [panel]
  Panel all;                                ///< Of all panels together.
};

/// Room in the scratch memory is that of the last call: A and B are packed once per instruction.
Panels pack_a(const KernelJob& job);
Panels pack_b(const KernelJob& job);

/// The smallest field exponent of a type's operands.
constexpr int smallest_exponent(CubeType type) {
  return type == CubeType::fp16 ? -14 : -126;
}

}  // namespace CUBIST_KERNELS
}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
// The configuration word of a vector instruction, taken apart, and the addresses it describes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "systemc/core/vector/vector_unit.h"

namespace cubist::core {

inline constexpr uint32_t kBlockBytes = 32;
inline constexpr uint32_t kRepeatBytes = 256;

enum class VectorType : uint8_t { f16 = 0, f32 = 1, bf16 = 2, s8 = 3, u8 = 4, s16 = 5, s32 = 6 };

constexpr uint32_t size_of(VectorType type) {
  switch (type) {
    case VectorType::f32:
    case VectorType::s32:
      return 4;
    case VectorType::s8:
    case VectorType::u8:
      return 1;
    default:
      return 2;
  }
}

/// What kind of address pattern an operation has.
enum class VectorForm : uint8_t {
  binary,
  unary,
  scalar,
  fill,
  reduce,
  group,
  convert,
  transpose,
  none
};

/// Operation numbers of abi.toml's [vector] table.
enum VectorOp : uint8_t {
  kVadd = 0,
  kVsub = 1,
  kVmul = 2,
  kVdiv = 3,
  kVmax = 4,
  kVmin = 5,
  kVand = 6,
  kVor = 7,
  kVmadd = 8,
  kVrelu = 16,
  kVabs = 17,
  kVexp = 18,
  kVsqrt = 19,
  kVrec = 20,
  kVrsqrt = 21,
  kVcopy = 22,
  kVadds = 32,
  kVmuls = 33,
  kVmaxs = 34,
  kVmins = 35,
  kVaxpy = 36,
  kVdup = 40,
  kVcadd = 48,
  kVcmax = 49,
  kVcmin = 50,
  kVcgadd = 52,
  kVcgmax = 53,
  kVcgmin = 54,
  kVconvF32 = 64,
  kVconvF16 = 65,
  kVconvS32 = 66,
  kVconvBf16 = 67,
  kVtrans = 80,
};

/// One operand: element e of repeat r lies at at(r, e).
struct Operand {
  uint32_t base = 0, block = 0, repeat = 0, size = 0;

  uint64_t at(uint64_t r, uint32_t e) const {
    const uint32_t byte = e * size;
    return base + (r * repeat + uint64_t{byte / kBlockBytes} * block) * kBlockBytes +
           byte % kBlockBytes;
  }
};

/// An instruction taken apart.
struct VectorPlan {
  VectorForm form = VectorForm::none;
  VectorType from = VectorType::f16, to = VectorType::f16;
  uint32_t lanes = 0;  ///< Elements of a full repeat.
  uint64_t repeats = 0;
  uint64_t counter = 0;  ///< Elements in all, in counter mode.
  bool counting = false;
  unsigned mode = 0;
  Operand dst, src0, src1;

  /// Whether element e of repeat r takes part.
  bool active(const VectorInstruction& in, uint64_t r, uint32_t e) const {
    if (counting) return r * lanes + e < counter;
    return ((e < 64 ? in.mask0 >> e : in.mask1 >> (e - 64)) & 1) != 0;
  }
  /// True when every element of repeat r takes part.
  bool full(const VectorInstruction& in, uint64_t r) const {
    if (counting) return (r + 1) * lanes <= counter;
    return in.mask0 == ~uint64_t{0} && (lanes <= 64 || in.mask1 == ~uint64_t{0});
  }
};

/// Unknown operations have form `none`.
VectorPlan plan_vector(const VectorInstruction& instruction);

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
// The configuration word of a vector instruction, taken apart, and the addresses it describes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "abi/core_isa.h"
#include "systemc/core/vector/vector_unit.h"

namespace cubist::core {

inline constexpr uint32_t kBlockBytes = 32;
inline constexpr uint32_t kRepeatBytes = 256;

using VectorType = abi::ElementType;
/// What kind of address pattern an operation has.
using VectorForm = abi::Form;

constexpr uint32_t size_of(VectorType type) {
  return abi::element_bytes(type);
}
constexpr bool is_signed(VectorType type) {
  return type == VectorType::s8 || type == VectorType::s16 || type == VectorType::s32;
}

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
  kVmla = 9,
  kVaddrelu = 10,
  kVsubrelu = 11,
  kVrelu = 16,
  kVabs = 17,
  kVexp = 18,
  kVsqrt = 19,
  kVrec = 20,
  kVrsqrt = 21,
  kVcopy = 22,
  kVln = 23,
  kVnot = 24,
  kVadds = 32,
  kVmuls = 33,
  kVmaxs = 34,
  kVmins = 35,
  kVaxpy = 36,
  kVlrelu = 37,
  kVshl = 38,
  kVshr = 39,
  kVdup = 40,
  kVbrcb = 41,
  kVcadd = 48,
  kVcmax = 49,
  kVcmin = 50,
  kVcgadd = 52,
  kVcgmax = 53,
  kVcgmin = 54,
  kVcpadd = 55,
  kVcmp = 56,
  kVcmps = 57,
  kVsel = 58,
  kVsels = 59,
  kVconvF32 = 64,
  kVconvF16 = 65,
  kVconvS32 = 66,
  kVconvBf16 = 67,
  kVconvS16 = 68,
  kVconvS8 = 69,
  kVconvU8 = 70,
  kVgather = 72,
  kVgatherb = 73,
  kVgathermask = 74,
  kVtrans = 80,
  kVsort32 = 81,
  kVmrgsort = 82,
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

/// Operands that lie packed, without strides: bytes of a repeat, from `base` on.
struct Packed {
  uint64_t base = 0;
  uint32_t step = 0;   ///< Bytes from one repeat to the next.
  uint32_t bytes = 0;  ///< Bytes of a repeat.
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
    return (lanes >= 64 ? in.mask0 == ~uint64_t{0} : (~in.mask0 << (64 - lanes)) == 0) &&
           (lanes <= 64 || in.mask1 == ~uint64_t{0});
  }
};

/// Unknown operations have form `none`.
VectorPlan plan_vector(const VectorInstruction& instruction);

/// A list of vmrgsort: byte offset in UB and pairs.
struct MergeList {
  uint32_t offset = 0, pairs = 0;
};
constexpr MergeList merge_list(const VectorInstruction& in, unsigned list) {
  return {static_cast<uint32_t>(in.merge_src >> 16 * list & 0xffff) * kBlockBytes,
          static_cast<uint32_t>(in.merge_len >> 16 * list & 0xffff)};
}
/// Pairs of one repeat's result.
constexpr uint32_t merged_pairs(const VectorInstruction& in) {
  uint32_t pairs = 0;
  for (unsigned i = 0; i < 4; ++i) pairs += merge_list(in, i).pairs;
  return pairs;
}

inline constexpr uint32_t kPairBytes = 8;  ///< Of vsort32 and vmrgsort.

/// Operands with a packed layout. Bits: those of vcmp's result, of vsel's and vgathermask's choice.
constexpr Packed packed_bits(const VectorPlan& plan, uint64_t base, bool same_for_all = false) {
  return {base, same_for_all ? 0 : plan.lanes / 8, plan.lanes / 8};
}
/// The results of a reduction, of groups and of pairs.
Packed packed_results(const VectorInstruction& in, const VectorPlan& plan);
/// The offsets of vgather (one an element) and vgatherb (one a block).
constexpr Packed packed_offsets(const VectorInstruction& in, const VectorPlan& plan) {
  const uint32_t count = in.op == kVgatherb ? 8 : plan.lanes;
  return {in.src0, count * 4, count * 4};
}

/// Whether vgathermask takes element e of repeat r; `bit` is its bit of src1.
constexpr bool gather_mask_takes(unsigned mode, uint64_t index, bool bit) {
  if (mode == 0) return bit;
  if (mode <= 2) return index % 2 == mode - 1;
  return mode == 7 || index % 4 == mode - 3;
}

}  // namespace cubist::core

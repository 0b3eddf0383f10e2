// SPDX-License-Identifier: Apache-2.0
// Reads and writes the elements of one repeat. A repeat reads all its sources, then writes; a later
// repeat sees what an earlier one wrote, as when a destination repeat stride of zero accumulates.
#pragma once

#include <array>
#include <cstring>
#include <span>
#include <type_traits>

#include "systemc/core/vector/vector_fields.h"
#include "systemc/core/vector/vector_math.h"

namespace cubist::core {

inline constexpr uint32_t kMaxLanes = 128;

// A lane type: how its elements lie in the buffer and what they are computed in.
struct F16 {
  using Raw = uint16_t;
  using Work = float;
  static Work widen(Raw raw) { return float_from_half(raw); }
  static Raw narrow(Work value) { return half_from_float(value); }
  static Raw from_double(double value) { return half_from_double(value); }
};
struct F32 {
  using Raw = uint32_t;
  using Work = float;
  static Work widen(Raw raw) { return float_from_bits(raw); }
  static Raw narrow(Work value) { return bits_from_float(canonical(value)); }
  static Raw from_double(double value) { return narrow(static_cast<float>(value)); }
};
struct S16 {
  using Raw = uint16_t;
  using Work = int32_t;
  static Work widen(Raw raw) { return static_cast<int16_t>(raw); }
  static Raw narrow(Work value) { return static_cast<Raw>(value); }
};
struct S32 {
  using Raw = uint32_t;
  using Work = int32_t;
  static Work widen(Raw raw) { return static_cast<int32_t>(raw); }
  static Raw narrow(Work value) { return static_cast<Raw>(value); }
};

/// Elements of a repeat when all operands have this type.
template <class Raw>
inline constexpr uint32_t kLanes = std::min<uint32_t>(kMaxLanes, kRepeatBytes / sizeof(Raw));

template <class Raw>
using Lanes = std::array<Raw, kMaxLanes>;

class VectorRun {
 public:
  VectorRun(const VectorInstruction& instruction, std::span<uint8_t> buffer)
      : in(instruction), ub(buffer), plan(plan_vector(instruction)) {}

  const VectorInstruction& in;
  std::span<uint8_t> ub;
  const VectorPlan plan;

  /// Elements of a repeat of an operand; what the mask leaves out may lie outside the buffer and is
  /// then zero.
  template <class Raw>
  void load(const Operand& operand, uint64_t r, Lanes<Raw>& lanes) const {
    constexpr uint32_t kPerBlock = kBlockBytes / sizeof(Raw);
    const uint64_t first = operand.at(r, 0);
    if (operand.block == 1 && first + plan.lanes * sizeof(Raw) <= ub.size()) {
      std::memcpy(lanes.data(), &ub[first], plan.lanes * sizeof(Raw));
      return;
    }
    for (uint32_t e = 0; e < plan.lanes; e += kPerBlock) {
      const uint64_t at = operand.at(r, e);
      const uint32_t count = std::min(kPerBlock, plan.lanes - e);
      if (at + count * sizeof(Raw) <= ub.size()) {
        std::memcpy(&lanes[e], &ub[at], count * sizeof(Raw));
        continue;
      }
      for (uint32_t i = 0; i < count; ++i) {
        lanes[e + i] = 0;
        const uint64_t one = at + i * sizeof(Raw);
        if (one + sizeof(Raw) <= ub.size()) std::memcpy(&lanes[e + i], &ub[one], sizeof(Raw));
      }
    }
  }

  /// Writes the elements that take part.
  template <class Raw>
  void store(uint64_t r, const Lanes<Raw>& lanes) {
    const Operand& dst = plan.dst;
    constexpr uint32_t kPerBlock = kBlockBytes / sizeof(Raw);
    if (plan.full(in, r)) {
      if (dst.block == 1) {
        std::memcpy(&ub[dst.at(r, 0)], lanes.data(), plan.lanes * sizeof(Raw));
        return;
      }
      for (uint32_t e = 0; e < plan.lanes; e += kPerBlock) {
        const uint32_t count = std::min(kPerBlock, plan.lanes - e);
        std::memcpy(&ub[dst.at(r, e)], &lanes[e], count * sizeof(Raw));
      }
      return;
    }
    for (uint32_t e = 0; e < plan.lanes; ++e) {
      if (plan.active(in, r, e)) std::memcpy(&ub[dst.at(r, e)], &lanes[e], sizeof(Raw));
    }
  }

  template <class Raw>
  Raw get(uint64_t at) const {
    Raw value;
    std::memcpy(&value, &ub[at], sizeof value);
    return value;
  }
  template <class Raw>
  void put(uint64_t at, Raw value) {
    std::memcpy(&ub[at], &value, sizeof value);
  }
  bool bit(uint64_t base, uint64_t index) const {
    return (ub[base + index / 8] >> index % 8 & 1) != 0;
  }

  /// For each repeat: dst[e] = f(src0[e]). Masked-off lanes are computed and dropped.
  template <class In, class Out, class F>
  void map(F f) {
    Lanes<In> a;
    Lanes<Out> out;
    for (uint64_t r = 0; r < plan.repeats; ++r) {
      load(plan.src0, r, a);
      if (plan.lanes == kMaxLanes) {
        for (uint32_t e = 0; e < kMaxLanes; ++e) out[e] = f(a[e]);
      } else {
        for (uint32_t e = 0; e < 64; ++e) out[e] = f(a[e]);
      }
      store(r, out);
    }
  }
};

// The parts of execute_vector, by form.
void run_arithmetic(VectorRun& run);  ///< binary, unary, scalar
void run_reduction(VectorRun& run);   ///< reduce, group, pair
void run_conversion(VectorRun& run);  ///< convert
void run_choice(VectorRun& run);      ///< compare, compare_scalar, select, select_scalar
void run_movement(VectorRun& run);    ///< fill, expand, gather, compress, transpose
void run_sorting(VectorRun& run);     ///< sort, merge

}  // namespace cubist::core

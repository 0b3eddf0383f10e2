// SPDX-License-Identifier: Apache-2.0
// Comparisons, whose results are bits, and selections by such bits.
#include "systemc/core/vector/vector_lanes.h"

namespace cubist::core {
namespace {

template <class Work>
bool compare(unsigned mode, Work a, Work b) {
  switch (mode) {
    case 0:
      return a < b;
    case 1:
      return a > b;
    case 2:
      return a == b;
    case 3:
      return a <= b;
    case 4:
      return a >= b;
    default:
      return !(a == b);
  }
}

template <class L>
void run_compare(VectorRun& run) {
  using Raw = typename L::Raw;
  const bool scalar = run.plan.form == VectorForm::compare_scalar;
  const Packed out = packed_bits(run.plan, run.in.dst);
  Lanes<Raw> a, b;
  b.fill(static_cast<Raw>(run.in.scalar));
  for (uint64_t r = 0; r < run.plan.repeats; ++r) {
    run.load(run.plan.src0, r, a);
    if (!scalar) run.load(run.plan.src1, r, b);
    for (uint32_t e = 0; e < run.plan.lanes; ++e) {
      if (!run.plan.active(run.in, r, e)) continue;
      uint8_t& byte = run.ub[out.base + r * out.step + e / 8];
      const auto bit = static_cast<uint8_t>(1u << e % 8);
      const bool holds = compare(run.plan.mode, L::widen(a[e]), L::widen(b[e]));
      byte = static_cast<uint8_t>(holds ? byte | bit : byte & ~bit);
    }
  }
}

template <class Raw>
void run_select(VectorRun& run) {
  const bool scalar = run.plan.form == VectorForm::select_scalar;
  const Packed bits = packed_bits(run.plan, run.in.select, run.plan.mode == 1);
  Lanes<Raw> a, b;
  b.fill(static_cast<Raw>(run.in.scalar));
  for (uint64_t r = 0; r < run.plan.repeats; ++r) {
    run.load(run.plan.src0, r, a);
    if (!scalar) run.load(run.plan.src1, r, b);
    const uint64_t at = bits.base + r * bits.step;
    for (uint32_t e = 0; e < run.plan.lanes; ++e) {
      // Where no element takes part the bits may lie outside the buffer.
      if (!run.plan.active(run.in, r, e)) continue;
      a[e] = run.bit(at, e) ? a[e] : b[e];
    }
    run.store(r, a);
  }
}

}  // namespace

void run_choice(VectorRun& run) {
  if (run.plan.form == VectorForm::select || run.plan.form == VectorForm::select_scalar) {
    return size_of(run.plan.from) == 4 ? run_select<uint32_t>(run) : run_select<uint16_t>(run);
  }
  switch (run.plan.from) {
    case VectorType::f16:
      return run_compare<F16>(run);
    case VectorType::f32:
      return run_compare<F32>(run);
    case VectorType::s16:
      return run_compare<S16>(run);
    default:
      return run_compare<S32>(run);
  }
}

}  // namespace cubist::core

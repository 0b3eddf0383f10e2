// SPDX-License-Identifier: Apache-2.0
// One result for a repeat, for a block, or for a pair of elements.
#include "systemc/core/vector/vector_lanes.h"

namespace cubist::core {
namespace {

using Combine = float (*)(float, float);

template <class L>
class Reduction {
 public:
  using Raw = typename L::Raw;

  Reduction(VectorRun& run, Combine combine) : run_(run), combine_(combine) {}

  /// Combines the elements that take part, pairwise: element i with i + half, halving. False when
  /// there is none.
  bool tree(uint64_t r, const Lanes<Raw>& a, uint32_t first, uint32_t count, Raw& result) const {
    std::array<float, kMaxLanes> value;
    std::array<bool, kMaxLanes> live;
    for (uint32_t i = 0; i < count; ++i) {
      value[i] = L::widen(a[first + i]);
      live[i] = run_.plan.active(run_.in, r, first + i);
    }
    for (uint32_t half = count / 2; half > 0; half /= 2) {
      for (uint32_t i = 0; i < half; ++i) {
        if (live[i] && live[i + half]) {
          value[i] = L::widen(L::narrow(combine_(value[i], value[i + half])));
        } else if (live[i + half]) {
          value[i] = value[i + half];
          live[i] = true;
        }
      }
    }
    result = L::narrow(value[0]);
    return live[0];
  }

  void repeats() {
    const Packed out = packed_results(run_.in, run_.plan);
    Lanes<Raw> a;
    for (uint64_t r = 0; r < run_.plan.repeats; ++r) {
      run_.load(run_.plan.src0, r, a);
      Raw value{};
      if (!tree(r, a, 0, run_.plan.lanes, value)) continue;
      const Raw place = index(r, a, value);
      const uint64_t at = out.base + r * out.step;
      switch (run_.plan.mode) {
        case 1:
          run_.put(at, value);
          run_.put(at + sizeof(Raw), place);
          break;
        case 2:
          run_.put(at, place);
          run_.put(at + sizeof(Raw), value);
          break;
        default:
          run_.put(at, run_.plan.mode == 3 ? place : value);
      }
    }
  }

  void groups() {
    constexpr uint32_t kPerBlock = kBlockBytes / sizeof(Raw);
    const Packed out = packed_results(run_.in, run_.plan);
    Lanes<Raw> a;
    for (uint64_t r = 0; r < run_.plan.repeats; ++r) {
      run_.load(run_.plan.src0, r, a);
      for (uint32_t b = 0; b < 8; ++b) {
        Raw value{};
        if (!tree(r, a, b * kPerBlock, kPerBlock, value)) continue;
        run_.put(out.base + r * out.step + b * sizeof(Raw), value);
      }
    }
  }

  void pairs() {
    const Packed out = packed_results(run_.in, run_.plan);
    Lanes<Raw> a;
    for (uint64_t r = 0; r < run_.plan.repeats; ++r) {
      run_.load(run_.plan.src0, r, a);
      for (uint32_t i = 0; i < run_.plan.lanes / 2; ++i) {
        Raw value{};
        if (!tree(r, a, 2 * i, 2, value)) continue;
        run_.put(out.base + r * out.step + i * sizeof(Raw), value);
      }
    }
  }

 private:
  /// The first element that takes part and is the result; any NaN is the NaN.
  Raw index(uint64_t r, const Lanes<Raw>& a, Raw result) const {
    for (uint32_t e = 0; e < run_.plan.lanes; ++e) {
      if (run_.plan.active(run_.in, r, e) && L::narrow(L::widen(a[e])) == result)
        return static_cast<Raw>(e);
    }
    return 0;
  }

  VectorRun& run_;
  Combine combine_;
};

template <class L>
void run_typed(VectorRun& run) {
  const uint8_t op = run.in.op;
  Combine combine = [](float a, float b) { return a + b; };
  if (op == kVcmax || op == kVcgmax) combine = max_value;
  if (op == kVcmin || op == kVcgmin) combine = min_value;
  Reduction<L> reduction(run, combine);
  if (run.plan.form == VectorForm::reduce) return reduction.repeats();
  if (run.plan.form == VectorForm::group) return reduction.groups();
  reduction.pairs();
}

}  // namespace

void run_reduction(VectorRun& run) {
  run.plan.from == VectorType::f16 ? run_typed<F16>(run) : run_typed<F32>(run);
}

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
// Sorting of (score, index) pairs and merging of sorted lists.
#include <algorithm>
#include <vector>

#include "systemc/core/vector/vector_lanes.h"

namespace cubist::core {
namespace {

/// A pair as it lies in the buffer, and its place in the order.
struct Pair {
  uint32_t score, index;
  int32_t key;
};

/// Rises with the value: -0 below +0, NaN above all.
int32_t key_of(VectorType type, uint32_t score) {
  const uint32_t bits = type == VectorType::f16
                            ? bits_from_float(float_from_half(static_cast<uint16_t>(score)))
                            : score;
  const auto magnitude = static_cast<int32_t>(bits & 0x7fffffffu);
  if (magnitude > 0x7f800000) return INT32_MAX;
  return bits >> 31 != 0 ? -magnitude - 1 : magnitude;
}

Pair pair_at(const VectorRun& run, uint64_t at) {
  Pair p{run.get<uint32_t>(at), run.get<uint32_t>(at + 4), 0};
  p.key = key_of(run.plan.from, p.score);
  return p;
}

void put_pair(VectorRun& run, uint64_t at, const Pair& pair) {
  run.put(at, pair.score);
  run.put(at + 4, pair.index);
}

void sort(VectorRun& run) {
  const uint32_t size = run.plan.src0.size;
  std::array<Pair, 32> pairs;
  for (uint64_t r = 0; r < run.plan.repeats; ++r) {
    for (uint32_t i = 0; i < 32; ++i) {
      const uint64_t at = run.in.src0 + (r * 32 + i) * size;
      pairs[i].score = size == 2 ? run.get<uint16_t>(at) : run.get<uint32_t>(at);
      pairs[i].index = run.get<uint32_t>(run.in.src1 + (r * 32 + i) * 4);
      pairs[i].key = key_of(run.plan.from, pairs[i].score);
    }
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const Pair& a, const Pair& b) { return a.key > b.key; });
    for (uint32_t i = 0; i < 32; ++i) {
      put_pair(run, run.in.dst + (r * 32 + i) * kPairBytes, pairs[i]);
    }
  }
}

void merge(VectorRun& run) {
  const uint32_t total = merged_pairs(run.in);
  std::vector<Pair> result;
  for (uint64_t r = 0; r < run.plan.repeats; ++r) {
    const uint64_t step = r * total * kPairBytes;
    result.clear();
    std::array<uint32_t, 4> taken{};
    while (result.size() < total) {
      Pair best{};
      unsigned from = 4;
      for (unsigned i = 0; i < 4; ++i) {
        const MergeList list = merge_list(run.in, i);
        if (taken[i] == list.pairs) continue;
        const Pair head = pair_at(run, list.offset + step + uint64_t{taken[i]} * kPairBytes);
        if (from == 4 || head.key > best.key) best = head, from = i;
      }
      ++taken[from];
      result.push_back(best);
    }
    for (size_t i = 0; i < result.size(); ++i) {
      put_pair(run, run.in.dst + step + i * kPairBytes, result[i]);
    }
  }
}

}  // namespace

void run_sorting(VectorRun& run) {
  run.plan.form == VectorForm::sort ? sort(run) : merge(run);
}

}  // namespace cubist::core

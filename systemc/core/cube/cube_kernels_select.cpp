// SPDX-License-Identifier: Apache-2.0
// Chooses among the builds of the kernels, and keeps their memory.
#include <algorithm>

#include "systemc/core/cube/cube_kernels.h"

namespace cubist::core {

namespace {

constexpr size_t kAlignment = 64;

template <class T>
T* room(std::vector<T>& memory, size_t count) {
  memory.resize(std::max(memory.size(), count + kAlignment / sizeof(T)));
  const size_t beyond = reinterpret_cast<uintptr_t>(memory.data()) % kAlignment;
  return memory.data() + (kAlignment - beyond) % kAlignment / sizeof(T);
}

}  // namespace

double* KernelScratch::a(size_t count) {
  return room(a_, count);
}
double* KernelScratch::b(size_t count) {
  return room(b_, count);
}
float* KernelScratch::single(size_t count) {
  return room(single_, count);
}
int16_t* KernelScratch::small(size_t count) {
  return room(small_, count);
}

namespace kernels_baseline {
extern const KernelSet kSet;
}
#if defined(__x86_64__)
namespace kernels_avx2 {
extern const KernelSet kSet;
}
namespace kernels_avx512 {
extern const KernelSet kSet;
}
#endif

std::vector<KernelSet> runnable_kernels() {
  std::vector<KernelSet> sets{kernels_baseline::kSet};
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi2");
  if (avx2) sets.push_back(kernels_avx2::kSet);
  if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    sets.push_back(kernels_avx512::kSet);
  }
#endif
  return sets;
}

const KernelSet& kernels() {
  static const KernelSet best = runnable_kernels().back();
  return best;
}

}  // namespace cubist::core

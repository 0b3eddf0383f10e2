// SPDX-License-Identifier: Apache-2.0
// Chooses among the builds of the kernels, and keeps their memory.
#include "systemc/core/cube/cube_kernels.h"

namespace cubist::core {

void* KernelScratch::room(Room which, size_t bytes) {
  constexpr size_t kAlignment = 64;
  std::vector<uint8_t>& memory = rooms_[static_cast<unsigned>(which)];
  if (memory.size() < bytes + kAlignment) memory.resize(bytes + kAlignment);
  const size_t beyond = reinterpret_cast<uintptr_t>(memory.data()) % kAlignment;
  return memory.data() + (kAlignment - beyond) % kAlignment;
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

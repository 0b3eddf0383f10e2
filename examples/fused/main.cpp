// SPDX-License-Identifier: Apache-2.0
// Host side of the fused layer: relu(A * B + bias) in one launch on cube and vector cores together.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "fused_args.h"
#include "runtime/cubist.h"
#include "runtime/graph/half.h"
#include "tools/simulator/simulator.h"

int main(int argc, char** argv) try {
  const char* elf = argc > 1 ? argv[1] : "fused.elf";
  const size_t m = 192, n = 128, k = 256;
  std::vector<uint16_t> a(m * k), b(k * n), out(m * n);
  std::vector<float> bias(n);
  for (size_t i = 0; i < a.size(); ++i) {
    a[i] = cubist::graph::float_to_half(static_cast<float>(i * 7 % 61) / 32.0F - 0.9F);
  }
  for (size_t i = 0; i < b.size(); ++i) {
    b[i] = cubist::graph::float_to_half(static_cast<float>(i * 5 % 53) / 64.0F - 0.4F);
  }
  for (size_t i = 0; i < n; ++i) bias[i] = static_cast<float>(i % 17) / 4.0F - 2.0F;

  cubist::Simulator simulator({.chip = "tiny"});
  cubist::Device device = simulator.open();
  const cubist::Kernel kernel = device.load_module(elf).kernel("fused");
  const unsigned blocks = device.capacity(kernel);
  cubist::Buffer x = device.allocate(a.size() * 2), y = device.allocate(b.size() * 2);
  cubist::Buffer z = device.allocate(n * 4), result = device.allocate(out.size() * 2);
  cubist::Buffer workspace = device.allocate(blocks * kFusedWorkspace);
  device.copy_to_device(x.address(), a.data(), x.size());
  device.copy_to_device(y.address(), b.data(), y.size());
  device.copy_to_device(z.address(), bias.data(), z.size());

  cubist::Stream stream = device.default_stream();
  const double begin = device.cycles();
  stream.launch(kernel, blocks, {x, y, z, result, workspace, m, n, k});
  stream.synchronize();
  const double cycles = device.cycles() - begin;
  device.copy_to_host(out.data(), result.address(), result.size());

  size_t positive = 0;
  for (size_t i = 0; i < m; ++i) {
    for (size_t j = 0; j < n; ++j) {
      double sum = bias[j], magnitude = std::abs(bias[j]);
      for (size_t p = 0; p < k; ++p) {
        const double product = static_cast<double>(cubist::graph::half_to_float(a[i * k + p])) *
                               cubist::graph::half_to_float(b[p * n + j]);
        sum += product;
        magnitude += std::abs(product);
      }
      const double expected = std::max(sum, 0.0);
      positive += expected > 0 ? 1 : 0;
      // FP32 accumulation in steps of 16 products and one addition, then rounding to FP16.
      const double bound = (std::ceil(static_cast<double>(k) / 16) + 18) * 0x1p-24 * magnitude +
                           0x1p-11 * expected + 0x1p-25;
      const double got = cubist::graph::half_to_float(out[i * n + j]);
      if (!(std::abs(got - expected) <= bound)) {
        std::fprintf(stderr, "out[%zu][%zu] is %.9g; expected %.9g\n", i, j, got, expected);
        return 1;
      }
    }
  }
  std::printf(
      "%zu x %zu x %zu with bias and ReLU on %u blocks, all within the bound (%zu of %zu "
      "above zero), %.0f cycles\n",
      m, n, k, blocks, positive, out.size(), cycles);
  return 0;
} catch (const cubist::Error& error) {
  std::fprintf(stderr, "fused: %s\n", error.what());
  return 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "fused: %s\n", error.what());
  return 2;
}

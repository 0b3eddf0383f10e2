// SPDX-License-Identifier: Apache-2.0
// Host side of the matrix product: FP16 in, FP32 out, checked against the host.
#include <cmath>
#include <cstdio>
#include <vector>

#include "matmul_args.h"
#include "runtime/cubist.h"
#include "runtime/graph/half.h"
#include "tools/simulator/simulator.h"

int main(int argc, char** argv) try {
  const char* elf = argc > 1 ? argv[1] : "matmul.elf";
  const size_t m = 192, n = 128, k = 256;
  std::vector<uint16_t> a(m * k), b(k * n);
  for (size_t i = 0; i < a.size(); ++i) {
    a[i] = cubist::graph::float_to_half(static_cast<float>(i * 7 % 61) / 32.0F - 0.9F);
  }
  for (size_t i = 0; i < b.size(); ++i) {
    b[i] = cubist::graph::float_to_half(static_cast<float>(i * 5 % 53) / 64.0F - 0.4F);
  }
  std::vector<float> c(m * n);

  cubist::Simulator simulator({.chip = "tiny"});
  cubist::Device device = simulator.open();
  cubist::Buffer x = device.allocate(a.size() * 2);
  cubist::Buffer y = device.allocate(b.size() * 2);
  cubist::Buffer z = device.allocate(c.size() * 4);
  device.copy_to_device(x.address(), a.data(), x.size());
  device.copy_to_device(y.address(), b.data(), y.size());

  const cubist::Kernel kernel = device.load_module(elf).kernel("example_matmul");
  cubist::Stream stream = device.default_stream();
  const double begin = device.cycles();
  stream.launch(kernel, device.cube_cores(), {x, y, z, m, n, k});
  stream.synchronize();
  const double cycles = device.cycles() - begin;
  device.copy_to_host(c.data(), z.address(), z.size());

  for (size_t i = 0; i < m; ++i) {
    for (size_t j = 0; j < n; ++j) {
      double sum = 0, magnitude = 0;
      for (size_t p = 0; p < k; ++p) {
        const double product = static_cast<double>(cubist::graph::half_to_float(a[i * k + p])) *
                               cubist::graph::half_to_float(b[p * n + j]);
        sum += product;
        magnitude += std::abs(product);
      }
      // FP32 accumulation in steps of 16 products; see docs/numerics.md.
      const double bound = (std::ceil(static_cast<double>(k) / 16) + 17) * 0x1p-24 * magnitude;
      if (!(std::abs(c[i * n + j] - sum) <= bound)) {
        std::fprintf(stderr, "c[%zu][%zu] is %.9g; expected %.9g\n", i, j, c[i * n + j], sum);
        return 1;
      }
    }
  }
  std::printf("%zu x %zu x %zu on %u cube cores, all within the bound, %.0f cycles\n", m, n, k,
              device.cube_cores(), cycles);
  return 0;
} catch (const cubist::Error& error) {
  std::fprintf(stderr, "matmul: %s\n", error.what());
  return 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "matmul: %s\n", error.what());
  return 2;
}

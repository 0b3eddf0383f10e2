// SPDX-License-Identifier: Apache-2.0
// Host side of the vector addition: device, memory, launch, result.
#include <cstdio>
#include <vector>

#include "runtime/cubist.h"
#include "tools/simulator/simulator.h"
#include "vector_add_args.h"

int main(int argc, char** argv) try {
  const char* elf = argc > 1 ? argv[1] : "vector_add.elf";
  const size_t count = 100000;
  std::vector<float> a(count), b(count), c(count);
  for (size_t i = 0; i < count; ++i) {
    a[i] = static_cast<float>(i) * 0.5F;
    b[i] = static_cast<float>(i % 100) - 50.0F;
  }

  // A simulated chip, and a device on it. The rest knows nothing of simulation.
  cubist::Simulator simulator({.chip = "tiny"});
  cubist::Device device = simulator.open();

  cubist::Buffer x = device.allocate(count * sizeof(float));
  cubist::Buffer y = device.allocate(count * sizeof(float));
  cubist::Buffer z = device.allocate(count * sizeof(float));
  const cubist::Kernel kernel = device.load_module(elf).kernel("vector_add");

  // Everything below goes into one stream and runs in order; the calls return at once.
  cubist::Stream stream = device.create_stream();
  stream.copy_to_device(x.address(), a.data(), count * sizeof(float));
  stream.copy_to_device(y.address(), b.data(), count * sizeof(float));
  const double begin = device.cycles();
  stream.launch(kernel, device.vector_cores(), {x, y, z, count});
  stream.copy_to_host(c.data(), z.address(), count * sizeof(float));
  stream.synchronize();  // throws cubist::Error if anything failed on the chip

  for (size_t i = 0; i < count; ++i) {
    if (c[i] != a[i] + b[i]) {
      std::fprintf(stderr, "element %zu is %g; expected %g\n", i, c[i], a[i] + b[i]);
      return 1;
    }
  }
  std::printf("%zu sums on %u vector cores, all right, %.0f cycles\n", count, device.vector_cores(),
              device.cycles() - begin);
  return 0;
} catch (const cubist::Error& error) {
  std::fprintf(stderr, "vector_add: %s\n", error.what());
  return 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "vector_add: %s\n", error.what());
  return 2;
}

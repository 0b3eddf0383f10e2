// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <vector>

#include "abi/kernel_args_vector.h"
#include "systemc/core/vector/half.h"
#include "tests/kernels/core_runner.h"

using namespace cubist::core;
using namespace cubist::test;

TEMPLATE_TEST_CASE_SIG("NCHW and NC1HWC0 turn into each other, channels padded with zeros", "",
                       ((uint32_t ub), ub), 8 << 10, 192 << 10) {
  CoreRunner core(ub);
  struct Case {
    uint64_t images, channels, pixels;
  };
  for (const Case c : {Case{1, 1, 784}, Case{2, 3, 35}, Case{1, 16, 16}, Case{3, 33, 49},
                       Case{1, 20, 1}, Case{1, 5, 5000}}) {
    const uint64_t c1s = (c.channels + 15) / 16;
    const size_t count = c.images * c.channels * c.pixels;
    const size_t padded = c.images * c1s * c.pixels * 16;
    const std::vector<uint16_t> x = random_halves(count, 3);
    std::vector<float> wide(count);
    for (size_t i = 0; i < count; ++i) wide[i] = float_from_half(x[i]);
    for (const bool from_f32 : {false, true}) {
      const uint64_t src = from_f32 ? core.put(wide) : core.put(x);
      const uint64_t blocked = core.allocate(padded * 2), back = core.allocate(count * 2);
      core.run("to_nc1hwc0",
               cubist_layout_args{src, blocked, c.images, c.channels, c.pixels,
                                  from_f32 ? CUBIST_TYPE_F32 : CUBIST_TYPE_F16},
               7);
      const std::vector<uint16_t> y = core.get16(blocked, padded);
      for (uint64_t n = 0; n < c.images; ++n) {
        for (uint64_t c1 = 0; c1 < c1s; ++c1) {
          for (uint64_t p = 0; p < c.pixels; ++p) {
            for (uint64_t c0 = 0; c0 < 16; ++c0) {
              const uint64_t channel = c1 * 16 + c0;
              const uint16_t expected =
                  channel < c.channels ? x[(n * c.channels + channel) * c.pixels + p] : 0;
              REQUIRE(y[((n * c1s + c1) * c.pixels + p) * 16 + c0] == expected);
            }
          }
        }
      }
      core.run("to_nchw", cubist_layout_args{blocked, back, c.images, c.channels, c.pixels, 0}, 7);
      REQUIRE(core.get16(back, count) == x);
      core.check_guards();
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "abi/kernel_args_vector.h"
#include "systemc/core/vector/half.h"
#include "tests/kernels/core_runner.h"

using namespace cubist::core;
using namespace cubist::test;

TEMPLATE_TEST_CASE_SIG("softmax over any dimension, FP16 and FP32", "", ((uint32_t ub), ub),
                       40 << 10, 192 << 10) {
  CoreRunner core(ub);
  struct Case {
    uint64_t outer, length, inner;
  };
  for (const Case c :
       {Case{7, 10, 1}, Case{1, 1, 1}, Case{3, 64, 1}, Case{2, 65, 1}, Case{1, 800, 1},
        Case{2, 5, 3}, Case{1, 33, 16}, Case{2, 10, 100}, Case{1, 3, 1500}, Case{3, 9001, 1},
        Case{1, 70001, 1}, Case{2, 1300, 7}, Case{1, 600, 90}}) {
    const size_t count = c.outer * c.length * c.inner;
    const std::vector<uint16_t> x = random_halves(count, 6);
    std::vector<float> wide(count);
    for (size_t i = 0; i < count; ++i) wide[i] = float_from_half(x[i]) * 3;
    std::vector<uint16_t> narrow(count);
    for (size_t i = 0; i < count; ++i) narrow[i] = half_from_float(wide[i]);
    for (const uint64_t in : {CUBIST_TYPE_F16, CUBIST_TYPE_F32}) {
      for (const uint64_t out : {CUBIST_TYPE_F16, CUBIST_TYPE_F32}) {
        const uint64_t src = in == CUBIST_TYPE_F32 ? core.put(wide) : core.put(narrow);
        const uint64_t dst = core.allocate(count * (out == CUBIST_TYPE_F32 ? 4 : 2));
        core.run("softmax", cubist_softmax_args{src, dst, c.outer, c.length, c.inner, in, out}, 3);
        const auto y32 = out == CUBIST_TYPE_F32 ? core.get32(dst, count) : std::vector<float>{};
        const auto y16 = out == CUBIST_TYPE_F16 ? core.get16(dst, count) : std::vector<uint16_t>{};
        for (uint64_t o = 0; o < c.outer; ++o) {
          for (uint64_t i = 0; i < c.inner; ++i) {
            const auto at = [&](uint64_t l) { return (o * c.length + l) * c.inner + i; };
            const auto value = [&](uint64_t l) -> double {
              return in == CUBIST_TYPE_F32 ? wide[at(l)] : float_from_half(narrow[at(l)]);
            };
            double largest = -HUGE_VAL, sum = 0;
            for (uint64_t l = 0; l < c.length; ++l) largest = std::max(largest, value(l));
            for (uint64_t l = 0; l < c.length; ++l) sum += std::exp(value(l) - largest);
            for (uint64_t l = 0; l < c.length; ++l) {
              const double expected = std::exp(value(l) - largest) / sum;
              const double got = out == CUBIST_TYPE_F32 ? y32[at(l)] : float_from_half(y16[at(l)]);
              const double relative =
                  0x1p-24 * (std::abs(value(l) - largest) + 3 + static_cast<double>(c.length) + 4);
              const double bound =
                  relative * expected + (out == CUBIST_TYPE_F16 ? 0x1p-11 * expected + 0x1p-25 : 0);
              INFO(c.outer << "x" << c.length << "x" << c.inner << " types " << in << out);
              REQUIRE(std::abs(got - expected) <= bound);
            }
          }
        }
        core.check_guards();
      }
    }
  }
}

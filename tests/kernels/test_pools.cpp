// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "abi/kernel_args_vector.h"
#include "systemc/core/vector/half.h"
#include "tests/kernels/core_runner.h"

using namespace cubist::core;
using namespace cubist::test;

namespace {

cubist_pool_args shape(uint64_t planes, uint64_t h, uint64_t w, uint64_t kh, uint64_t kw,
                       uint64_t sh, uint64_t sw, uint64_t pt, uint64_t pl, uint64_t pb, uint64_t pr,
                       uint64_t dh = 1, uint64_t dw = 1) {
  cubist_pool_args a{};
  a.planes = planes;
  a.in_h = h, a.in_w = w;
  a.kernel_h = kh, a.kernel_w = kw, a.stride_h = sh, a.stride_w = sw;
  a.dilation_h = dh, a.dilation_w = dw;
  a.pad_top = pt, a.pad_left = pl, a.pad_bottom = pb, a.pad_right = pr;
  a.out_h = (h + pt + pb - (kh - 1) * dh - 1) / sh + 1;
  a.out_w = (w + pl + pr - (kw - 1) * dw - 1) / sw + 1;
  return a;
}

// The definition, one output element.
float pooled(const cubist_pool_args& a, const std::vector<uint16_t>& x, uint64_t plane, uint64_t oh,
             uint64_t ow, uint64_t c0, bool average, double& bound) {
  double sum = 0, magnitude = 0, largest = -HUGE_VAL;
  int counted = 0, taps = 0;
  for (uint64_t kh = 0; kh < a.kernel_h; ++kh) {
    for (uint64_t kw = 0; kw < a.kernel_w; ++kw) {
      const auto ih = static_cast<int64_t>(oh * a.stride_h + kh * a.dilation_h - a.pad_top);
      const auto iw = static_cast<int64_t>(ow * a.stride_w + kw * a.dilation_w - a.pad_left);
      const auto h = static_cast<int64_t>(a.in_h), w = static_cast<int64_t>(a.in_w);
      if (ih < 0 || iw < 0 || ih >= h || iw >= w) {
        counted += a.count_include_pad != 0;  // these shapes never reach beyond the padding
        continue;
      }
      const double v = float_from_half(
          x[((plane * a.in_h + static_cast<uint64_t>(ih)) * a.in_w + static_cast<uint64_t>(iw)) *
                16 +
            c0]);
      largest = std::max(largest, v);
      sum += v;
      magnitude += std::abs(v);
      ++counted;
      ++taps;
    }
  }
  const double value = average ? sum / counted : largest;
  bound = average ? (taps + 2) * 0x1p-24 * magnitude / counted + 0x1p-11 * std::abs(value) + 0x1p-25
                  : 0;
  return static_cast<float>(value);
}

const std::vector<cubist_pool_args>& shapes() {
  static const std::vector<cubist_pool_args> list = {
      shape(3, 28, 28, 2, 2, 2, 2, 0, 0, 0, 0),      shape(2, 14, 14, 3, 3, 2, 2, 1, 1, 1, 1),
      shape(1, 7, 9, 3, 2, 1, 1, 1, 0, 1, 1),        shape(2, 13, 11, 3, 3, 3, 2, 0, 1, 2, 1),
      shape(1, 5, 5, 5, 5, 1, 1, 0, 0, 0, 0),        shape(1, 40, 3, 2, 3, 7, 1, 0, 1, 0, 1),
      shape(1, 6, 300, 2, 3, 1, 40, 1, 1, 0, 1),     shape(1, 1, 64, 1, 2, 1, 2, 0, 0, 0, 0),
      shape(1, 12, 12, 3, 3, 1, 2, 2, 2, 2, 2, 2, 3)};
  return list;
}

}  // namespace

TEMPLATE_TEST_CASE_SIG("pools of any shape, tiled for any buffer", "",
                       ((bool average, uint32_t ub), average, ub), (false, 16 << 10),
                       (true, 16 << 10), (false, 192 << 10), (true, 192 << 10)) {
  CoreRunner core(ub);
  for (cubist_pool_args a : shapes()) {
    for (const uint64_t include : {0u, 1u}) {
      if (!average && include) continue;
      a.count_include_pad = include;
      const std::vector<uint16_t> x = random_halves(a.planes * a.in_h * a.in_w * 16, 9);
      const size_t count = a.planes * a.out_h * a.out_w * 16;
      a.src = core.put(x);
      a.dst = core.allocate(count * 2);
      for (const unsigned blocks : {1u, 6u}) {
        core.run(average ? "average_pool" : "max_pool", a, blocks);
        const std::vector<uint16_t> y = core.get16(a.dst, count);
        for (size_t i = 0; i < count; ++i) {
          const uint64_t c0 = i % 16, ow = i / 16 % a.out_w, oh = i / 16 / a.out_w % a.out_h;
          double bound = 0;
          const float expected =
              pooled(a, x, i / 16 / a.out_w / a.out_h, oh, ow, c0, average, bound);
          INFO("map " << a.in_h << "x" << a.in_w << " kernel " << a.kernel_h << "x" << a.kernel_w
                      << " at " << oh << "," << ow << "," << c0);
          REQUIRE(std::abs(float_from_half(y[i]) - expected) <= bound);
        }
        core.check_guards();
      }
    }
  }
}

TEMPLATE_TEST_CASE_SIG("the global average of any number of pixels", "", ((uint32_t ub), ub),
                       4 << 10, 192 << 10) {
  CoreRunner core(ub);
  for (const uint64_t pixels : {1u, 3u, 4u, 49u, 1021u}) {
    const uint64_t planes = 5;
    const std::vector<uint16_t> x = random_halves(planes * pixels * 16, 4);
    const uint64_t src = core.put(x), dst = core.allocate(planes * 32);
    core.run("global_average_pool", cubist_global_pool_args{src, dst, planes, pixels}, 3);
    const std::vector<uint16_t> y = core.get16(dst, planes * 16);
    for (uint64_t plane = 0; plane < planes; ++plane) {
      for (uint64_t c0 = 0; c0 < 16; ++c0) {
        double sum = 0, magnitude = 0;
        for (uint64_t p = 0; p < pixels; ++p) {
          const double v = float_from_half(x[(plane * pixels + p) * 16 + c0]);
          sum += v;
          magnitude += std::abs(v);
        }
        const auto n = static_cast<double>(pixels);
        const double bound =
            (n + 2) * 0x1p-24 * magnitude / n + 0x1p-11 * std::abs(sum / n) + 0x1p-25;
        REQUIRE(std::abs(float_from_half(y[plane * 16 + c0]) - sum / n) <= bound);
      }
    }
    core.check_guards();
  }
}

// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "abi/kernel_args_vector.h"
#include "systemc/core/vector/half.h"
#include "systemc/core/vector/vector_math.h"
#include "tests/kernels/core_runner.h"

using namespace cubist::core;
using namespace cubist::test;

TEMPLATE_TEST_CASE_SIG("relu over any count and any number of blocks", "", ((uint32_t ub), ub),
                       8 << 10, 192 << 10) {
  CoreRunner core(ub);
  for (const size_t count : {1u, 15u, 16u, 255u, 256u, 257u, 5000u, 70001u}) {
    for (const unsigned blocks : {1u, 3u, 48u}) {
      const std::vector<uint16_t> x = random_halves(count, static_cast<unsigned>(count));
      const uint64_t src = core.put(x), dst = core.allocate(count * 2);
      core.run("relu", cubist_relu_args{src, dst, count}, blocks);
      const std::vector<uint16_t> y = core.get16(dst, count);
      for (size_t i = 0; i < count; ++i) REQUIRE(y[i] == (x[i] & 0x8000 ? 0 : x[i]));
      core.check_guards();
    }
  }
}

TEST_CASE("casts between FP32 and FP16") {
  CoreRunner core(16 << 10);
  for (const size_t count : {1u, 63u, 64u, 4097u, 20000u}) {
    const std::vector<uint16_t> halves = random_halves(count, 7);
    std::vector<float> floats(count);
    for (size_t i = 0; i < count; ++i) {
      floats[i] = float_from_half(halves[i]) * (1.0f + 0x1p-12f * static_cast<float>(i % 7));
    }
    const uint64_t h = core.put(halves), f = core.put(floats);
    const uint64_t to_f = core.allocate(count * 4), to_h = core.allocate(count * 2);
    core.run("cast", cubist_cast_args{h, to_f, count, CUBIST_TYPE_F16, CUBIST_TYPE_F32}, 5);
    core.run("cast", cubist_cast_args{f, to_h, count, CUBIST_TYPE_F32, CUBIST_TYPE_F16}, 5);
    const std::vector<float> wide = core.get32(to_f, count);
    const std::vector<uint16_t> narrow = core.get16(to_h, count);
    for (size_t i = 0; i < count; ++i) {
      REQUIRE(wide[i] == float_from_half(halves[i]));
      REQUIRE(narrow[i] == half_from_float(floats[i]));
    }
    core.check_guards();
  }
}

TEMPLATE_TEST_CASE_SIG("add broadcasts along any dimension", "", ((uint32_t ub), ub), 8 << 10,
                       192 << 10) {
  CoreRunner core(ub);
  struct Case {
    uint64_t dims[4];
    bool a_full[4], b_full[4];  // false: broadcast along this dimension
  };
  const std::vector<Case> cases = {
      {{1, 1, 1, 5000}, {true, true, true, true}, {true, true, true, true}},
      {{1, 1, 7, 33}, {true, true, true, true}, {false, false, false, true}},
      {{2, 3, 4, 17}, {true, true, true, true}, {false, true, false, false}},
      {{2, 3, 4, 17}, {false, true, true, true}, {true, false, true, true}},
      {{2, 3, 4, 17}, {true, true, true, false}, {true, true, true, true}},
      {{3, 2, 2, 9}, {true, true, true, false}, {true, false, true, false}},
      {{1, 1, 1, 1}, {true, true, true, true}, {true, true, true, true}},
  };
  for (const Case& c : cases) {
    cubist_add_args args{};
    uint64_t sizes[2] = {1, 1};
    for (int d = 3; d >= 0; --d) {
      args.dims[d] = c.dims[d];
      if (c.a_full[d]) args.a_stride[d] = sizes[0], sizes[0] *= c.dims[d];
      if (c.b_full[d]) args.b_stride[d] = sizes[1], sizes[1] *= c.dims[d];
    }
    const uint64_t total = c.dims[0] * c.dims[1] * c.dims[2] * c.dims[3];
    const std::vector<uint16_t> a = random_halves(sizes[0], 1), b = random_halves(sizes[1], 2);
    args.a = core.put(a);
    args.b = core.put(b);
    args.dst = core.allocate(total * 2);
    for (const uint64_t relu : {0u, 1u}) {
      args.relu = relu;
      core.run("add", args, 4);
      const std::vector<uint16_t> y = core.get16(args.dst, total);
      for (uint64_t i = 0; i < total; ++i) {
        uint64_t rest = i, at_a = 0, at_b = 0;
        for (int d = 3; d >= 0; --d) {
          at_a += rest % c.dims[d] * args.a_stride[d];
          at_b += rest % c.dims[d] * args.b_stride[d];
          rest /= c.dims[d];
        }
        const float sum = float_from_half(a[at_a]) + float_from_half(b[at_b]);
        uint16_t expected = half_from_float(sum);
        if (relu) expected = half_from_float(max_value(float_from_half(expected), 0.0f));
        REQUIRE(y[i] == expected);
      }
      core.check_guards();
    }
  }
}

TEST_CASE("add takes FP32, scales both operands and rounds their sum once") {
  CoreRunner core(16 << 10);
  const uint64_t rows = 5, columns = 700;
  const std::vector<uint16_t> halves = random_halves(rows * columns, 3);
  std::vector<float> a(rows * columns);
  // Sums whose FP32 terms lie between FP16 numbers: a term rounded by itself would show.
  for (size_t i = 0; i < a.size(); ++i) a[i] = float_from_half(halves[i]) * 1.0003f;
  for (const bool full : {true, false}) {
    const std::vector<uint16_t> b = random_halves(full ? rows * columns : rows, 4);
    for (const uint64_t relu : {0u, 1u}) {
      const float a_scale = relu ? 1.0f : -0.75f, b_scale = full ? 1.0f : 2.5f;
      cubist_add_args args{};
      std::memcpy(&args.a_scale, &a_scale, sizeof a_scale);
      std::memcpy(&args.b_scale, &b_scale, sizeof b_scale);
      args.a = core.put(a);
      args.b = core.put(b);
      args.dst = core.allocate(a.size() * 2);
      args.relu = relu;
      args.a_type = CUBIST_TYPE_F32;
      args.dims[0] = args.dims[1] = 1;
      args.dims[2] = rows;
      args.dims[3] = columns;
      args.a_stride[2] = columns;
      args.a_stride[3] = 1;
      args.b_stride[2] = full ? columns : 1;
      args.b_stride[3] = full ? 1 : 0;
      core.run("add", args, 3);
      const std::vector<uint16_t> y = core.get16(args.dst, a.size());
      for (size_t i = 0; i < a.size(); ++i) {
        const float right = float_from_half(b[full ? i : i / columns]) * b_scale;
        float sum = a[i] * a_scale + right;
        if (relu) sum = max_value(sum, 0.0f);
        REQUIRE(y[i] == half_from_float(sum));
      }
      core.check_guards();
    }
  }
}

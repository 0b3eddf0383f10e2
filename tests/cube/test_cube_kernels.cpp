// SPDX-License-Identifier: Apache-2.0
// Every instruction set's kernels against the reference, over data that takes each of their ways.
#include <catch2/catch.hpp>
#include <cfenv>
#include <cmath>

#include "systemc/core/cube/cube_kernels.h"
#include "testbench/cube/cube_stimulus.h"
#include "tests/cube/cube_tile.h"

using namespace cubist;
using core::CubeConfig;
using core::CubeInit;
using core::CubeInstruction;
using core::CubeType;
using testbench::Data;

TEST_CASE("all kernels give the reference's bits") {
  for (const core::KernelSet& set : core::runnable_kernels()) {
    auto reference = core::make_reference_cube({});
    auto fast = core::make_cube_model({}, set);
    testbench::Random random(42);
    testbench::BufferSet x{CubeConfig{}};
    for (unsigned j = 0; j < 1500; ++j) {
      CubeInstruction i;
      i.type = static_cast<CubeType>(j % 8);
      i.m = static_cast<uint16_t>(1 + random.below(40));
      i.n = static_cast<uint16_t>(1 + random.below(40));
      i.k = static_cast<uint16_t>(1 + random.below(80));
      i.init = static_cast<CubeInit>(random.below(3));
      const auto data = static_cast<Data>(random.below(testbench::kDataKinds));
      fill_operands(random, i, data, x);
      testbench::BufferSet y = x;
      reference->execute(i, x.view(), 0);
      fast->execute(i, y.view(), 0);
      INFO(set.name << " " << testbench::name_of(i.type) << " " << testbench::name_of(data) << " m "
                    << i.m << " k " << i.k << " n " << i.n);
      REQUIRE(x.l0c == y.l0c);
    }
    const core::KernelCounters& c = core::counters_of(*fast);
    INFO(set.name);
    CHECK(c.integer_steps > 0);
    CHECK(c.integer_steps + c.flagged_steps < c.steps);
#if defined(__x86_64__)
    CHECK(c.flagged_steps > 0);
#endif
  }
}

TEST_CASE("a mixture within one block: exact, flagged and integer elements") {
  // Column n of B is 2^(4n - 30), so that neighbours in one vector have all gaps to the
  // accumulator.
  for (const core::KernelSet& set : core::runnable_kernels()) {
    for (int shift = 0; shift < 60; ++shift) {
      CubeInstruction i;
      i.type = CubeType::bf16;
      i.m = i.n = i.k = 16;
      i.init = CubeInit::accumulate;
      test::CubeTile x(i);
      testbench::Random random(static_cast<uint64_t>(shift));
      for (unsigned r = 0; r < 16; ++r) {
        for (unsigned k = 0; k < 16; ++k) {
          x.set_a(r, k, random.below(2) << 15 | (97 + shift) << 7 | random.below(128));
          x.set_b(k, r, random.below(2) << 15 | (97 + 4 * r) << 7 | random.below(128));
        }
        for (unsigned n = 0; n < 16; ++n)
          x.set_c(r, n, random.below(2) << 31 | (127 - shift) << 23 | random.below(1 << 23));
      }
      test::CubeTile y = x;
      core::make_reference_cube({})->execute(i, x.buffers().view(), 0);
      core::make_cube_model({}, set)->execute(i, y.buffers().view(), 0);
      INFO(set.name << " shift " << shift);
      REQUIRE(x.buffers().l0c == y.buffers().l0c);
    }
  }
}

TEST_CASE("exponents that spread up to and beyond what double precision holds") {
  // Element k of A is scaled by 2^d(k) and of B by 2^-d(k), so that whole panels spread more than
  // the products do: bounds of panels, bounds k by k and flags decide here.
  for (const core::KernelSet& set : core::runnable_kernels()) {
    auto reference = core::make_reference_cube({});
    auto fast = core::make_cube_model({}, set);
    for (unsigned spread = 0; spread < 64; ++spread) {
      testbench::Random random(spread);
      CubeInstruction i;
      i.type = spread % 2 ? CubeType::hf32 : CubeType::bf16;
      i.m = 16;
      i.n = 24;
      i.k = static_cast<uint16_t>(16 + random.below(50));
      i.init = static_cast<CubeInit>(random.below(2));
      test::CubeTile x(i);
      const unsigned fraction = i.type == CubeType::hf32 ? 23 : 7;
      const auto number = [&](unsigned exponent) {
        return random.below(2) << (fraction + 8) | exponent << fraction |
               random.below(1u << fraction);
      };
      for (unsigned k = 0; k < i.k; ++k) {
        const unsigned d = random.below(20);
        for (unsigned r = 0; r < i.m; ++r)
          x.set_a(r, k, number(110 + d + random.below(spread + 1)));
        for (unsigned n = 0; n < i.n; ++n) x.set_b(k, n, number(130 - d + random.below(4)));
      }
      for (unsigned r = 0; r < i.m; ++r)
        for (unsigned n = 0; n < i.n; ++n)
          x.set_c(r, n, random.below(2) << 31 | (90 + random.below(spread + 1)) << 23);
      test::CubeTile y = x;
      reference->execute(i, x.buffers().view(), 0);
      fast->execute(i, y.buffers().view(), 0);
      INFO(set.name << " spread " << spread);
      REQUIRE(x.buffers().l0c == y.buffers().l0c);
    }
    const core::KernelCounters& c = core::counters_of(*fast);
    INFO(set.name);
    CHECK(c.integer_steps > 0);
    CHECK(c.integer_steps + c.flagged_steps < c.steps);
  }
}

TEST_CASE("the last bit of a sum decides a tie, as far away as the rule keeps it") {
  // 2^e + 2^(e-24) + ((1+u)^2 - (1+2u)) 2^s: a tie but for the last term, u^2 2^s = 2^(e-distance),
  // which a sum in double precision holds to a distance of 52. Products of the skewed kind have one
  // large and one small factor, so that only exponents k by k say how low their bits reach. The
  // cancelling kind has -2^e for 2^(e-24): no addition is inexact then, and the rule still
  // truncates.
  for (const core::KernelSet& set : core::runnable_kernels()) {
    for (const CubeType type : {CubeType::fp16, CubeType::bf16, CubeType::hf32}) {
      const unsigned fraction = type == CubeType::fp16 ? 10 : type == CubeType::bf16 ? 7 : 23;
      const int bias = type == CubeType::fp16 ? 15 : 127;
      const unsigned u = type == CubeType::bf16 ? 7 : 10;  // u = 2^-7 or 2^-10.
      const auto number = [&](int exponent, bool negative, unsigned bits) {
        return (negative ? 1u << (type == CubeType::hf32 ? 31 : 15) : 0u) |
               static_cast<uint32_t>(exponent + bias) << fraction | bits << (fraction - u);
      };
      for (int distance = 40; distance < 60; ++distance) {
        for (const unsigned kind : {0u, 1u, 2u, 3u}) {
          const int skew = kind & 1 ? 3 : 0;
          const bool cancels = kind & 2;
          CubeInstruction i;
          i.type = type;
          i.m = i.n = 16;
          i.k = 4;
          const int e = type == CubeType::fp16 ? 20 : 24;
          const int s = e - distance + 2 * static_cast<int>(u);
          if (type == CubeType::fp16 && s < -22) continue;  // Below its exponents.
          const int half = s < 0 ? (s - 1) / 2 : s / 2;
          test::CubeTile x(i);
          for (unsigned n = 0; n < 16; ++n) {
            x.set_a(n, 0, number(e / 2 + skew, false, 0));
            x.set_b(0, n, number(e / 2 - skew, false, 0));
            const int second = cancels ? e : e - 24;
            x.set_a(n, 1, number(second / 2, cancels, 0));
            x.set_b(1, n, number(second - second / 2, false, 0));
            x.set_a(n, 2, number(half - skew, false, 1));
            x.set_b(2, n, number(s - half + skew, false, 1));
            x.set_a(n, 3, number(half - skew, true, 0));
            x.set_b(3, n, number(s - half + skew, false, 2));
          }
          test::CubeTile y = x;
          core::make_reference_cube({})->execute(i, x.buffers().view(), 0);
          core::make_cube_model({}, set)->execute(i, y.buffers().view(), 0);
          INFO(set.name << " " << testbench::name_of(type) << " distance " << distance << " kind "
                        << kind);
          const uint32_t even = static_cast<uint32_t>(e + 127) << 23;
          const uint32_t last = static_cast<uint32_t>(e - distance + 127) << 23;
          CHECK(x.c(0, 0) == (cancels ? (distance <= 55 ? last : 0) : even + (distance <= 55)));
          REQUIRE(x.buffers().l0c == y.buffers().l0c);
        }
      }
    }
  }
}

TEST_CASE("sizes that end within a block, a step and a pair") {
  for (const core::KernelSet& set : core::runnable_kernels()) {
    auto reference = core::make_reference_cube({});
    auto fast = core::make_cube_model({}, set);
    testbench::Random random(5);
    testbench::BufferSet x{CubeConfig{}};
    for (unsigned size = 1; size <= 34; ++size) {
      for (unsigned t = 0; t < 8; ++t) {
        CubeInstruction i;
        i.type = static_cast<CubeType>(t);
        i.m = static_cast<uint16_t>(size);
        i.n = static_cast<uint16_t>(35 - size);
        i.k = static_cast<uint16_t>(2 * size - 1);
        i.init = static_cast<CubeInit>((size + t) % 3);
        fill_operands(random, i, Data::normal, x);
        testbench::BufferSet y = x;
        reference->execute(i, x.view(), 0);
        fast->execute(i, y.view(), 0);
        INFO(set.name << " " << testbench::name_of(i.type) << " m " << i.m << " k " << i.k << " n "
                      << i.n);
        REQUIRE(x.l0c == y.l0c);
      }
    }
  }
}

TEST_CASE("the caller's rounding mode and flags neither matter nor change") {
  CubeInstruction i;
  i.m = i.n = i.k = 48;
  i.type = CubeType::fp16;
  testbench::Random random(8);
  testbench::BufferSet x{CubeConfig{}};
  fill_operands(random, i, Data::outliers, x);
  testbench::BufferSet y = x;
  auto model = core::make_cube_model({});
  model->execute(i, x.view(), 0);
  std::fesetround(FE_UPWARD);
  std::feclearexcept(FE_ALL_EXCEPT);
  model->execute(i, y.view(), 0);
  CHECK(std::fegetround() == FE_UPWARD);
  std::fesetround(FE_TONEAREST);
  CHECK(x.l0c == y.l0c);
}

TEST_CASE("ordinary data never needs the integer path") {
  auto model = core::make_cube_model({});
  testbench::BufferSet x{CubeConfig{}};
  testbench::Random random(1);
  for (CubeType type : {CubeType::fp16, CubeType::bf16}) {
    CubeInstruction i;
    i.m = 128;
    i.k = 64;
    i.n = 256;
    i.type = type;
    fill_operands(random, i, Data::normal, x);
    model->execute(i, x.view(), 0);
  }
  const core::KernelCounters& c = core::counters_of(*model);
  CHECK(c.integer_steps * 200 < c.steps);
}

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

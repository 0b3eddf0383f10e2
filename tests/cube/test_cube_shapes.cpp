// SPDX-License-Identifier: Apache-2.0
// Other arrays: the same values as the default one, and the cycles of the rule for their
// parameters.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "systemc/core/cube/checked_cube.h"
#include "testbench/cube/cube_stimulus.h"
#include "tests/cube/cube_shapes.h"

using namespace cubist;

static void run_stream(const test::CubeShape& shape, unsigned count, unsigned stall_percent) {
  std::vector<std::string> errors;
  auto unit =
      core::make_checked_cube(core::make_cube_model(shape.config), shape.make(), shape.config, 1,
                              [&](const core::CubeMismatch& m) { errors.push_back(m.text()); });
  testbench::Random random(99);
  testbench::BufferSet buffers(shape.config);
  const testbench::RandomArbiter arbiter(7, stall_percent);
  if (stall_percent) unit->set_arbiter(&arbiter);
  uint64_t offered = 0;
  for (unsigned j = 0; j < count; ++j) {
    const auto i = random_instruction(random, shape.config, {}, buffers);
    const core::CubeTiming timing = unit->execute(i, buffers.view(), offered);
    offered = timing.accepted + 1 + (random.chance(20) ? random.below(40) : 0);
    INFO(shape.name << " instruction " << j);
    if (!errors.empty()) FAIL(errors.front());
  }
  CHECK(unit->rtl_instructions() == count);
}

TEST_CASE("8x8x8") {
  run_stream(test::cube_shapes()[0], 400, 0);
  run_stream(test::cube_shapes()[0], 200, 25);
}
TEST_CASE("32x16x16") {
  run_stream(test::cube_shapes()[1], 600, 0);
  run_stream(test::cube_shapes()[1], 300, 25);
}
TEST_CASE("16x4x8") {
  run_stream(test::cube_shapes()[2], 400, 0);
  run_stream(test::cube_shapes()[2], 200, 25);
}

TEST_CASE("the rule's cycles for other arrays, by hand") {
  core::CubeInstruction i;
  i.m = 64;
  i.k = 32;
  i.n = 64;
  testbench::BufferSet buffers{core::CubeConfig{}};
  const auto done = [&](unsigned m, unsigned k, unsigned n, unsigned depth) {
    core::CubeConfig config;
    config.m = m;
    config.k = k;
    config.n = n;
    config.depth = depth;
    return core::make_cube_model(config)->execute(i, buffers.view(), 0).done;
  };
  CHECK(done(8, 8, 8, 2) == 8 * 8 * 2 * 2 + 4);
  CHECK(done(32, 16, 16, 7) ==
        2 * 4 * 2 + 1 + 9);  // Eight slots a step, nine cycles to come round.
  CHECK(done(16, 4, 8, 3) == 4 * 8 * 2 * 4 + 5);
}

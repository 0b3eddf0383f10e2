// SPDX-License-Identifier: Apache-2.0
// conv2d and matmul on the chip, through queue, firmware, cores and memory, against plain loops.
#include <catch2/catch.hpp>

#include "chip_host.h"
#include "conv_data.h"
#include "matmul_data.h"

using namespace cubist::test;

namespace {

constexpr uint64_t kArgs = ChipHost::kHbm + (24 << 20);

/// Small buffers need every kind of tiling; the preset's own need few.
const std::vector<std::string> kSmall = {"core.l1_bytes=64K", "core.l0a_bytes=8K",
                                         "core.l0b_bytes=8K", "core.l0c_bytes=16K"};

template <typename Args>
void launch(ChipHost& host, const char* name, const Args& args, std::vector<uint8_t>& gm,
            uint32_t blocks) {
  REQUIRE(gm.size() < (16 << 20));
  host.put(ChipHost::kHbm, gm.data(), gm.size());
  host.put(kArgs, &args, sizeof args);
  host.kernel(0, name, kArgs, blocks, CUBIST_KIND_AIC);
  const cubist_completion done = host.next(0);
  INFO("error " << done.error << " at " << std::hex << host.record(0).pc << " address "
                << host.record(0).address << " info " << host.record(0).info);
  REQUIRE(done.error == CUBIST_ERROR_OK);
  REQUIRE(host.chip().debug_read(ChipHost::kHbm, gm));
}

void run(const std::vector<std::string>& sets) {
  ChipHost host(sets);
  host.load_kernels(CUBIST_KERNELS);
  host.open_queue(0);
  unsigned seed = 1;
  for (ConvCase c :
       std::vector<ConvCase>{{1, 1, 28, 28, 16, 5, 5, 1, 1, 1, 1, 2, 2, 2, 2, 1, 1, true, 2},
                             {2, 20, 9, 7, 33, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, true, 3},
                             {1, 130, 20, 24, 40, 3, 3, 2, 1, 1, 2, 1, 2, 1, 2, 1, 0, true, 2},
                             {1, 32, 9, 9, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 32, 1, true, 1},
                             {1, 16, 5, 300, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, false, 1}}) {
    INFO("conv " << c.in_c << "x" << c.in_h << "x" << c.in_w);
    ConvData data(c, seed++);
    launch(host, "conv2d", data.args(), data.gm(), c.blocks);
    CHECK(data.mistakes() == 0);
  }
  for (uint64_t layout = 0; layout < 6; ++layout) {
    MatmulCase c{65, 50, 300, layout % 2, layout / 2};
    c.bias = layout % 3 == 0;
    c.c_f32 = layout == 4;
    c.relu = layout == 2;
    c.batch = 2;
    c.blocks = 3;
    INFO("matmul layout " << layout);
    MatmulData data(c, seed++);
    launch(host, "matmul", data.args, data.gm, c.blocks);
    CHECK(data.mistakes() == 0);
  }
}

}  // namespace

TEST_CASE("AIC kernels on the chip with the preset's buffers") {
  run({"sim.cube=check"});
}

TEST_CASE("AIC kernels on the chip with small buffers") {
  run(kSmall);
}

TEST_CASE("AIC kernels trap on bad arguments with a code") {
  ChipHost host;
  host.load_kernels(CUBIST_KERNELS);
  host.open_queue(0);
  const cubist_conv2d_args args{};
  host.put(kArgs, &args, sizeof args);
  host.kernel(0, "conv2d", kArgs, 1, CUBIST_KIND_AIC);
  CHECK(host.next(0).error == CUBIST_ERROR_TRAP);
  CHECK(host.record(0).address == CUBIST_TRAP_BAD_ARGS);
}

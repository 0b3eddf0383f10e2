// SPDX-License-Identifier: Apache-2.0
// RTL against the model: bits and cycles of streams, a grid of sizes, stalls, and what the checker
// and the interface promise.
#include <bit>
#include <catch2/catch.hpp>
#include <cstring>
#include <string>

#include "systemc/base/error.h"
#include "systemc/core/cube/checked_cube.h"
#include "systemc/core/cube/verilated_cube.h"
#include "testbench/cube/cube_stimulus.h"
#include "tests/cube/cube_tile.h"

using namespace cubist;
using core::CubeConfig;
using core::CubeInit;
using core::CubeInstruction;
using core::CubeMismatch;
using core::CubeTiming;
using core::CubeType;
using testbench::Data;

namespace {

/// A checked unit that collects what differs.
struct Checked {
  explicit Checked(unsigned every_n = 1)
      : unit(core::make_checked_cube(
            CubeConfig{}, every_n, [this](const CubeMismatch& m) { errors.push_back(m.text()); })) {
  }
  std::vector<std::string> errors;
  std::unique_ptr<core::CubeUnit> unit;
};

void stream(uint64_t seed, const testbench::StreamOptions& options, unsigned count,
            unsigned stall_percent) {
  Checked checked;
  testbench::Random random(seed);
  testbench::BufferSet buffers{CubeConfig{}};
  const testbench::RandomArbiter arbiter(seed, stall_percent);
  if (stall_percent) checked.unit->set_arbiter(&arbiter);
  uint64_t offered = 0;
  for (unsigned j = 0; j < count; ++j) {
    const CubeInstruction i = random_instruction(random, CubeConfig{}, options, buffers);
    const CubeTiming timing = checked.unit->execute(i, buffers.view(), offered);
    offered = timing.accepted + 1;
    const unsigned gap = random.below(8);
    if (gap == 0) offered = timing.done + random.below(20);
    if (gap == 1)
      offered = std::max(offered, timing.done - std::min<uint64_t>(timing.done, random.below(9)));
    if (gap == 2) offered = std::max(offered, timing.done);
    if (!checked.errors.empty()) FAIL(checked.errors.front());
  }
}

}  // namespace

TEST_CASE("random streams of every type, no stalls") {
  stream(11, {}, 1500, 0);
}
TEST_CASE("random streams with few stalls") {
  stream(12, {}, 1000, 10);
}
TEST_CASE("random streams with many stalls") {
  stream(13, {}, 500, 70);
}
TEST_CASE("small instructions: every accumulator hazard") {
  testbench::StreamOptions options;
  options.largest = 20;
  stream(14, options, 3000, 0);
  stream(15, options, 2000, 30);
}

TEST_CASE("ten million dot products, RTL and model") {
  // One step each where k allows: 128 x 256 results an instruction.
  Checked checked;
  testbench::Random random(77);
  testbench::BufferSet buffers{CubeConfig{}};
  uint64_t dots = 0, offered = 0;
  while (dots < 10'000'000) {
    CubeInstruction i;
    i.type = static_cast<CubeType>(random.below(8));
    i.m = 128;
    i.n = 256;
    i.k = static_cast<uint16_t>(1 + random.below(core::step_k(i.type)));
    i.init = static_cast<CubeInit>(random.below(3));
    fill_operands(random, i, static_cast<Data>(random.below(testbench::kDataKinds)), buffers);
    offered = checked.unit->execute(i, buffers.view(), offered).accepted + 1;
    dots += uint64_t{i.m} * i.n;
    if (!checked.errors.empty()) FAIL(checked.errors.front());
  }
}

TEST_CASE("cycles over a grid of sizes") {
  // Values of zeros are as good as any here; the checked unit compares the cycles.
  Checked checked;
  testbench::BufferSet buffers{CubeConfig{}};
  uint64_t offered = 0, cases = 0;
  for (unsigned t : {0u, 2u, 3u, 4u}) {
    for (unsigned m : {1, 15, 16, 17, 33, 64, 128, 400}) {
      for (unsigned n : {1, 16, 17, 48, 128}) {
        for (unsigned k : {1, 7, 8, 9, 16, 17, 31, 32, 33, 64, 100, 4095}) {
          for (CubeInit init : {CubeInit::zero, CubeInit::accumulate, CubeInit::bias}) {
            CubeInstruction i;
            i.m = static_cast<uint16_t>(m);
            i.k = static_cast<uint16_t>(k);
            i.n = static_cast<uint16_t>(n);
            i.type = static_cast<CubeType>(t);
            i.init = init;
            if (!check_instruction(i, CubeConfig{}).empty()) continue;
            if (uint64_t{m} * n * k > 200'000 && init == CubeInit::bias) continue;
            const CubeTiming timing = checked.unit->execute(i, buffers.view(), offered);
            offered = cases % 3 == 0   ? timing.accepted + 1
                      : cases % 3 == 1 ? timing.done - 3
                                       : timing.done + 5;
            ++cases;
            if (!checked.errors.empty()) FAIL(checked.errors.front());
          }
        }
      }
    }
  }
  CHECK(cases > 700);
}

TEST_CASE("the cycle rule, by hand") {
  auto model = core::make_cube_model({});
  testbench::BufferSet buffers{CubeConfig{}};
  CubeInstruction i;
  i.m = i.n = 64;
  i.k = 64;
  // 4 x 4 x 4 slots of one beat; 6 cycles from the last one to its result.
  CubeTiming t = model->execute(i, buffers.view(), 100);
  CHECK(t.accepted == 100);
  CHECK(t.done == 100 + 64 + 6);
  // Offered at once, taken with the last beat, no bubble.
  t = model->execute(i, buffers.view(), 101);
  CHECK(t.accepted == 164);
  CHECK(t.done == 164 + 64 + 6);
  model->reset();
  // One accumulator fractal: each step waits for the one before, six cycles.
  i.m = i.n = 16;
  t = model->execute(i, buffers.view(), 0);
  CHECK(t.done == 0 + 1 + 3 * 6 + 6);
  model->reset();
  // FP32: a quarter of the rate, 8 steps of two beats on 16 fractals.
  i.m = i.n = 64;
  i.type = CubeType::fp32;
  t = model->execute(i, buffers.view(), 0);
  CHECK(t.done == 0 + 8 * 16 * 2 + 6);
}

TEST_CASE("rows and columns outside of C are not written") {
  for (const bool rtl : {false, true}) {
    std::unique_ptr<core::CubeUnit> unit;
    if (rtl)
      unit = core::make_verilated_cube({});
    else
      unit = core::make_cube_model({});
    CubeInstruction i;
    i.m = 5;
    i.k = 3;
    i.n = 20;
    i.c = 4096;
    testbench::BufferSet buffers{CubeConfig{}};
    std::fill(buffers.l0c.begin(), buffers.l0c.end(), 0xA5);
    std::fill(buffers.l0a.begin(), buffers.l0a.end(), 0xFF);  // NaN around the operands.
    std::fill(buffers.l0b.begin(), buffers.l0b.end(), 0xFF);
    testbench::Random random(1);
    for (unsigned row = 0; row < i.m; ++row)
      for (unsigned k = 0; k < i.k; ++k)
        std::fill_n(&buffers.l0a[core::a_offset(i.type, row, k, 1)], 2, 0x3C);
    for (unsigned column = 0; column < i.n; ++column)
      for (unsigned k = 0; k < i.k; ++k)
        std::fill_n(&buffers.l0b[core::b_offset(i.type, k, column, 2)], 2, 0x3C);
    unit->execute(i, buffers.view(), 0);
    unsigned written = 0;
    for (size_t at = 0; at < buffers.l0c.size(); at += 4) {
      uint32_t v;
      std::memcpy(&v, &buffers.l0c[at], 4);
      if (v == 0xA5A5A5A5) continue;
      ++written;
      // Three times 0x3C3C squared: (1084 / 1024)^2 * 3, exact.
      CHECK(v == std::bit_cast<uint32_t>(1084.0f * 1084.0f * 3.0f / 1048576.0f));
    }
    CHECK(written == unsigned{i.m} * i.n);
  }
}

TEST_CASE("check:N runs its share through the RTL") {
  Checked checked(4);
  testbench::Random random(5);
  testbench::BufferSet buffers{CubeConfig{}};
  uint64_t offered = 0;
  for (unsigned j = 0; j < 41; ++j) {
    const CubeInstruction i = random_instruction(random, CubeConfig{}, {}, buffers);
    offered = checked.unit->execute(i, buffers.view(), offered).accepted + 1;
  }
  CHECK(checked.unit->rtl_instructions() == 11);
  CHECK(checked.errors.empty());
}

namespace {

/// The model with one wrong bit in one result, or one cycle too many.
class WrongCube final : public core::CubeUnit {
 public:
  WrongCube(bool value, unsigned row, unsigned column)
      : value_(value), row_(row), column_(column) {}
  CubeTiming execute(const CubeInstruction& i, const core::CubeBuffers& b,
                     uint64_t offered) override {
    CubeTiming t = model_->execute(i, b, offered);
    if (value_)
      b.l0c[i.c + core::c_offset(row_, column_, core::ceil_div(i.m, 16))] ^= 1;
    else
      ++t.done;
    return t;
  }
  void reset() override { model_->reset(); }
  void set_arbiter(const core::CubeArbiter* a) override { model_->set_arbiter(a); }
  uint64_t macs() const override { return model_->macs(); }

 private:
  std::unique_ptr<core::CubeUnit> model_ = core::make_cube_model({});
  bool value_;
  unsigned row_, column_;
};

}  // namespace

TEST_CASE("the checker names the first difference") {
  std::vector<CubeMismatch> found;
  const auto keep = [&](const CubeMismatch& m) { found.push_back(m); };
  CubeInstruction i;
  i.m = i.n = 40;
  i.k = 5;
  i.init = CubeInit::accumulate;
  testbench::BufferSet buffers{CubeConfig{}};
  testbench::Random random(3);
  fill_operands(random, i, Data::normal, buffers);
  auto wrong_value = core::make_checked_cube(
      core::make_cube_model({}), std::make_unique<WrongCube>(true, 33, 20), {}, 1, keep);
  wrong_value->execute(i, buffers.view(), 0);
  REQUIRE(found.size() == 1);
  CHECK(found[0].value);
  CHECK(found[0].row == 33);
  CHECK(found[0].column == 20);
  CHECK((found[0].model_bits ^ found[0].rtl_bits) == 1);
  CHECK(found[0].a.size() == 5);
  auto wrong_cycles = core::make_checked_cube(
      core::make_cube_model({}), std::make_unique<WrongCube>(false, 0, 0), {}, 1, keep);
  wrong_cycles->execute(i, buffers.view(), 0);
  REQUIRE(found.size() == 2);
  CHECK_FALSE(found[1].value);
  CHECK(found[1].rtl_timing.done == found[1].model_timing.done + 1);
  CHECK(found[1].text().find("done") != std::string::npos);
}

TEST_CASE("illegal instructions and configurations get one line") {
  CubeInstruction i;
  i.m = i.k = i.n = 16;
  CHECK(check_instruction(i, {}).empty());
  i.k = 0;
  CHECK(check_instruction(i, {}) == "mmad: k is 0, expected 1..4095");
  i.k = 4096;
  CHECK(check_instruction(i, {}).find("4096") != std::string::npos);
  i.k = 16;
  i.a = 100;
  CHECK(check_instruction(i, {}).find("L0A address 0x64 is not a multiple of 512") !=
        std::string::npos);
  i.a = 65536;
  CHECK(check_instruction(i, {}).find("L0A has 65536 bytes") != std::string::npos);
  i.a = 0;
  i.m = 4095;
  CHECK(check_instruction(i, {}).find("needs 131072 bytes of L0A") != std::string::npos);
  i.m = 16;
  i.init = static_cast<CubeInit>(3);
  CHECK(check_instruction(i, {}).find("initialisation code 3") != std::string::npos);
  i.init = CubeInit::bias;
  i.bias = 1020;
  CHECK(check_instruction(i, {}).find("bias table") != std::string::npos);
  i.bias = 0;
  i.type = static_cast<CubeType>(8);
  CHECK(check_instruction(i, {}).find("type code 8") != std::string::npos);
  CubeConfig other;
  other.depth = 7;
  CHECK_THROWS_AS(core::make_verilated_cube(other), base::UserError);
  CHECK_THROWS_AS(core::make_checked_cube(CubeConfig{}, 0, nullptr), base::UserError);
}

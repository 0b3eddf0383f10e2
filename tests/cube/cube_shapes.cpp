// SPDX-License-Identifier: Apache-2.0
#include "tests/cube/cube_shapes.h"

#include "Vcube_16x4x8.h"
#include "Vcube_16x4x8___024root.h"
#include "Vcube_32x16x16.h"
#include "Vcube_32x16x16___024root.h"
#include "Vcube_8x8x8.h"
#include "Vcube_8x8x8___024root.h"
#include "systemc/core/cube/cube_rtl_harness.h"

namespace cubist::test {
namespace {

template <class Top, unsigned M, unsigned K, unsigned N>
class ShapedCube final : public core::CubeUnit {
 public:
  core::CubeTiming execute(const core::CubeInstruction& i, const core::CubeBuffers& buffers,
                           uint64_t offered) override {
    return rtl_.execute(i, buffers, offered, arbiter_);
  }
  void reset() override { rtl_.reset(); }
  void set_arbiter(const core::CubeArbiter* arbiter) override { arbiter_ = arbiter; }
  uint64_t macs() const override { return 0; }
  static std::unique_ptr<core::CubeUnit> make() { return std::make_unique<ShapedCube>(); }

 private:
  core::CubeRtlHarness<Top, core::NoTracer, M, K, N> rtl_;
  const core::CubeArbiter* arbiter_ = nullptr;
};

core::CubeConfig shape(unsigned m, unsigned k, unsigned n, unsigned depth) {
  core::CubeConfig config;
  config.m = m;
  config.k = k;
  config.n = n;
  config.depth = depth;
  return config;
}

}  // namespace

std::vector<CubeShape> cube_shapes() {
  return {{"8x8x8, depth 2", shape(8, 8, 8, 2), ShapedCube<Vcube_8x8x8, 8, 8, 8>::make},
          {"32x16x16, depth 7", shape(32, 16, 16, 7), ShapedCube<Vcube_32x16x16, 32, 16, 16>::make},
          {"16x4x8, depth 3", shape(16, 4, 8, 3), ShapedCube<Vcube_16x4x8, 16, 4, 8>::make}};
}

}  // namespace cubist::test

// SPDX-License-Identifier: Apache-2.0
// The cube without values: cycles by cube_timing.h, for runs that ask for times only.
#include "systemc/core/cube/cube_timing.h"
#include "systemc/core/cube/cube_unit.h"

namespace cubist::core {
namespace {

class TimingCube final : public CubeUnit {
 public:
  explicit TimingCube(const CubeConfig& config) : timer_(config) {}

  CubeTiming execute(const CubeInstruction& i, const CubeBuffers&, uint64_t offered) override {
    macs_ += uint64_t{i.m} * i.k * i.n;
    return timer_.execute(i, offered, arbiter_);
  }
  void reset() override { timer_.reset(); }
  void set_arbiter(const CubeArbiter* arbiter) override { arbiter_ = arbiter; }
  uint64_t macs() const override { return macs_; }

 private:
  CubeTimer timer_;
  const CubeArbiter* arbiter_ = nullptr;
  uint64_t macs_ = 0;
};

}  // namespace

std::unique_ptr<CubeUnit> make_timing_cube(const CubeConfig& config) {
  return std::make_unique<TimingCube>(config);
}

}  // namespace cubist::core

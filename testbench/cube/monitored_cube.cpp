// SPDX-License-Identifier: Apache-2.0
// Compiled once per Verilated build: CUBIST_TB_M, _K, _N and _DEPTH are the parameters it has.
#include "testbench/cube/monitored_cube.h"

#include "Vcube_tb.h"
#include "Vcube_tb___024root.h"
#include "systemc/core/cube/cube_rtl_harness.h"
#if VM_COVERAGE
#include "verilated_cov.h"
#endif

namespace cubist::testbench {
namespace {

/// Stands where a tracer would: the harness shows it every cycle of the hardware once.
class PortMonitor {
 public:
  explicit PortMonitor(Vcube_tb& top) : top_(top), log_(monitored_config()) {}
  bool active() const { return true; }
  void start(base::WaveSink&, const std::string&, base::Time, uint64_t, uint64_t,
             core::CubeWaveDetail) {}
  void flush() {}
  void dump(uint64_t half_cycle) {
    if (half_cycle % 2) return;
    PortCycle p;
    p.cycle = half_cycle / 2;
    p.accepts = top_.instr_valid_i && top_.instr_ready_o;
    p.release = top_.release_o;
    p.done = top_.done_o;
    p.busy = top_.busy_o;
    p.writes = top_.l0c_we_o & 1;
    p.write_address = core::port_field(top_.l0c_waddr_o, 0, 20);
    p.release_address = top_.release_addr_o;
    log_.observe(p);
  }
  PortLog& log() { return log_; }

 private:
  Vcube_tb& top_;
  PortLog log_;
};

class Unit final : public MonitoredCube {
 public:
  core::CubeTiming execute(const core::CubeInstruction& i, const core::CubeBuffers& buffers,
                           uint64_t offered) override {
    macs_ += uint64_t{i.m} * i.k * i.n;
    return rtl_.execute(i, buffers, offered, arbiter_);
  }
  void settle() override { rtl_.finish_trace(); }
  void reset() override {
    rtl_.reset();
    log().clear();
  }
  void set_arbiter(const core::CubeArbiter* arbiter) override { arbiter_ = arbiter; }
  uint64_t macs() const override { return macs_; }
  PortLog& log() override { return rtl_.tracer().log(); }
  uint64_t rtl_cycles() const override { return rtl_.cycles(); }
  bool write_coverage([[maybe_unused]] const std::string& path) const override {
#if VM_COVERAGE
    rtl_.context().coveragep()->write(path.c_str());
    return true;
#else
    return false;
#endif
  }

 private:
  core::CubeRtlHarness<Vcube_tb, PortMonitor, CUBIST_TB_M, CUBIST_TB_K, CUBIST_TB_N> rtl_;
  const core::CubeArbiter* arbiter_ = nullptr;
  uint64_t macs_ = 0;
};

}  // namespace

core::CubeConfig monitored_config() {
  core::CubeConfig config;
  config.m = CUBIST_TB_M;
  config.k = CUBIST_TB_K;
  config.n = CUBIST_TB_N;
  config.depth = CUBIST_TB_DEPTH;
  return config;
}

std::unique_ptr<MonitoredCube> make_monitored_cube() {
  return std::make_unique<Unit>();
}

}  // namespace cubist::testbench

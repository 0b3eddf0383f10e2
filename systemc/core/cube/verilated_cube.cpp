// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/cube/verilated_cube.h"

#include <sstream>
#include <utility>

#include "systemc/base/error.h"
#include "systemc/core/cube/cube_rtl.h"

namespace cubist::core {
namespace {

class VerilatedCubeUnit final : public VerilatedCube {
 public:
  ~VerilatedCubeUnit() override { finish_trace(); }

  CubeTiming execute(const CubeInstruction& i, const CubeBuffers& buffers,
                     uint64_t offered) override {
    // The two builds cannot hand a filled pipeline to each other.
    if (wanted() != current_ && offered >= current_->empty_from()) {
      finish_trace();
      current_ = wanted();
      current_->reset();
      if (current_ == traced_.get() && !tracing_) begin_trace();
    }
    macs_ += uint64_t{i.m} * i.k * i.n;
    ++instructions_;
    const CubeTiming timing = current_->execute(i, buffers, offered, arbiter_);
    if (tracing_ && timing.accepted > window_.last) {
      tracing_ = wants_trace_ = false;
    }
    return timing;
  }

  void reset() override {
    finish_trace();
    current_->reset();
  }
  void set_arbiter(const CubeArbiter* arbiter) override { arbiter_ = arbiter; }
  uint64_t macs() const override { return macs_; }
  uint64_t rtl_instructions() const override { return instructions_; }
  uint64_t rtl_cycles() const override {
    return fast_->cycles() + (traced_ ? traced_->cycles() : 0);
  }

  void trace_to(base::WaveSink& sink, std::string scope, base::Time period, uint64_t first_cycle,
                uint64_t last_cycle, CubeWaveDetail detail) override {
    finish_trace();
    window_ = {&sink, std::move(scope), period, first_cycle, last_cycle, detail};
    if (!traced_) traced_ = make_traced_cube_rtl();
    wants_trace_ = true;
    tracing_ = false;
    if (current_ == traced_.get()) begin_trace();
  }

  void settle() override { finish_trace(); }

  void finish_trace() override {
    if (tracing_) traced_->finish_trace();
  }

 private:
  struct Window {
    base::WaveSink* sink;
    std::string scope;
    base::Time period;
    uint64_t first, last;
    CubeWaveDetail detail;
  };

  CubeRtl* wanted() const { return wants_trace_ ? traced_.get() : fast_.get(); }
  void begin_trace() {
    traced_->trace_to(*window_.sink, window_.scope, window_.period, window_.first, window_.last,
                      window_.detail);
    tracing_ = true;
  }

  std::unique_ptr<CubeRtl> fast_ = make_fast_cube_rtl();
  std::unique_ptr<CubeRtl> traced_;  ///< Made when first asked for.
  CubeRtl* current_ = fast_.get();
  const CubeArbiter* arbiter_ = nullptr;
  Window window_{};
  bool wants_trace_ = false, tracing_ = false;
  uint64_t macs_ = 0, instructions_ = 0;
};

}  // namespace

std::unique_ptr<VerilatedCube> make_verilated_cube(const CubeConfig& config) {
  const CubeConfig built;
  if (config.m != built.m || config.k != built.k || config.n != built.n ||
      config.depth != built.depth) {
    std::ostringstream s;
    s << "cube: the RTL is built as m=" << built.m << " k=" << built.k << " n=" << built.n
      << " depth=" << built.depth << ", but the configuration asks for m=" << config.m
      << " k=" << config.k << " n=" << config.n << " depth=" << config.depth
      << "; use --cube=model, or build rtl/cube with these parameters";
    throw base::UserError(s.str());
  }
  return std::make_unique<VerilatedCubeUnit>();
}

}  // namespace cubist::core

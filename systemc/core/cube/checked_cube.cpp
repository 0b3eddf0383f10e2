// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/cube/checked_cube.h"

#include <algorithm>
#include <cstring>
#include <sstream>
#include <utility>

#include "systemc/base/error.h"
#include "systemc/core/cube/cube_layout.h"
#include "systemc/core/cube/cube_timing.h"
#include "systemc/core/cube/verilated_cube.h"

namespace cubist::core {
namespace {

uint32_t element(std::span<const uint8_t> s, uint32_t at, unsigned bytes) {
  uint32_t v = 0;
  std::memcpy(&v, &s[at], bytes);
  return v;
}

class CheckedCube final : public CubeUnit {
 public:
  CheckedCube(std::unique_ptr<CubeUnit> model, std::unique_ptr<CubeUnit> rtl,
              const CubeConfig& config, unsigned every_n, CubeMismatchHandler on_mismatch)
      : model_(std::move(model)),
        rtl_(std::move(rtl)),
        alone_(config),
        every_n_(every_n),
        on_mismatch_(std::move(on_mismatch)) {}

  CubeTiming execute(const CubeInstruction& i, const CubeBuffers& buffers,
                     uint64_t offered) override {
    const bool check = count_ % every_n_ == 0;
    ++count_;
    if (!check) return model_->execute(i, buffers, offered);
    // The RTL writes to a copy of L0C only; A, B and bias are read-only to it.
    l0c_.assign(buffers.l0c.begin(), buffers.l0c.end());
    before_.assign(buffers.l0c.begin(), buffers.l0c.end());
    const CubeTiming timing = model_->execute(i, buffers, offered);
    if (every_n_ != 1) {
      rtl_->reset();
      alone_.reset();
    }
    const CubeTiming rtl_timing =
        rtl_->execute(i, {buffers.l0a, buffers.l0b, l0c_, buffers.bias}, offered);
    if (every_n_ != 1) rtl_->settle();  // It runs alone: nothing follows in the pipeline.
    const CubeTiming expected = every_n_ == 1 ? timing : alone_.execute(i, offered, arbiter_);
    compare(i, buffers, expected, rtl_timing);
    return timing;
  }

  void reset() override {
    model_->reset();
    rtl_->reset();
    alone_.reset();
  }
  void settle() override { rtl_->settle(); }
  void set_arbiter(const CubeArbiter* arbiter) override {
    arbiter_ = arbiter;
    model_->set_arbiter(arbiter);
    rtl_->set_arbiter(arbiter);
  }
  uint64_t macs() const override { return model_->macs(); }
  uint64_t rtl_instructions() const override { return (count_ + every_n_ - 1) / every_n_; }

 private:
  void compare(const CubeInstruction& i, const CubeBuffers& buffers, const CubeTiming& expected,
               const CubeTiming& rtl_timing) {
    const bool same_bytes = std::equal(l0c_.begin(), l0c_.end(), buffers.l0c.begin());
    const bool same_cycles =
        expected.accepted == rtl_timing.accepted && expected.done == rtl_timing.done;
    if (same_bytes && same_cycles) return;
    CubeMismatch m;
    m.instruction = i;
    m.index = count_ - 1;
    m.model_timing = expected;
    m.rtl_timing = rtl_timing;
    if (!same_bytes) locate(i, buffers, m);
    if (on_mismatch_) on_mismatch_(m);
  }

  /// Finds the first element that differs; one outside m x n was written and should not have been.
  void locate(const CubeInstruction& i, const CubeBuffers& buffers, CubeMismatch& m) {
    m.value = true;
    const unsigned mt = ceil_div(i.m, kFractal), nt = ceil_div(i.n, kFractal);
    const unsigned kt = ceil_div(i.k, fractal_k(i.type)), bytes = element_bytes(i.type);
    for (m.column = 0; m.column < nt * kFractal; ++m.column) {
      for (m.row = 0; m.row < mt * kFractal; ++m.row) {
        const uint32_t at = i.c + c_offset(m.row, m.column, mt);
        m.model_bits = element(buffers.l0c, at, 4);
        m.rtl_bits = element(l0c_, at, 4);
        if (m.model_bits == m.rtl_bits) continue;
        m.start = i.init == CubeInit::accumulate ? element(before_, at, 4)
                  : i.init == CubeInit::bias     ? element(buffers.bias, i.bias + 4 * m.column, 4)
                                                 : 0;
        for (unsigned k = 0; k < i.k; ++k) {
          m.a.push_back(element(buffers.l0a, i.a + a_offset(i.type, m.row, k, kt), bytes));
          m.b.push_back(element(buffers.l0b, i.b + b_offset(i.type, k, m.column, nt), bytes));
        }
        return;
      }
    }
    m.row = m.column = ~0u;  // Outside of C altogether.
  }

  std::unique_ptr<CubeUnit> model_, rtl_;
  CubeTimer alone_;  ///< The cycle rule for an instruction that finds the engine empty.
  unsigned every_n_;
  CubeMismatchHandler on_mismatch_;
  const CubeArbiter* arbiter_ = nullptr;
  uint64_t count_ = 0;
  std::vector<uint8_t> l0c_, before_;
};

}  // namespace

std::string CubeMismatch::text() const {
  std::ostringstream s;
  s << "cube: model and RTL differ in instruction " << index << " (m=" << instruction.m
    << " k=" << instruction.k << " n=" << instruction.n
    << " type=" << static_cast<unsigned>(instruction.type)
    << " init=" << static_cast<unsigned>(instruction.init) << ", accepted at cycle "
    << model_timing.accepted << "): ";
  if (value && row == ~0u) {
    s << "the RTL wrote outside C";
  } else if (value) {
    s << "row " << row << " column " << column << " is 0x" << std::hex << model_bits
      << " in the model, 0x" << rtl_bits << " in RTL; start 0x" << start << ", operands";
    for (size_t k = 0; k < a.size(); ++k) s << " 0x" << a[k] << "*0x" << b[k];
  } else {
    s << "accepted " << model_timing.accepted << ", done " << model_timing.done
      << " in the model, accepted " << rtl_timing.accepted << ", done " << rtl_timing.done
      << " in RTL";
  }
  return s.str();
}

std::unique_ptr<CubeUnit> make_checked_cube(std::unique_ptr<CubeUnit> model,
                                            std::unique_ptr<CubeUnit> rtl, const CubeConfig& config,
                                            unsigned every_n, CubeMismatchHandler on_mismatch) {
  if (every_n == 0)
    throw base::UserError("cube: check:0 is not possible, expected check:1 or more");
  return std::make_unique<CheckedCube>(std::move(model), std::move(rtl), config, every_n,
                                       std::move(on_mismatch));
}

std::unique_ptr<CubeUnit> make_checked_cube(const CubeConfig& config, unsigned every_n,
                                            CubeMismatchHandler on_mismatch) {
  return make_checked_cube(make_cube_model(config), make_verilated_cube(config), config, every_n,
                           std::move(on_mismatch));
}

}  // namespace cubist::core

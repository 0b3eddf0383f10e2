// SPDX-License-Identifier: Apache-2.0
// The fast model: values by cube_kernels.h, cycles by cube_timing.h.
#include <algorithm>
#include <cstring>

#include "systemc/core/cube/cube_kernels.h"
#include "systemc/core/cube/cube_layout.h"
#include "systemc/core/cube/cube_reference.h"
#include "systemc/core/cube/cube_timing.h"
#include "systemc/core/cube/cube_unit.h"

namespace cubist::core {
namespace {

uint32_t load32(std::span<const uint8_t> s, uint32_t at) {
  uint32_t v;
  std::memcpy(&v, &s[at], 4);
  return v;
}
void store32(std::span<uint8_t> s, uint32_t at, uint32_t v) {
  std::memcpy(&s[at], &v, 4);
}

class CubeModel final : public CubeUnit {
 public:
  /// Without a set of kernels, by the reference alone.
  CubeModel(const CubeConfig& config, const KernelSet* set) : timer_(config) {
    if (set) set_ = *set;
  }

  CubeTiming execute(const CubeInstruction& i, const CubeBuffers& buffers,
                     uint64_t offered) override {
    if (set_.run) {
      set_.run({i, buffers, &scratch_, &counters_});
    } else {
      compute(i, buffers);
    }
    macs_ += uint64_t{i.m} * i.k * i.n;
    return timer_.execute(i, offered, arbiter_);
  }
  void reset() override { timer_.reset(); }
  void set_arbiter(const CubeArbiter* arbiter) override { arbiter_ = arbiter; }
  uint64_t macs() const override { return macs_; }
  const KernelCounters& counters() const { return counters_; }

 private:
  void compute(const CubeInstruction& i, const CubeBuffers& buffers);

  CubeTimer timer_;
  const CubeArbiter* arbiter_ = nullptr;
  KernelSet set_{"reference", nullptr};
  KernelScratch scratch_;
  KernelCounters counters_;
  uint64_t macs_ = 0;
};

uint32_t initial(const CubeInstruction& i, const CubeBuffers& b, unsigned column, uint32_t c_at) {
  switch (i.init) {
    case CubeInit::accumulate:
      return load32(b.l0c, c_at);
    case CubeInit::bias:
      return load32(b.bias, i.bias + 4 * column);
    case CubeInit::zero:
      break;
  }
  return 0;
}

uint32_t int8_element(std::span<const uint8_t> s, uint32_t at, bool is_signed) {
  return is_signed ? static_cast<uint32_t>(static_cast<int8_t>(s[at])) : s[at];
}

void CubeModel::compute(const CubeInstruction& i, const CubeBuffers& b) {
  const unsigned mt = ceil_div(i.m, kFractal), nt = ceil_div(i.n, kFractal);
  const unsigned kt = ceil_div(i.k, fractal_k(i.type));
  const bool decoded = !is_int8(i.type) && i.type != CubeType::fp32;
  std::vector<CubeOperand> a_operands, b_operands;
  if (decoded) {
    a_operands.resize(size_t{i.m} * i.k);
    b_operands.resize(size_t{i.n} * i.k);
    for (unsigned row = 0; row < i.m; ++row)
      for (unsigned k = 0; k < i.k; ++k)
        a_operands[size_t{row} * i.k + k] =
            decode_operand(i.type, &b.l0a[i.a + a_offset(i.type, row, k, kt)]);
    for (unsigned column = 0; column < i.n; ++column)
      for (unsigned k = 0; k < i.k; ++k)
        b_operands[size_t{column} * i.k + k] =
            decode_operand(i.type, &b.l0b[i.b + b_offset(i.type, k, column, nt)]);
  }
  for (unsigned column = 0; column < i.n; ++column) {
    for (unsigned row = 0; row < i.m; ++row) {
      const uint32_t c_at = i.c + c_offset(row, column, mt);
      uint32_t c = initial(i, b, column, c_at);
      for (unsigned k = 0; k < i.k; k += step_k(i.type)) {
        const unsigned end = std::min<unsigned>(i.k, k + step_k(i.type));
        if (decoded) {
          c = float_step(i.type, &a_operands[size_t{row} * i.k + k],
                         &b_operands[size_t{column} * i.k + k], end - k, c);
          continue;
        }
        for (unsigned j = k; j < end; ++j) {
          const uint32_t a_at = i.a + a_offset(i.type, row, j, kt);
          const uint32_t b_at = i.b + b_offset(i.type, j, column, nt);
          if (i.type == CubeType::fp32) {
            c = fp32_fma(load32(b.l0a, a_at), load32(b.l0b, b_at), c);
          } else {
            c += int8_element(b.l0a, a_at, a_is_signed(i.type)) *
                 int8_element(b.l0b, b_at, b_is_signed(i.type));
          }
        }
      }
      store32(b.l0c, c_at, c);
    }
  }
}

}  // namespace

std::unique_ptr<CubeUnit> make_cube_model(const CubeConfig& config) {
  return make_cube_model(config, kernels());
}

std::unique_ptr<CubeUnit> make_cube_model(const CubeConfig& config, const KernelSet& set) {
  return std::make_unique<CubeModel>(config, &set);
}

std::unique_ptr<CubeUnit> make_reference_cube(const CubeConfig& config) {
  return std::make_unique<CubeModel>(config, nullptr);
}

const KernelCounters& counters_of(const CubeUnit& model) {
  return dynamic_cast<const CubeModel&>(model).counters();
}

}  // namespace cubist::core

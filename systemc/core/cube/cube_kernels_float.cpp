// SPDX-License-Identifier: Apache-2.0
// FP16, BF16 and HF32, compiled once per instruction set. They work on blocks of 8 x 16
// accumulators in double precision, where products are exact. Three ways, the first that is proven
// right for the case:
//   1. bounds show that no partial sum of any step needs more than 53 bits: a plain chain of
//      additions;
//   2. bounds show that no term of this step has bits below 2^(E-55), and the chain raises no
//      inexact flag;
//   3. the rule itself, in integers.
#include <cmath>

#include "systemc/core/cube/cube_kernel_blocks.h"
#include "systemc/core/cube/cube_layout.h"
#include "systemc/core/cube/cube_reference.h"

namespace cubist::core {
namespace CUBIST_KERNELS {
namespace {

constexpr int kNone = 100000;  // Beyond every exponent.

/// What is known of one step of one panel (8 rows of A, or 16 columns of B).
struct StepInfo {
  int max_exponent = -kNone;  ///< Field exponents of nonzero elements.
  int min_exponent = kNone;
  bool special = false;
};

struct Panel {
  std::vector<StepInfo> steps;
  int max_exponent, min_exponent;
  bool special;
  double norm;  ///< Largest Euclidean norm of a row or column, or a little more.
};

/// 16 elements of one fractal row (of the step's rows, for HF32 from two fractals) as floats.
Float16 widen(CubeType type, const uint8_t* low, const uint8_t* high) {
  if (type == CubeType::fp16) {
#if defined(__AVX512F__)
    return (Float16)_mm512_cvtph_ps(load<__m256i>(low));
#elif defined(__F16C__)
    float f[16];
    _mm256_storeu_ps(f, _mm256_cvtph_ps(load<__m128i>(low)));
    _mm256_storeu_ps(f + 8, _mm256_cvtph_ps(load<__m128i>(low + 16)));
    return load<Float16>(f);
#else
    float f[16];
    for (unsigned k = 0; k < 16; ++k) {
      const CubeOperand x = decode_operand(type, low + 2 * k);
      f[k] = x.kind == CubeOperand::nan ? std::nanf("")
             : x.kind == CubeOperand::infinity
                 ? (x.negative ? -HUGE_VALF : HUGE_VALF)
                 : std::ldexp(static_cast<float>(x.significand), x.exponent - 10);
    }
    return load<Float16>(f);
#endif
  }
  if (type == CubeType::bf16) {
    typedef uint16_t Uint16x16 __attribute__((vector_size(32)));
    typedef uint32_t Uint16x32 __attribute__((vector_size(64)));
    return (Float16)(__builtin_convertvector(load<Uint16x16>(low), Uint16x32) << 16);
  }
  uint32_t words[16];
  std::memcpy(words, low, 32);
  std::memcpy(words + 8, high, 32);
  for (uint32_t& w : words) {
    const uint32_t rounded = (w + 0xFFF + ((w >> 13) & 1)) & ~0x1FFFu;
    w = (w & 0x7F800000) == 0x7F800000 ? w : rounded;
  }
  return load<Float16>(words);
}

int horizontal_max(Int16x32 v) {
  int best = v[0];
  for (int j = 1; j < 16; ++j) best = std::max(best, v[j]);
  return best;
}

/// Packs `Count` rows of A (or columns of B) from `first` on: out[k][Count] in double.
template <unsigned Count>
void pack(CubeType type, const uint8_t* fractals, unsigned first, unsigned size, unsigned k_size,
          uint32_t fractal_stride, double* out, Panel& panel) {
  const unsigned steps = ceil_div(k_size, kStep);
  const int smallest = type == CubeType::fp16 ? -14 : -126;
  panel.steps.assign(steps, {});
  Float16 squares[Count];
  for (Float16& s : squares) s = Float16{};
  const uint8_t zeros[32] = {};
  for (unsigned step = 0; step < steps; ++step) {
    Int16x32 highest = Int16x32{} - kNone, lowest = Int16x32{} - kNone;
    Int16x32 special{};
    float rows[Count][kStep];
    const unsigned left = std::min(kStep, k_size - step * kStep);
    for (unsigned r = 0; r < Count; ++r) {
      Float16 x{};
      if (first + r < size) {
        const unsigned parts = type == CubeType::hf32 ? 2 : 1;
        const uint8_t* low =
            fractals + uint64_t{step} * parts * fractal_stride + (first + r) % kFractal * 32;
        x = widen(type, low, parts == 2 && left > 8 ? low + fractal_stride : zeros);
        if (left < kStep) {
          float f[kStep];
          store(f, x);
          std::fill(f + left, f + kStep, 0.0f);
          x = load<Float16>(f);
        }
      }
      const Int16x32 magnitude = (Int16x32)x & 0x7FFFFFFF;
      const Int16x32 field = magnitude >> 23;
      const Int16x32 zero = magnitude == 0;
      Int16x32 exponent = field - 127;
      exponent = exponent < smallest ? Int16x32{} + smallest : exponent;
      const Int16x32 up = zero ? Int16x32{} - kNone : exponent;
      const Int16x32 down = zero ? Int16x32{} - kNone : -exponent;
      highest = up > highest ? up : highest;
      lowest = down > lowest ? down : lowest;
      special |= field == 255;
      squares[r] += x * x;
      store(rows[r], x);
    }
    StepInfo& info = panel.steps[step];
    info.max_exponent = horizontal_max(highest);
    info.min_exponent = -horizontal_max(lowest);
    info.special = horizontal_max(special & 1) != 0;
    for (unsigned k = 0; k < kStep; ++k)
      for (unsigned r = 0; r < Count; ++r) out[(step * kStep + k) * Count + r] = rows[r][k];
  }
  panel.max_exponent = -kNone;
  panel.min_exponent = kNone;
  panel.special = false;
  for (const StepInfo& s : panel.steps) {
    panel.max_exponent = std::max(panel.max_exponent, s.max_exponent);
    panel.min_exponent = std::min(panel.min_exponent, s.min_exponent);
    panel.special |= s.special;
  }
  // Squares were added in float and may have underflowed; both errors are far below the margin.
  double largest = 0;
  for (const Float16& s : squares) {
    double sum = 0;
    for (int j = 0; j < 16; ++j) sum += s[j];
    largest = std::max(largest, sum);
  }
  panel.norm = std::sqrt(largest) * 1.01 + 1e-18;
}

/// acc[8][16] += sum over one step, k ascending. Kept out of line: the flag reads stand around it.
__attribute__((noinline)) void chain_step(const double* __restrict a, const double* __restrict b,
                                          double* __restrict acc) {
#pragma clang fp contract(fast)
  Double8 c[kRows][2];
  for (unsigned r = 0; r < kRows; ++r) {
    c[r][0] = load<Double8>(acc + r * kColumns);
    c[r][1] = load<Double8>(acc + r * kColumns + 8);
  }
  for (unsigned k = 0; k < kStep; ++k) {
    const Double8 b0 = load<Double8>(b + k * kColumns), b1 = load<Double8>(b + k * kColumns + 8);
    for (unsigned r = 0; r < kRows; ++r) {
      c[r][0] = a[k * kRows + r] * b0 + c[r][0];
      c[r][1] = a[k * kRows + r] * b1 + c[r][1];
    }
  }
  for (unsigned r = 0; r < kRows; ++r) {
    store(acc + r * kColumns, c[r][0]);
    store(acc + r * kColumns + 8, c[r][1]);
  }
}

/// All steps, each rounded to FP32 once; proven exact before.
void chain_all(const double* __restrict a, const double* __restrict b, unsigned steps,
               float* __restrict block) {
#pragma clang fp contract(fast)
  Double8 c[kRows][2];
  for (unsigned r = 0; r < kRows; ++r) {
    c[r][0] = __builtin_convertvector(load<Float8>(block + r * kColumns), Double8);
    c[r][1] = __builtin_convertvector(load<Float8>(block + r * kColumns + 8), Double8);
  }
  for (unsigned step = 0; step < steps; ++step) {
#pragma clang loop unroll_count(2)
    for (unsigned k = 0; k < kStep; ++k) {
      const Double8 b0 = load<Double8>(b), b1 = load<Double8>(b + 8);
#pragma clang loop unroll(full)
      for (unsigned r = 0; r < kRows; ++r) {
        c[r][0] = a[r] * b0 + c[r][0];
        c[r][1] = a[r] * b1 + c[r][1];
      }
      a += kRows;
      b += kColumns;
    }
#pragma clang loop unroll(full)
    for (unsigned r = 0; r < kRows; ++r) {
      c[r][0] = __builtin_convertvector(__builtin_convertvector(c[r][0], Float8), Double8);
      c[r][1] = __builtin_convertvector(__builtin_convertvector(c[r][1], Float8), Double8);
    }
  }
  for (unsigned r = 0; r < kRows; ++r) {
    store(block + r * kColumns, __builtin_convertvector(c[r][0], Float8));
    store(block + r * kColumns + 8, __builtin_convertvector(c[r][1], Float8));
  }
}

/// Field exponent (a very small one for zero), magnitude in units of 2^(exponent - 10), sign mask.
struct Parts {
  Int8x64 exponent, magnitude, negative;
};
Parts parts_of(Double8 x, int smallest) {
  const Int8x64 bits = (Int8x64)x;
  Parts p;
  const Int8x64 raw = ((bits >> 52) & 0x7FF) - 1023;
  const Int8x64 field = raw < smallest ? Int8x64{} + smallest : raw;
  const Double8 scale = (Double8)((10 - field + 1023) << 52);
  p.magnitude = __builtin_convertvector((Double8)(bits & INT64_MAX) * scale, Int8x64);
  p.exponent = (bits & INT64_MAX) == 0 ? Int8x64{} - kNone : field;
  p.negative = bits >> 63;
  return p;
}

/// The rule in integers for one step of a block of finite values.
void integer_step(CubeType type, const double* a, const double* b, float* block) {
  const int smallest = type == CubeType::fp16 ? -14 : -126;
  Parts pb[kStep][2], pa[kStep];
  for (unsigned k = 0; k < kStep; ++k) {
    pa[k] = parts_of(load<Double8>(a + k * kRows), smallest);
    pb[k][0] = parts_of(load<Double8>(b + k * kColumns), smallest);
    pb[k][1] = parts_of(load<Double8>(b + k * kColumns + 8), smallest);
  }
  for (unsigned r = 0; r < kRows; ++r) {
    for (unsigned half = 0; half < 2; ++half) {
      float* const at = block + r * kColumns + half * 8;
      const Uint8x32 c_bits = load<Uint8x32>(at);
      const Int8x64 c = __builtin_convertvector(c_bits, Int8x64);
      const Int8x64 c_field = (c >> 23) & 0xFF;
      const Int8x64 c_fraction = c & 0x7FFFFF;
      const Int8x64 c_magnitude = c_field == 0 ? c_fraction : c_fraction | 0x800000;
      Int8x64 c_exponent = c_field == 0 ? Int8x64{} - 126 : c_field - 127;
      c_exponent = c_magnitude == 0 ? Int8x64{} - kNone : c_exponent;
      Int8x64 largest = c_exponent;
      for (unsigned k = 0; k < kStep; ++k) {
        const Int8x64 e = pa[k].exponent[r] + pb[k][half].exponent;
        largest = e > largest ? e : largest;
      }
      const auto aligned = [&](Int8x64 magnitude, Int8x64 exponent, Int8x64 negative) {
        Int8x64 shift = largest - exponent;
        shift = shift > 63 ? Int8x64{} + 63 : shift;
        const Int8x64 kept = (Int8x64)((Uint8x64)magnitude >> (Uint8x64)shift);
        return (kept ^ negative) - negative;
      };
      const Int8x64 c_negative = -(c >> 31);
      Int8x64 sum = aligned(c_magnitude << 32, c_exponent, c_negative);
      for (unsigned k = 0; k < kStep; ++k) {
        const Parts& p = pb[k][half];
        sum += aligned((pa[k].magnitude[r] * p.magnitude) << 35, pa[k].exponent[r] + p.exponent,
                       pa[k].negative[r] ^ p.negative);
      }
      // To double with the lost bits jammed into the last one, then one rounding.
      const Int8x64 negative = sum >> 63;
      const Int8x64 magnitude = (sum ^ negative) - negative;
      const Int8x64 lost = (magnitude & 511) == 0 ? Int8x64{} : Int8x64{} + 512;
      const Int8x64 jammed =
          (magnitude >> 53) == 0 ? magnitude : (magnitude & ~INT64_C(511)) | lost;
      largest = magnitude == 0 ? Int8x64{} : largest;
      const Double8 scale = (Double8)((largest - 55 + 1023) << 52);
      const Double8 value = __builtin_convertvector(jammed, Double8) * scale;
      const Double8 with_sign = (Double8)((Int8x64)value | (negative & INT64_MIN));
      store(at, __builtin_convertvector(with_sign, Float8));
    }
  }
}

/// One element's step by the reference, with NaN or infinities among its terms.
uint32_t special_element(const double* a, const double* b, uint32_t c) {
  CubeOperand x[kStep], y[kStep];
  const auto operand = [](double value) {
    CubeOperand o;
    o.negative = std::signbit(value);
    o.kind = std::isnan(value)   ? CubeOperand::nan
             : std::isinf(value) ? CubeOperand::infinity
                                 : CubeOperand::finite;
    // With a special among the terms, a finite one matters only by being zero or not.
    o.significand = o.kind == CubeOperand::finite && value != 0 ? 1 : 0;
    return o;
  };
  for (unsigned k = 0; k < kStep; ++k) {
    x[k] = operand(a[k * kRows]);
    y[k] = operand(b[k * kColumns]);
  }
  return float_step(CubeType::hf32, x, y, kStep, c);
}

/// One step with NaN or infinities somewhere: finite elements by the integer path, the others one
/// by one, except that an accumulator that is special already stays what it is.
void special_step(CubeType type, const double* a, const double* b, float* block) {
  double finite_a[kStep * kRows], finite_b[kStep * kColumns];
  bool row_special[kRows] = {}, column_special[kColumns] = {};
  for (unsigned k = 0; k < kStep; ++k) {
    for (unsigned r = 0; r < kRows; ++r) {
      const double x = a[k * kRows + r];
      finite_a[k * kRows + r] = std::isfinite(x) ? x : 0;
      row_special[r] |= !std::isfinite(x);
    }
    for (unsigned n = 0; n < kColumns; ++n) {
      const double x = b[k * kColumns + n];
      finite_b[k * kColumns + n] = std::isfinite(x) ? x : 0;
      column_special[n] |= !std::isfinite(x);
    }
  }
  uint32_t before[kRows * kColumns];
  std::memcpy(before, block, sizeof before);
  for (unsigned j = 0; j < kRows * kColumns; ++j) block[j] = std::isfinite(block[j]) ? block[j] : 0;
  integer_step(type, finite_a, finite_b, block);
  for (unsigned r = 0; r < kRows; ++r) {
    for (unsigned n = 0; n < kColumns; ++n) {
      const unsigned j = r * kColumns + n;
      uint32_t c = before[j];
      if (row_special[r] || column_special[n]) {
        c = special_element(a + r, b + n, c);
      } else if ((c & 0x7F800000) != 0x7F800000) {
        continue;
      } else if (c & 0x7FFFFF) {
        c = kCanonicalNan;
      }
      std::memcpy(block + j, &c, 4);
    }
  }
}

/// Bounds of the accumulators of a block.
struct BlockBounds {
  int max_exponent = -kNone, min_exponent = kNone;
  bool special = false;
};
BlockBounds bounds_of(const float* block) {
  Int16x32 highest = Int16x32{} - kNone, lowest = Int16x32{} - kNone, special{};
  for (unsigned r = 0; r < kRows; ++r) {
    const Int16x32 magnitude = load<Int16x32>(block + r * kColumns) & 0x7FFFFFFF;
    const Int16x32 field = magnitude >> 23;
    Int16x32 exponent = field == 0 ? Int16x32{} - 126 : field - 127;
    const Int16x32 zero = magnitude == 0;
    const Int16x32 up = zero ? Int16x32{} - kNone : exponent;
    const Int16x32 down = zero ? Int16x32{} - kNone : -exponent;
    highest = up > highest ? up : highest;
    lowest = down > lowest ? down : lowest;
    special |= field == 255;
  }
  return {horizontal_max(highest), -horizontal_max(lowest), horizontal_max(special & 1) != 0};
}

/// Way 1 for the whole instruction, see the head of this file.
bool always_exact(const Panel& a, const Panel& b, const BlockBounds& c) {
  if (a.special || b.special || c.special) return false;
  // Every term of every step is a multiple of 2^last, and so is each rounded accumulator.
  const int last = std::min(a.min_exponent + b.min_exponent - 20, c.min_exponent - 23);
  if (last >= kNone / 2) return true;  // Nothing but zeros.
  if (last < -149) return false;       // A rounded accumulator may lose bits to underflow.
  if (a.max_exponent + b.max_exponent > last + 55) return false;
  // Cauchy-Schwarz bounds every partial sum; roundings between steps are within the norms' margin.
  const double bound = std::ldexp(1.0, std::max(c.max_exponent + 1, -200)) * 1.01 + a.norm * b.norm;
  return bound < std::ldexp(1.0, std::min(last + 53, 126));
}

/// One step by way 2 or 3. `block` holds no -0 on entry; the caller restores that.
void careful_step(CubeType type, const StepInfo& sa, const StepInfo& sb, const double* a,
                  const double* b, float* block, KernelCounters& counters) {
  const BlockBounds c = bounds_of(block);
  if (sa.special || sb.special || c.special) {
    ++counters.integer_steps;
    special_step(type, a, b, block);
    return;
  }
  const int last = std::min(sa.min_exponent + sb.min_exponent - 20, c.min_exponent - 23);
  const int largest = std::max(sa.max_exponent + sb.max_exponent, c.max_exponent);
  if (Environment::kHasFlags && (last >= kNone / 2 || largest <= last + 55)) {
    double acc[kRows * kColumns];
    for (unsigned j = 0; j < kRows * kColumns; ++j) acc[j] = block[j];
    Environment::clear_flags();
    asm volatile("" : : "r"(acc) : "memory");
    chain_step(a, b, acc);
    asm volatile("" : : "r"(acc) : "memory");
    if (!Environment::inexact()) {
      ++counters.flagged_steps;
      for (unsigned j = 0; j < kRows * kColumns; ++j) block[j] = static_cast<float>(acc[j] + 0.0);
      return;
    }
  }
  ++counters.integer_steps;
  integer_step(type, a, b, block);
}

/// Lanes outside of C must not disturb bounds and flags.
void clear_outside(const CubeInstruction& i, unsigned row, unsigned column, float* block) {
  for (unsigned r = 0; r < kRows; ++r)
    for (unsigned n = 0; n < kColumns; ++n)
      if (row + r >= i.m || column + n >= i.n) block[r * kColumns + n] = 0;
}

}  // namespace

void run_float(const KernelJob& job) {
  const CubeInstruction& i = job.instruction;
  const unsigned mt = ceil_div(i.m, kFractal), nt = ceil_div(i.n, kFractal);
  const unsigned kt = ceil_div(i.k, fractal_k(i.type)), steps = ceil_div(i.k, kStep);
  const unsigned a_panels = ceil_div(i.m, kRows);
  const size_t a_size = size_t{steps} * kStep * kRows;
  double* const a_data = job.scratch->a(a_panels * a_size);
  double* const b_data = job.scratch->b(size_t{steps} * kStep * kColumns);
  std::vector<Panel> panels(a_panels);
  for (unsigned p = 0; p < a_panels; ++p) {
    pack<kRows>(i.type, &job.buffers.l0a[i.a + p * kRows / kFractal * kt * kFractalBytes],
                p * kRows, i.m, i.k, kFractalBytes, a_data + p * a_size, panels[p]);
  }
  Panel b_panel;
  const Environment environment;
  for (unsigned j = 0; j < nt; ++j) {
    pack<kColumns>(i.type, &job.buffers.l0b[i.b + j * kFractalBytes], j * kColumns, i.n, i.k,
                   nt * kFractalBytes, b_data, b_panel);
    for (unsigned p = 0; p < a_panels; ++p) {
      const unsigned row = p * kRows, column = j * kColumns;
      uint8_t* const c = &job.buffers.l0c[i.c + c_offset(row, column, mt)];
      alignas(64) float block[kRows * kColumns];
      load_block(i, job.buffers, c, column, block);
      if (row + kRows > i.m || column + kColumns > i.n) clear_outside(i, row, column, block);
      for (float& f : block) f = f + 0.0f;  // -0 to +0.
      job.counters->steps += steps;
      if (always_exact(panels[p], b_panel, bounds_of(block))) {
        chain_all(a_data + p * a_size, b_data, steps, block);
      } else {
        for (unsigned s = 0; s < steps; ++s) {
          if (s)
            for (float& f : block) f = f + 0.0f;
          careful_step(i.type, panels[p].steps[s], b_panel.steps[s],
                       a_data + p * a_size + size_t{s} * kStep * kRows,
                       b_data + size_t{s} * kStep * kColumns, block, *job.counters);
        }
      }
      store_block(i, row, column, block, c);
    }
  }
}

}  // namespace CUBIST_KERNELS
}  // namespace cubist::core

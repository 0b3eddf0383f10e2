// SPDX-License-Identifier: Apache-2.0
// Packing of operands, compiled once per instruction set.
#include "systemc/core/cube/cube_kernel_panels.h"

#include <cmath>
#include <new>

#include "systemc/core/cube/cube_reference.h"

namespace cubist::core {
namespace CUBIST_KERNELS {
namespace {

/// 16 elements along k, of one row of A or column of B, as floats. `high` has the second eight of
/// HF32, nullptr for zeros.
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
    return (Float16)(__builtin_convertvector(load<Uint16x16>(low), Uint16x32) << 16);
  }
  uint32_t words[16] = {};
  std::memcpy(words, low, 32);
  if (high) std::memcpy(words + 8, high, 32);
  const Uint16x32 w = load<Uint16x32>(words);
  const Uint16x32 rounded = (w + 0xFFF + ((w >> 13) & 1)) & ~0x1FFFu;
  return (Float16)((w & 0x7F800000) == 0x7F800000 ? w : rounded);
}

struct Source {
  CubeType type;
  const uint8_t* fractals;
  unsigned size, k;    ///< Rows or columns; depth.
  size_t along, deep;  ///< Bytes from a fractal to its neighbour along the size, and along k.
};

/// One step of 16 rows or columns, each 16 elements along k.
void load_step(const Source& s, unsigned group, unsigned step, Float16 (&x)[kStep]) {
  const unsigned parts = fractals_per_step(s.type);
  const unsigned rows = std::min(kFractal, s.size - group * kFractal);
  const unsigned left = std::min(kStep, s.k - step * kStep);
  const uint8_t* const at = s.fractals + group * s.along + size_t{step} * parts * s.deep;
  const Int16x32 lane{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const Int16x32 inside = lane < static_cast<int>(left);  // Of k.
  for (unsigned r = 0; r < kFractal; ++r) {
    const uint8_t* const low = at + r * 32;
    x[r] = Float16{};
    if (r >= rows) continue;
    x[r] = widen(s.type, low, parts == 2 && left > 8 ? low + s.deep : nullptr);
    if (left < kStep) x[r] = (Float16)((Int16x32)x[r] & inside);
  }
}

/// Largest norm of lanes [first, first + count), from the sums of their squares. The sums were
/// rounded, and may have lost what underflowed; both errors are far below the margin.
double norm_of(Float16 squares, unsigned first, unsigned count) {
  float largest = 0;
  for (unsigned j = first; j < first + count; ++j)
    largest = squares[j] > largest || squares[j] != squares[j] ? squares[j] : largest;
  return std::sqrt(static_cast<double>(largest)) * 1.01 + 1e-18;
}

/// Panels of `Width` out of groups of 16.
template <unsigned Width>
Panels pack(const Source& s, double* data, uint8_t* info) {
  constexpr unsigned kPanels = kFractal / Width;  // A group.
  const unsigned groups = ceil_div(s.size, kFractal), steps = ceil_div(s.k, kStep);
  const size_t size = size_t{steps} * kStep * Width;  // A panel, in doubles.
  Panels out;
  out.count = ceil_div(s.size, Width);
  out.steps = steps;
  out.data = data;
  const size_t count = size_t{groups} * kPanels;
  auto* const lowest = new (info) Int16x32[count * steps];
  Panel* const panels = new (lowest + count * steps) Panel[count];
  Bounds* const bounds = new (panels + count) Bounds[count * steps];
  for (unsigned group = 0; group < groups; ++group) {
    const unsigned first = group * kPanels;
    Float16 squares{};
    for (unsigned step = 0; step < steps; ++step) {
      Float16 x[kStep];
      load_step(s, group, step, x);
      for (unsigned p = 0; p < kPanels; ++p) {
        BoundsOf collected;
        for (unsigned r = 0; r < Width; ++r) collected.add(x[p * Width + r]);
        const size_t at = (first + p) * size_t{steps} + step;
        lowest[at] = collected.min_exponents(smallest_exponent(s.type));
        bounds[at] = collected.bounds(smallest_exponent(s.type));
        panels[first + p].bounds.join(bounds[at]);
      }
      transpose(x);
      for (unsigned k = 0; k < kStep; ++k) {
        squares += x[k] * x[k];
        const Float8 low = __builtin_shufflevector(x[k], x[k], 0, 1, 2, 3, 4, 5, 6, 7);
        const Float8 high = __builtin_shufflevector(x[k], x[k], 8, 9, 10, 11, 12, 13, 14, 15);
        double* const to = data + first * size + (size_t{step} * kStep + k) * Width;
        store(to, __builtin_convertvector(low, Double8));
        store(to + (kPanels == 2 ? size : 8), __builtin_convertvector(high, Double8));
      }
    }
    for (unsigned p = 0; p < kPanels; ++p) {
      panels[first + p].norm = norm_of(squares, p * Width, Width);
      out.all.bounds.join(panels[first + p].bounds);
      out.all.norm = std::max(out.all.norm, panels[first + p].norm);
    }
  }
  out.bounds = bounds;
  out.min_exponents = lowest;
  out.panels = panels;
  return out;
}

/// Bytes of scratch memory that pack() needs for a size and a depth.
size_t data_bytes(unsigned size, unsigned k) {
  return size_t{ceil_div(size, kFractal)} * kFractal * ceil_div(k, kStep) * kStep * sizeof(double);
}
size_t info_bytes(unsigned size, unsigned k) {
  const size_t panels = size_t{ceil_div(size, kFractal)} * 2;
  return panels * (ceil_div(k, kStep) * (sizeof(Int16x32) + sizeof(Bounds)) + sizeof(Panel));
}

}  // namespace

Bounds BoundsOf::bounds(int smallest) const {
  Int16x32 high = highest_;
  Uint16x32 low = lowest_;
  const auto fold = [&](Int16x32 h, Uint16x32 l) {
    high = h > high ? h : high;
    low = l < low ? l : low;
  };
  fold(__builtin_shufflevector(high, high, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7),
       __builtin_shufflevector(low, low, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  fold(__builtin_shufflevector(high, high, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11),
       __builtin_shufflevector(low, low, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  fold(__builtin_shufflevector(high, high, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13),
       __builtin_shufflevector(low, low, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
  fold(__builtin_shufflevector(high, high, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14),
       __builtin_shufflevector(low, low, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
  if (high[0] == 0) return {};
  return {std::max((high[0] >> 23) - 127, smallest),
          std::max(static_cast<int>((low[0] + 1) >> 23) - 127, smallest), high[0] >= 0x7F800000};
}

Panels pack_a(const KernelJob& job) {
  const CubeInstruction& i = job.instruction;
  const Source s{i.type,
                 &job.buffers.l0a[i.a],
                 i.m,
                 i.k,
                 size_t{ceil_div(i.k, fractal_k(i.type))} * kFractalBytes,
                 kFractalBytes};
  using Room = KernelScratch::Room;
  return pack<kRows>(s, static_cast<double*>(job.scratch->room(Room::a, data_bytes(i.m, i.k))),
                     static_cast<uint8_t*>(job.scratch->room(Room::a_info, info_bytes(i.m, i.k))));
}

Panels pack_b(const KernelJob& job) {
  const CubeInstruction& i = job.instruction;
  const Source s{i.type, &job.buffers.l0b[i.b], i.n,
                 i.k,    kFractalBytes,         size_t{ceil_div(i.n, kFractal)} * kFractalBytes};
  using Room = KernelScratch::Room;
  return pack<kColumns>(
      s, static_cast<double*>(job.scratch->room(Room::b, data_bytes(i.n, i.k))),
      static_cast<uint8_t*>(job.scratch->room(Room::b_info, info_bytes(i.n, i.k))));
}

}  // namespace CUBIST_KERNELS
}  // namespace cubist::core

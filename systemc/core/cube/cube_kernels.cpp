// SPDX-License-Identifier: Apache-2.0
// FP32 and INT8, and the choice among the types; compiled once per instruction set.
#include "systemc/core/cube/cube_kernels.h"

#include "systemc/core/cube/cube_kernel_blocks.h"
#include "systemc/core/cube/cube_reference.h"

namespace cubist::core {
namespace CUBIST_KERNELS {

extern const KernelSet kSet;

namespace {

/// A block of accumulators, and the rows of it that fit the registers.
constexpr unsigned kRows = 16, kColumns = 16;
#if defined(__AVX512F__)
constexpr unsigned kChainRows = 16;
#else
constexpr unsigned kChainRows = 4;
#endif

/// Words of B as the kernels want them: [16 columns at a time][word of k][column]. A word is an
/// element of FP32, or two of INT8 once they are widened.
struct PackedB {
  uint8_t* data;
  size_t panel;  ///< Bytes from one panel to the next.
};

/// a * b + c, rounded once. Not left to contraction, which the compiler may, but need not do.
Float16 fused(float a, Float16 b, Float16 c) {
#if defined(__AVX512F__)
  return (Float16)_mm512_fmadd_ps(_mm512_set1_ps(a), (__m512)b, (__m512)c);
#elif defined(__FMA__)
  for (unsigned half = 0; half < 64; half += 32) {
    const __m256 x = load<__m256>(reinterpret_cast<const uint8_t*>(&b) + half);
    const __m256 y = load<__m256>(reinterpret_cast<const uint8_t*>(&c) + half);
    store(reinterpret_cast<uint8_t*>(&c) + half, _mm256_fmadd_ps(_mm256_set1_ps(a), x, y));
  }
  return c;
#else
  for (unsigned n = 0; n < 16; ++n) c[n] = __builtin_fmaf(a, b[n], c[n]);
  return c;
#endif
}

PackedB pack_fp32(const KernelJob& job) {
  const CubeInstruction& i = job.instruction;
  const unsigned nt = ceil_div(i.n, kFractal), kt = ceil_div(i.k, 8);
  const size_t panel = size_t{ceil_div(kt, 2)} * 16 * kColumns * 4;
  auto* const data = static_cast<uint8_t*>(job.scratch->room(KernelScratch::Room::b, nt * panel));
  for (unsigned j = 0; j < nt; ++j) {
    for (unsigned t = 0; t < kt; t += 2) {
      const uint8_t* const low = &job.buffers.l0b[i.b + (size_t{t} * nt + j) * kFractalBytes];
      const uint8_t* const high = t + 1 < kt ? low + size_t{nt} * kFractalBytes : low;
      Float16 x[16];
      for (unsigned n = 0; n < 16; ++n)
        x[n] = __builtin_shufflevector(load<Float8>(low + n * 32), load<Float8>(high + n * 32), 0,
                                       1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
      transpose(x);
      std::memcpy(data + j * panel + size_t{t} * 8 * kColumns * 4, x, sizeof x);
    }
  }
  return {data, panel};
}

/// FP32: chains of fused multiply-adds; NaN is made canonical at the end, which none of them sees.
void run_fp32(const KernelJob& job) {
  const CubeInstruction& i = job.instruction;
  const unsigned kt = ceil_div(i.k, 8);
  const Environment environment;
  const PackedB packed = pack_fp32(job);
  for (unsigned row = 0; row < i.m; row += kRows) {
    const uint8_t* const a = &job.buffers.l0a[i.a + size_t{row} / kFractal * kt * kFractalBytes];
    for (unsigned column = 0; column < i.n; column += kColumns) {
      Block<kRows, kColumns> block(i, job.buffers, row, column);
      for (unsigned part = 0; part < kRows; part += kChainRows) {
        const uint8_t* b = packed.data + column / kColumns * packed.panel;
        Float16 sum[kChainRows];
        for (unsigned r = 0; r < kChainRows; ++r)
          sum[r] = load<Float16>(block.start().at + (part + r) * block.start().stride);
        for (unsigned t = 0; t < kt; ++t) {
          const uint8_t* const rows = a + size_t{t} * kFractalBytes + part * 32;
          const unsigned depth = std::min(8u, i.k - t * 8);
          for (unsigned k = 0; k < depth; ++k, b += kColumns * 4) {
            const Float16 y = load<Float16>(b);
#pragma clang loop unroll(full)
            for (unsigned r = 0; r < kChainRows; ++r)
              sum[r] = fused(load<float>(rows + r * 32 + k * 4), y, sum[r]);
          }
        }
        for (unsigned r = 0; r < kChainRows; ++r) {
          const Int16x32 bits =  // NOLINTNEXTLINE(misc-redundant-expression): not so for NaN.
              sum[r] == sum[r] ? (Int16x32)sum[r] : Int16x32{} + static_cast<int>(kCanonicalNan);
          store(block.end().at + (part + r) * block.end().stride, bits);
        }
      }
      block.finish();
    }
  }
}

/// The sums of the products of two 16-bit halves, in each of 16 words.
Int16x32 multiply_pairs(Int16x32 a, Int16x32 b) {
#if defined(__AVX512BW__)
  return (Int16x32)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif defined(__x86_64__)
  Int16x32 out;
  for (unsigned j = 0; j < 64; j += 16) {
    const __m128i x = load<__m128i>(reinterpret_cast<const uint8_t*>(&a) + j);
    const __m128i y = load<__m128i>(reinterpret_cast<const uint8_t*>(&b) + j);
    store(reinterpret_cast<uint8_t*>(&out) + j, _mm_madd_epi16(x, y));
  }
  return out;
#else
  return (a << 16 >> 16) * (b << 16 >> 16) + (a >> 16) * (b >> 16);
#endif
}

/// A row of a fractal of INT8: 32 elements, widened to 16 bits.
Int16x32 widen(const uint8_t* row, bool is_signed) {
  typedef int8_t Int32x8 __attribute__((vector_size(32)));
  typedef uint8_t Uint32x8 __attribute__((vector_size(32)));
  typedef int16_t Int32x16 __attribute__((vector_size(64)));
  return (Int16x32)(is_signed ? __builtin_convertvector(load<Int32x8>(row), Int32x16)
                              : __builtin_convertvector(load<Uint32x8>(row), Int32x16));
}

PackedB pack_int8(const KernelJob& job) {
  const CubeInstruction& i = job.instruction;
  const unsigned nt = ceil_div(i.n, kFractal), kt = ceil_div(i.k, 32);
  const size_t panel = size_t{kt} * 16 * kColumns * 4;
  auto* const data = static_cast<uint8_t*>(job.scratch->room(KernelScratch::Room::b, nt * panel));
  for (unsigned j = 0; j < nt; ++j) {
    for (unsigned t = 0; t < kt; ++t) {
      const uint8_t* const at = &job.buffers.l0b[i.b + (size_t{t} * nt + j) * kFractalBytes];
      Int16x32 x[16];
      for (unsigned n = 0; n < 16; ++n) x[n] = widen(at + n * 32, b_is_signed(i.type));
      transpose(x);
      // Beyond k anything may lie in the buffers; with zeros here it does not matter in A.
      for (unsigned pair = 0; pair < 16; ++pair) {
        const unsigned k = t * 32 + pair * 2;
        if (k + 1 >= i.k) x[pair] &= k < i.k ? 0xFFFF : 0;
      }
      std::memcpy(data + j * panel + size_t{t} * sizeof x, x, sizeof x);
    }
  }
  return {data, panel};
}

/// INT8: pairs of 16-bit products, added modulo 2^32.
void run_int8(const KernelJob& job) {
  const CubeInstruction& i = job.instruction;
  const unsigned kt = ceil_div(i.k, 32);
  const PackedB packed = pack_int8(job);
  const size_t deep = size_t{kt} * 64;  // Bytes of one widened row.
  auto* const wide = static_cast<uint8_t*>(job.scratch->room(KernelScratch::Room::a, kRows * deep));
  for (unsigned row = 0; row < i.m; row += kRows) {
    const uint8_t* const a = &job.buffers.l0a[i.a + size_t{row} / kFractal * kt * kFractalBytes];
    for (unsigned t = 0; t < kt; ++t)
      for (unsigned r = 0; r < kRows; ++r)
        store(wide + r * deep + t * 64,
              widen(a + size_t{t} * kFractalBytes + r * 32, a_is_signed(i.type)));
    for (unsigned column = 0; column < i.n; column += kColumns) {
      Block<kRows, kColumns> block(i, job.buffers, row, column);
      for (unsigned part = 0; part < kRows; part += kChainRows) {
        const uint8_t* const b = packed.data + column / kColumns * packed.panel;
        Uint16x32 sum[kChainRows];
        for (unsigned r = 0; r < kChainRows; ++r)
          sum[r] = load<Uint16x32>(block.start().at + (part + r) * block.start().stride);
        for (size_t pair = 0; pair < size_t{kt} * 16; ++pair) {
          const Int16x32 y = load<Int16x32>(b + pair * kColumns * 4);
#pragma clang loop unroll(full)
          for (unsigned r = 0; r < kChainRows; ++r) {
            const int32_t x = load<int32_t>(wide + (part + r) * deep + pair * 4);
            sum[r] += (Uint16x32)multiply_pairs(Int16x32{} + x, y);
          }
        }
        for (unsigned r = 0; r < kChainRows; ++r)
          store(block.end().at + (part + r) * block.end().stride, sum[r]);
      }
      block.finish();
    }
  }
}

void run(const KernelJob& job) {
  if (is_int8(job.instruction.type))
    run_int8(job);
  else if (job.instruction.type == CubeType::fp32)
    run_fp32(job);
  else
    run_float(job);
}

}  // namespace

#define CUBIST_STRING_OF(x) #x
#define CUBIST_STRING(x) CUBIST_STRING_OF(x)
const KernelSet kSet{CUBIST_STRING(CUBIST_KERNEL_NAME), run};

}  // namespace CUBIST_KERNELS
}  // namespace cubist::core

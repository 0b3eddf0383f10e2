// SPDX-License-Identifier: Apache-2.0
// FP32 and INT8, and the choice among the types; compiled once per instruction set.
#include "systemc/core/cube/cube_kernels.h"

#include "systemc/core/cube/cube_kernel_blocks.h"
#include "systemc/core/cube/cube_layout.h"
#include "systemc/core/cube/cube_reference.h"

namespace cubist::core {
namespace CUBIST_KERNELS {

extern const KernelSet kSet;

namespace {

/// FP32: chains of fused multiply-adds; NaN is made canonical at the end, which none of them sees.
void run_fp32(const KernelJob& job) {
  const CubeInstruction& i = job.instruction;
  const unsigned mt = ceil_div(i.m, kFractal), nt = ceil_div(i.n, kFractal), kt = ceil_div(i.k, 8);
  float* const b = job.scratch->single(size_t{kt} * 8 * kColumns);
  const Environment environment;
  for (unsigned j = 0; j < nt; ++j) {
    for (unsigned k = 0; k < i.k; ++k)
      for (unsigned n = 0; n < kColumns; ++n)
        std::memcpy(&b[k * kColumns + n],
                    &job.buffers.l0b[i.b + b_offset(i.type, k, j * kColumns + n, nt)], 4);
    for (unsigned row = 0; row < i.m; row += kRows) {
      uint8_t* const c = &job.buffers.l0c[i.c + c_offset(row, j * kColumns, mt)];
      float block[kRows][kColumns];
      load_block(i, job.buffers, c, j * kColumns, &block[0][0]);
      const uint8_t* const rows =
          &job.buffers.l0a[i.a + row / kFractal * kt * kFractalBytes + row % kFractal * 32];
#if defined(__AVX512F__)
      __m512 sum[kRows];
      for (unsigned r = 0; r < kRows; ++r) sum[r] = load<__m512>(block[r]);
      for (unsigned k = 0; k < i.k; ++k) {
        const uint8_t* const at = rows + k / 8 * kFractalBytes + k % 8 * 4;
        const __m512 y = load<__m512>(&b[k * kColumns]);
        for (unsigned r = 0; r < kRows; ++r)
          sum[r] = _mm512_fmadd_ps(_mm512_set1_ps(load<float>(at + r * 32)), y, sum[r]);
      }
      for (unsigned r = 0; r < kRows; ++r) store(block[r], sum[r]);
#else
      for (unsigned k = 0; k < i.k; ++k) {
        const uint8_t* const at = rows + k / 8 * kFractalBytes + k % 8 * 4;
        for (unsigned r = 0; r < kRows; ++r) {
          const float x = load<float>(at + r * 32);
          for (unsigned n = 0; n < kColumns; ++n)
            block[r][n] = __builtin_fmaf(x, b[k * kColumns + n], block[r][n]);
        }
      }
#endif
      uint32_t bits[kRows * kColumns];
      std::memcpy(bits, block, sizeof bits);
      for (uint32_t& w : bits) w = (w & 0x7FFFFFFF) > 0x7F800000 ? kCanonicalNan : w;
      store_block(i, row, j * kColumns, bits, c);
    }
  }
}

/// INT8: pairs of 16-bit products, added modulo 2^32.
void run_int8(const KernelJob& job) {
  const CubeInstruction& i = job.instruction;
  const unsigned mt = ceil_div(i.m, kFractal), nt = ceil_div(i.n, kFractal), kt = ceil_div(i.k, 32);
  const unsigned pairs = kt * 16;
  int16_t* const b = job.scratch->small(size_t{pairs} * 2 * (kColumns + kRows));
  int16_t* const a = b + size_t{pairs} * 2 * kColumns;
  const auto element = [](uint8_t v, bool is_signed) {
    return static_cast<int16_t>(is_signed ? static_cast<int8_t>(v) : v);
  };
  for (unsigned j = 0; j < nt; ++j) {
    for (unsigned k = 0; k < pairs * 2; ++k)
      for (unsigned n = 0; n < kColumns; ++n)
        b[(k / 2 * kColumns + n) * 2 + k % 2] =
            k < i.k ? element(job.buffers.l0b[i.b + b_offset(i.type, k, j * kColumns + n, nt)],
                              b_is_signed(i.type))
                    : 0;
    for (unsigned row = 0; row < i.m; row += kRows) {
      uint8_t* const c = &job.buffers.l0c[i.c + c_offset(row, j * kColumns, mt)];
      uint32_t block[kRows][kColumns];
      load_block(i, job.buffers, c, j * kColumns, reinterpret_cast<float*>(&block[0][0]));
      for (unsigned r = 0; r < kRows; ++r)
        for (unsigned k = 0; k < pairs * 2; ++k)
          a[r * pairs * 2 + k] =
              element(job.buffers.l0a[i.a + a_offset(i.type, row + r, k, kt)], a_is_signed(i.type));
#if defined(__AVX512BW__)
      __m512i sum[kRows];
      for (unsigned r = 0; r < kRows; ++r) sum[r] = load<__m512i>(block[r]);
      for (unsigned p = 0; p < pairs; ++p) {
        const __m512i y = load<__m512i>(b + p * 2 * kColumns);
        for (unsigned r = 0; r < kRows; ++r) {
          int32_t x;
          std::memcpy(&x, a + (r * pairs + p) * 2, 4);
          sum[r] = _mm512_add_epi32(sum[r], _mm512_madd_epi16(_mm512_set1_epi32(x), y));
        }
      }
      for (unsigned r = 0; r < kRows; ++r) store(block[r], sum[r]);
#else
      for (unsigned p = 0; p < pairs; ++p)
        for (unsigned r = 0; r < kRows; ++r)
          for (unsigned n = 0; n < kColumns; ++n) {
            const int16_t* const x = a + (r * pairs + p) * 2;
            const int16_t* const y = b + (p * kColumns + n) * 2;
            block[r][n] += static_cast<uint32_t>(x[0] * y[0]) + static_cast<uint32_t>(x[1] * y[1]);
          }
#endif
      store_block(i, row, j * kColumns, block, c);
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

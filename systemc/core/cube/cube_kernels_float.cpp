// SPDX-License-Identifier: Apache-2.0
// FP16, BF16 and HF32, compiled once per instruction set. They work on blocks of 16 x 8
// accumulators in double precision, where products are exact. Three ways, the first that is proven
// right for the case:
//   1. bounds show that no partial sum of any step needs more than 53 bits: a plain chain of
//      additions;
//   2. bounds show that no term of this step has bits below 2^(E-55), and the chain raises no
//      inexact flag;
//   3. the rule itself, in integers.
#include "systemc/core/cube/cube_kernel_panels.h"
#include "systemc/core/cube/cube_kernels_rule.h"

namespace cubist::core {
namespace CUBIST_KERNELS {
namespace {

// Rows whose accumulators fit the registers: one 512-bit register each, or more narrower ones.
#if defined(__AVX512F__)
constexpr unsigned kChainRows = kRows;
#elif defined(__AVX2__)
constexpr unsigned kChainRows = 4;
#else
constexpr unsigned kChainRows = 2;
#endif

/// One step of some rows, k ascending.
inline void chain(const double* __restrict a, const double* __restrict b,
                  Double8 (&c)[kChainRows]) {
#pragma clang fp contract(fast)
#pragma clang loop unroll_count(2)
  for (unsigned k = 0; k < kStep; ++k) {
    const Double8 y = load<Double8>(b + k * kColumns);
#pragma clang loop unroll(full)
    for (unsigned r = 0; r < kChainRows; ++r) c[r] = a[k * kRows + r] * y + c[r];
  }
}

/// acc[kRows][kColumns] += one step. Kept out of line: the flag reads stand around it.
__attribute__((noinline)) void chain_step(const double* __restrict a, const double* __restrict b,
                                          double* __restrict acc) {
  for (unsigned row = 0; row < kRows; row += kChainRows) {
    Double8 c[kChainRows];
    for (unsigned r = 0; r < kChainRows; ++r) c[r] = load<Double8>(acc + (row + r) * kColumns);
    chain(a + row, b, c);
    for (unsigned r = 0; r < kChainRows; ++r) store(acc + (row + r) * kColumns, c[r]);
  }
}

/// All steps, each rounded to FP32 once; proven exact before.
void chain_all(const double* a, const double* b, unsigned steps, BlockStart start, BlockEnd end) {
  for (unsigned row = 0; row < kRows; row += kChainRows) {
    Double8 c[kChainRows];
    for (unsigned r = 0; r < kChainRows; ++r) {
      const Float8 f = load<Float8>(start.at + (row + r) * start.stride) + 0.0f;  // -0 to +0.
      c[r] = __builtin_convertvector(f, Double8);
    }
    for (unsigned s = 0; s < steps; ++s) {
      chain(a + size_t{s} * kStep * kRows + row, b + size_t{s} * kStep * kColumns, c);
      for (Double8& sum : c)
        sum = __builtin_convertvector(__builtin_convertvector(sum, Float8), Double8);
    }
    for (unsigned r = 0; r < kChainRows; ++r)
      store(end.at + (row + r) * end.stride, __builtin_convertvector(c[r], Float8));
  }
}

/// Bounds of a block of accumulators; of one row if it repeats.
Bounds bounds_of(BlockStart start) {
  BoundsOf collected;
  for (unsigned r = 0; r < (start.stride ? kRows : 2); r += 2) {
    const Float8 x = load<Float8>(start.at + r * start.stride);
    const Float8 y = load<Float8>(start.at + (r + 1) * start.stride);
    collected.add(
        __builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  }
  return collected.bounds(-126);
}

/// Places below its field exponent where a product's last bit lies.
constexpr int product_bits(CubeType type) {
  return type == CubeType::bf16 ? 14 : 20;
}

/// Way 1, for all steps. `least`: a lower bound of the field exponents of nonzero products.
bool always_exact(CubeType type, const Panel& a, const Panel& b, int least, const Bounds& c) {
  if (a.bounds.special || b.bounds.special || c.special) return false;
  // Every term of every step is a multiple of 2^last, and so is each rounded accumulator.
  const int last = std::min(least - product_bits(type), c.min_exponent - 23);
  if (last >= kNone / 2) return true;  // Nothing but zeros.
  if (last < -149) return false;       // A rounded accumulator may lose bits to underflow.
  if (a.bounds.max_exponent + b.bounds.max_exponent > last + 55) return false;
  // Cauchy-Schwarz bounds every partial sum; roundings between steps are within the norms' margin.
  const double bound = power_of_two(std::max(c.max_exponent + 1, -200)) * 1.01 + a.norm * b.norm;
  return bound < power_of_two(std::min(last + 53, 126));
}

/// The same from the least exponents of whole panels, then, if that was too coarse, k by k.
bool always_exact(CubeType type, const Panels& a, const Panels& b, unsigned p, unsigned q,
                  const Bounds& c) {
  const Panel &x = a.panels[p], &y = b.panels[q];
  if (always_exact(type, x, y, x.bounds.min_exponent + y.bounds.min_exponent, c)) return true;
  Int16x32 least = Int16x32{} + 2 * kNone;
  for (size_t s = 0; s < a.steps; ++s) {
    const Int16x32 e =
        a.min_exponents[p * size_t{a.steps} + s] + b.min_exponents[q * size_t{b.steps} + s];
    least = e < least ? e : least;
  }
  int smallest = least[0];
  for (unsigned j = 1; j < kStep; ++j) smallest = std::min(smallest, least[j]);
  return always_exact(type, x, y, smallest, c);
}

/// One step by way 2 or 3.
void careful_step(CubeType type, const Bounds& in_a, const Bounds& in_b, const double* a,
                  const double* b, float* block, KernelCounters& counters) {
  for (unsigned j = 0; j < kRows * kColumns; ++j) block[j] += 0.0f;  // -0 to +0.
  const Bounds c = bounds_of({reinterpret_cast<const uint8_t*>(block), kColumns * 4});
  if (in_a.special || in_b.special || c.special) {
    ++counters.integer_steps;
    special_step(type, a, b, block);
    return;
  }
  const int last =
      std::min(in_a.min_exponent + in_b.min_exponent - product_bits(type), c.min_exponent - 23);
  const int largest = std::max(in_a.max_exponent + in_b.max_exponent, c.max_exponent);
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

/// All steps of a block, each by way 2 or 3.
void careful_block(CubeType type, const Panels& a, const Panels& b, unsigned p, unsigned q,
                   BlockStart start, BlockEnd end, KernelCounters& counters) {
  alignas(64) float block[kRows * kColumns];
  for (unsigned r = 0; r < kRows; ++r)
    store(block + r * kColumns, load<Float8>(start.at + r * start.stride));
  for (size_t s = 0; s < a.steps; ++s) {
    const size_t at = size_t{p} * a.steps + s, bt = size_t{q} * b.steps + s;
    careful_step(type, a.bounds[at], b.bounds[bt], a.data + at * kStep * kRows,
                 b.data + bt * kStep * kColumns, block, counters);
  }
  for (unsigned r = 0; r < kRows; ++r)
    store(end.at + r * end.stride, load<Float8>(block + r * kColumns));
}

}  // namespace

void run_float(const KernelJob& job) {
  const CubeInstruction& i = job.instruction;
  const Environment environment;
  const Panels a = pack_a(job), b = pack_b(job);
  const bool all_exact =
      i.init == CubeInit::zero &&
      always_exact(i.type, a.all, b.all, a.all.bounds.min_exponent + b.all.bounds.min_exponent, {});
  for (unsigned p = 0; p < a.count; ++p) {
    for (unsigned q = 0; q < b.count; ++q) {
      Block<kRows, kColumns> block(i, job.buffers, p * kRows, q * kColumns);
      job.counters->steps += a.steps;
      if (all_exact || always_exact(i.type, a, b, p, q, bounds_of(block.start()))) {
        chain_all(a.data + size_t{p} * a.steps * kStep * kRows,
                  b.data + size_t{q} * b.steps * kStep * kColumns, a.steps, block.start(),
                  block.end());
      } else {
        careful_block(i.type, a, b, p, q, block.start(), block.end(), *job.counters);
      }
      block.finish();
    }
  }
}

}  // namespace CUBIST_KERNELS
}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/gemm_f64.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace cubist::graph {
namespace {

constexpr std::int64_t kRows = 4;  // rows of C that one pass over a panel of B computes
constexpr std::int64_t kCols = 8;  // columns of a panel
// Vectorised over columns only, so the order of additions does not depend on the vector width.
using Lanes = double __attribute__((vector_size(kCols * sizeof(double))));

// C[Rows x kCols] += A[Rows x k] * panel[k x kCols]; `cols` of the columns exist in C.
template <int Rows>
[[gnu::always_inline]] inline void panel_rows(std::int64_t k, std::int64_t cols, const double* a,
                                              std::int64_t lda, const double* panel, double* c,
                                              std::int64_t ldc) {
  Lanes sum[Rows];
  double spill[kCols] = {};
  for (int r = 0; r < Rows; ++r) {
    std::memcpy(spill, c + r * ldc, cols * sizeof(double));
    std::memcpy(&sum[r], spill, sizeof(Lanes));
  }
  for (std::int64_t i = 0; i < k; ++i) {
    Lanes row;
    std::memcpy(&row, panel + i * kCols, sizeof(Lanes));
    for (int r = 0; r < Rows; ++r) sum[r] += a[r * lda + i] * row;
  }
  for (int r = 0; r < Rows; ++r) {
    std::memcpy(spill, &sum[r], sizeof(Lanes));
    std::memcpy(c + r * ldc, spill, cols * sizeof(double));
  }
}

struct Operands {
  std::int64_t m, n, k;
  const double* a;
  std::int64_t lda;
  const double* b;
  std::int64_t ldb;
  double* c;
  std::int64_t ldc;
  double* panel;  // k * kCols
};

[[gnu::always_inline]] inline void product(const Operands& o) {
  for (std::int64_t j = 0; j < o.n; j += kCols) {
    const std::int64_t cols = std::min(kCols, o.n - j);
    for (std::int64_t i = 0; i < o.k; ++i) {
      double* row = o.panel + i * kCols;
      for (std::int64_t l = 0; l < cols; ++l) row[l] = o.b[i * o.ldb + j + l];
      for (std::int64_t l = cols; l < kCols; ++l) row[l] = 0;
    }
    std::int64_t i = 0;
    for (; i + kRows <= o.m; i += kRows) {
      panel_rows<kRows>(o.k, cols, o.a + i * o.lda, o.lda, o.panel, o.c + i * o.ldc + j, o.ldc);
    }
    for (; i < o.m; ++i) {
      panel_rows<1>(o.k, cols, o.a + i * o.lda, o.lda, o.panel, o.c + i * o.ldc + j, o.ldc);
    }
  }
}

#if defined(__x86_64__)
[[gnu::target("avx512f")]] void product_avx512(const Operands& o) {
  product(o);
}
[[gnu::target("avx2")]] void product_avx2(const Operands& o) {
  product(o);
}
#endif
void product_plain(const Operands& o) {
  product(o);
}

}  // namespace

void gemm_f64(std::int64_t m, std::int64_t n, std::int64_t k, const double* a, std::int64_t lda,
              const double* b, std::int64_t ldb, double* c, std::int64_t ldc) {
  std::vector<double> panel(static_cast<std::size_t>(k * kCols));
  const Operands o{m, n, k, a, lda, b, ldb, c, ldc, panel.data()};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return product_avx512(o);
  if (__builtin_cpu_supports("avx2")) return product_avx2(o);
#endif
  product_plain(o);
}

}  // namespace cubist::graph

// SPDX-License-Identifier: Apache-2.0
// Float64 matrix product for the reference: same result on every host and for every blocking.
#pragma once

#include <cstdint>

namespace cubist::graph {

/// C += A * B for row-major matrices: A is m x k with rows `lda` apart, B k x n (`ldb`), C m x n
/// (`ldc`). Each element is a chain of products and additions in ascending k, each rounded once (no
/// fused operations).
void gemm_f64(std::int64_t m, std::int64_t n, std::int64_t k, const double* a, std::int64_t lda,
              const double* b, std::int64_t ldb, double* c, std::int64_t ldc);

}  // namespace cubist::graph

// SPDX-License-Identifier: Apache-2.0
// A matrix product laid out in GM with whole-number values, and its expected result from plain
// loops.
#pragma once

#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "abi/cubist_abi.h"
#include "abi/kernel_args.h"
#include "half_value.h"

namespace cubist::test {

struct MatmulCase {
  uint64_t m, n, k;
  uint64_t a_layout = 0, b_layout = 0, c_f32 = 0, relu = 0, batch = 1;
  bool bias = false, share_b = false;
  uint32_t blocks = 1;
};

struct MatmulData {
  /// GM from HBM's start on: what is not an operand is NaN.
  std::vector<uint8_t> gm;
  cubist_matmul_args args{};

  MatmulData(const MatmulCase& matmul_case, unsigned seed) : c(matmul_case) {
    std::mt19937 random(seed);
    const uint64_t k16 = (c.k + 15) / 16 * 16, n16 = (c.n + 15) / 16 * 16;
    const uint64_t a_row = (c.a_layout == CUBIST_MATMUL_A_MK ? c.k : c.m) + random() % 5;
    const uint64_t b_row = (c.b_layout == CUBIST_MATMUL_B_NK ? c.k : c.n) + random() % 5;
    c_row = c.n + random() % 3;
    const uint64_t a_size = a_row * (c.a_layout == CUBIST_MATMUL_A_MK ? c.m : c.k);
    const uint64_t b_size = c.b_layout == CUBIST_MATMUL_B_PACKED
                                ? k16 * n16
                                : b_row * (c.b_layout == CUBIST_MATMUL_B_NK ? c.n : c.k);
    c_bytes = c.c_f32 != 0 ? 4 : 2;
    const uint64_t a_at = 0, b_at = (a_at + a_size * c.batch * 2 + 511) / 512 * 512;
    const uint64_t bias_at = (b_at + b_size * c.batch * 2 + 31) / 32 * 32;
    c_at = (bias_at + c.n * 4 + 31) / 32 * 32;
    // Everything that is not an operand is NaN.
    gm.assign(c_at + c.batch * c.m * c_row * c_bytes + 64, 0xff);
    const uint64_t hbm = CUBIST_REGION_HBM_BASE;

    a.resize(c.batch * c.m * c.k);
    b.resize(c.batch * c.k * c.n);
    bias.resize(c.n);
    for (uint64_t i = 0; i < c.batch; ++i) {
      for (uint64_t m = 0; m < c.m; ++m) {
        for (uint64_t k = 0; k < c.k; ++k) {
          const int value = static_cast<int>(random() % 3) - 1;
          a[(i * c.m + m) * c.k + k] = value;
          const uint64_t at = c.a_layout == CUBIST_MATMUL_A_MK ? m * a_row + k : k * a_row + m;
          float_to_half(static_cast<float>(value), gm.data() + a_at + (i * a_size + at) * 2);
        }
      }
      if (c.b_layout == CUBIST_MATMUL_B_PACKED) {
        std::memset(gm.data() + b_at + i * b_size * 2, 0, b_size * 2);
      }
      for (uint64_t k = 0; k < c.k; ++k) {
        for (uint64_t n = 0; n < c.n; ++n) {
          const int value = static_cast<int>(random() % 3) - 1;
          b[(i * c.k + k) * c.n + n] = value;
          uint64_t at = 0;
          if (c.b_layout == CUBIST_MATMUL_B_KN) at = k * b_row + n;
          if (c.b_layout == CUBIST_MATMUL_B_NK) at = n * b_row + k;
          if (c.b_layout == CUBIST_MATMUL_B_PACKED) {
            at = (n / 16 * (k16 / 16) + k / 16) * 256 + n % 16 * 16 + k % 16;
          }
          float_to_half(static_cast<float>(value), gm.data() + b_at + (i * b_size + at) * 2);
        }
      }
    }
    for (uint64_t n = 0; n < c.n; ++n) {
      bias[n] = static_cast<int>(random() % 9) - 4;
      const auto value = static_cast<float>(bias[n]);
      std::memcpy(gm.data() + bias_at + n * 4, &value, 4);
    }

    args.a = hbm + a_at;
    args.b = hbm + b_at;
    args.bias = c.bias ? hbm + bias_at : 0;
    args.c = hbm + c_at;
    args.m = c.m;
    args.n = c.n;
    args.k = c.k;
    args.a_stride = a_row;
    args.b_stride = b_row;
    args.c_stride = c_row;
    args.batch = c.batch;
    args.a_batch_stride = a_size;
    args.b_batch_stride = c.share_b ? 0 : b_size;
    args.c_batch_stride = c.m * c_row;
    args.a_layout = c.a_layout;
    args.b_layout = c.b_layout;
    args.c_f32 = c.c_f32;
    args.relu = c.relu;
  }

  /// Elements of C that differ, and bytes between the rows of C that were touched.
  unsigned mistakes() const {
    unsigned wrong = 0;
    for (uint64_t i = 0; i < c.batch; ++i) {
      for (uint64_t m = 0; m < c.m; ++m) {
        for (uint64_t n = 0; n < c.n; ++n) {
          int sum = c.bias ? bias[n] : 0;
          const uint64_t bi = c.share_b ? 0 : i;
          for (uint64_t k = 0; k < c.k; ++k) {
            sum += a[(i * c.m + m) * c.k + k] * b[(bi * c.k + k) * c.n + n];
          }
          if (c.relu != 0 && sum < 0) sum = 0;
          const uint8_t* at = gm.data() + c_at + ((i * c.m + m) * c_row + n) * c_bytes;
          float got;
          if (c.c_f32 != 0) {
            std::memcpy(&got, at, 4);
          } else {
            got = half_to_float(at);
          }
          if (got != static_cast<float>(sum)) ++wrong;
        }
      }
    }
    for (uint64_t n = c.n; n < c_row; ++n) wrong += gm[c_at + n * c_bytes] != 0xff;
    return wrong;
  }

 private:
  MatmulCase c;
  std::vector<int> a, b, bias;
  uint64_t c_row = 0, c_bytes = 0, c_at = 0;
};

}  // namespace cubist::test

// SPDX-License-Identifier: Apache-2.0
// The matmul kernel, compiled natively, against a plain triple loop; all values are whole numbers.
#include <catch2/catch.hpp>
#include <random>

#include "abi/cubist_abi.h"
#include "abi/kernel_args.h"
#include "half_value.h"
#include "native_core.h"

extern "C" void matmul(const cubist_matmul_args* args);

using namespace cubist::test;

namespace {

const NativeSizes kTiny{64 << 10, 8 << 10, 8 << 10, 16 << 10, 1 << 10};

struct Case {
  uint64_t m, n, k;
  uint64_t a_layout = 0, b_layout = 0, c_f32 = 0, relu = 0, batch = 1;
  bool bias = false, share_b = false;
  uint32_t blocks = 1;
};

void check(const Case& c, const NativeSizes& sizes, unsigned seed) {
  std::mt19937 random(seed);
  const uint64_t k16 = (c.k + 15) / 16 * 16, n16 = (c.n + 15) / 16 * 16;
  const uint64_t a_row = (c.a_layout == CUBIST_MATMUL_A_MK ? c.k : c.m) + random() % 5;
  const uint64_t b_row = (c.b_layout == CUBIST_MATMUL_B_NK ? c.k : c.n) + random() % 5;
  const uint64_t c_row = c.n + random() % 3;
  const uint64_t a_size = a_row * (c.a_layout == CUBIST_MATMUL_A_MK ? c.m : c.k);
  const uint64_t b_size = c.b_layout == CUBIST_MATMUL_B_PACKED
                              ? k16 * n16
                              : b_row * (c.b_layout == CUBIST_MATMUL_B_NK ? c.n : c.k);
  const uint64_t c_bytes = c.c_f32 != 0 ? 4 : 2;
  const uint64_t a_at = 0, b_at = (a_at + a_size * c.batch * 2 + 511) / 512 * 512;
  const uint64_t bias_at = (b_at + b_size * c.batch * 2 + 31) / 32 * 32;
  const uint64_t c_at = (bias_at + c.n * 4 + 31) / 32 * 32;
  // Everything that is not an operand is NaN.
  std::vector<uint8_t> gm(c_at + c.batch * c.m * c_row * c_bytes + 64, 0xff);
  const uint64_t hbm = CUBIST_REGION_HBM_BASE;

  std::vector<int> a(c.batch * c.m * c.k), b(c.batch * c.k * c.n), bias(c.n);
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

  cubist_matmul_args args{};
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
  for (uint32_t block = 0; block < c.blocks; ++block) {
    NativeCore core(sizes, gm, block, c.blocks, seed + block);
    matmul(&args);
    REQUIRE(core.finish() == "");
    REQUIRE(core.trap_code == 0);
  }

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
  INFO("m " << c.m << " n " << c.n << " k " << c.k << " layouts " << c.a_layout << c.b_layout);
  REQUIRE(wrong == 0);
  // Nothing between the rows of C or behind it has been touched.
  for (uint64_t n = c.n; n < c_row; ++n) {
    REQUIRE(gm[c_at + n * c_bytes] == 0xff);
  }
}

}  // namespace

TEST_CASE("matmul: every layout, sizes that are no multiples of 16") {
  unsigned seed = 1;
  for (uint64_t a_layout = 0; a_layout < 2; ++a_layout) {
    for (uint64_t b_layout = 0; b_layout < 3; ++b_layout) {
      Case c{37, 45, 53, a_layout, b_layout};
      c.bias = (a_layout + b_layout) % 2 == 0;
      check(c, kTiny, seed++);
      check(c, NativeSizes{}, seed++);
    }
  }
}

TEST_CASE("matmul: K in many pieces, many tiles, on a core with small buffers") {
  Case c{100, 70, 700};
  c.bias = true;
  c.relu = 1;
  c.blocks = 3;
  check(c, kTiny, 11);
  c.a_layout = 1;
  c.b_layout = 2;
  check(c, kTiny, 12);
  c.b_layout = 1;
  c.c_f32 = 1;
  check(c, kTiny, 13);
}

TEST_CASE("matmul: one row, one column, depth one") {
  check({1, 1, 1}, kTiny, 21);
  check({1, 200, 33}, kTiny, 22);
  check({200, 1, 33}, kTiny, 23);
  check({33, 33, 1}, kTiny, 24);
  check({1, 10, 3136, 0, 2}, NativeSizes{}, 25);
}

TEST_CASE("matmul: batches, B shared or not, more blocks than work") {
  Case c{20, 24, 40};
  c.batch = 3;
  c.blocks = 2;
  check(c, kTiny, 31);
  c.share_b = true;
  check(c, kTiny, 32);
  c.blocks = 40;
  check(c, kTiny, 33);
}

TEST_CASE("matmul: large tiles of the default core") {
  Case c{300, 260, 600};
  c.bias = true;
  check(c, NativeSizes{}, 41);
}

TEST_CASE("matmul: bad arguments trap") {
  std::vector<uint8_t> gm(64);
  NativeCore core(kTiny, gm, 0, 1, 1);
  cubist_matmul_args args{};
  matmul(&args);
  REQUIRE(core.trap_code == CUBIST_TRAP_BAD_ARGS);
}

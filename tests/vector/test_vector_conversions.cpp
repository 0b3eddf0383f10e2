// SPDX-License-Identifier: Apache-2.0
// Conversions in every rounding mode, against definitions that list all numbers of the target.
#include <algorithm>
#include <bit>
#include <cmath>
#include <random>

#include "systemc/core/vector/half.h"
#include "tests/vector/vector_bench.h"

using namespace cubist::core;
using namespace cubist::test;

namespace {

/// All finite numbers of a 16-bit format with their bits, by rising value.
struct Numbers {
  std::vector<std::pair<double, uint32_t>> list;
  double largest = 0;
  uint32_t infinity;

  Numbers(uint32_t infinity_bits, float (*value)(uint16_t)) : infinity(infinity_bits) {
    for (uint32_t bits = 0; bits < infinity_bits; ++bits) {
      list.emplace_back(value(static_cast<uint16_t>(bits)), bits);
      if (bits != 0) list.emplace_back(-list.back().first, bits | 0x8000);
    }
    std::sort(list.begin(), list.end());
    largest = list.back().first;
  }

  /// By the definition of the modes, on the neighbours below and above.
  uint32_t round(double x, unsigned mode) const {
    const uint32_t sign = std::signbit(x) ? 0x8000 : 0;
    if (std::isinf(x)) return sign | infinity;
    const auto above =
        std::lower_bound(list.begin(), list.end(), std::pair<double, uint32_t>{x, 0});
    if (above != list.end() && above->first == x) return x == 0 ? sign : above->second;
    // One step beyond the largest number stands for infinity when rounding to nearest.
    const double last = largest - std::prev(list.end(), 2)->first;
    const bool over = above == list.end(), under = above == list.begin();
    const double high = over ? largest + last : above->first;
    const double low = under ? -largest - last : std::prev(above)->first;
    const uint32_t high_bits = over ? infinity : above->second | (above->first == 0 ? sign : 0);
    const uint32_t low_bits = under ? 0x8000 | infinity : std::prev(above)->second;
    const bool low_is_even = (low_bits & 1) == 0;
    bool up = false;
    switch (mode) {
      case 1:
        up = false;
        break;
      case 2:
        up = true;
        break;
      case 4:
        up = x < 0;
        break;
      case 5:
        up = over ? false : under ? true : low_is_even;
        break;
      default: {
        const double to_low = x - low, to_high = high - x;
        up = to_high < to_low || (to_high == to_low && (mode == 3 ? x > 0 : !low_is_even));
      }
    }
    uint32_t bits = up ? high_bits : low_bits;
    if ((bits & 0x7fff) == 0) bits = sign;
    return bits;
  }
};

const Numbers& halves() {
  static const Numbers numbers(0x7c00, float_from_half);
  return numbers;
}
const Numbers& bfloats() {
  static const Numbers numbers(0x7f80, float_from_bfloat);
  return numbers;
}

int64_t to_integer(double x, unsigned mode) {
  const double low = std::floor(x), high = std::ceil(x);
  if (low == high) return static_cast<int64_t>(x);
  const bool low_is_even = std::fmod(low, 2.0) == 0;
  switch (mode) {
    case 1:
      return static_cast<int64_t>(low);
    case 2:
      return static_cast<int64_t>(high);
    case 4:
      return static_cast<int64_t>(x < 0 ? high : low);
    case 5:
      return static_cast<int64_t>(low_is_even ? high : low);
    default: {
      const double to_low = x - low, to_high = high - x;
      if (to_low != to_high) return static_cast<int64_t>(to_low < to_high ? low : high);
      if (mode == 3) return static_cast<int64_t>(x < 0 ? low : high);
      return static_cast<int64_t>(low_is_even ? low : high);
    }
  }
}

}  // namespace

TEST_CASE("FP32 to FP16 and BF16 rounds as each mode is defined") {
  const unsigned mode = GENERATE(0u, 1u, 2u, 3u, 4u, 5u);
  struct Target {
    uint8_t op;
    const Numbers& numbers;
    int low, high;  // exponents tried
  };
  const Target targets[] = {{kVconvF16, halves(), -28, 18}, {kVconvBf16, bfloats(), -150, 130}};
  for (const Target& target : targets) {
    std::mt19937_64 random(mode + 1);
    for (int round = 0; round < 8; ++round) {
      VectorBench bench(target.op, VectorType::f32, 64, mode);
      bench.repeat_strides(4, 8);
      for (uint32_t i = 0; i < 64 * 64; ++i) {
        // Any number, numbers of the target itself, and ties between neighbours.
        const int exponent =
            target.low +
            static_cast<int>(random() % static_cast<unsigned>(target.high - target.low));
        double x = std::ldexp(1.0 + std::ldexp(static_cast<double>(random() >> 41), -23), exponent);
        const auto& list = target.numbers.list;
        if (i % 3 == 0) x = list[random() % list.size()].first;
        if (i % 3 == 1) {
          const size_t at = random() % (list.size() - 1);
          x = (list[at].first + list[at + 1].first) / 2;
        }
        bench.put(kSrc0, i, static_cast<float>(random() & 1 ? -x : x));
      }
      bench.put(kSrc0, 7, std::bit_cast<float>(0x7f800000u));
      bench.put(kSrc0, 8, -0.0f);
      bench.put(kSrc0, 9, 3.4e38f);
      bench.put(kSrc0, 10, -3.4e38f);
      bench.run();
      for (uint32_t i = 0; i < 64 * 64; ++i) {
        const auto x = bench.get<float>(kSrc0, i);
        INFO("mode " << mode << ", x = " << x);
        REQUIRE(bench.get<uint16_t>(kDst, i) == target.numbers.round(x, mode));
      }
    }
  }
}

TEST_CASE("numbers to integers round by mode and saturate") {
  const unsigned mode = GENERATE(0u, 1u, 2u, 3u, 4u, 5u);
  struct Pair {
    uint8_t op;
    VectorType from;
    int64_t low, high;
    uint64_t dst_step, src_step;
  };
  const Pair pairs[] = {
      {kVconvS32, VectorType::f32, INT32_MIN, INT32_MAX, 8, 8},
      {kVconvS32, VectorType::f16, INT32_MIN, INT32_MAX, 8, 4},
      {kVconvS32, VectorType::bf16, INT32_MIN, INT32_MAX, 8, 4},
      {kVconvS16, VectorType::f32, INT16_MIN, INT16_MAX, 4, 8},
      {kVconvS16, VectorType::f16, INT16_MIN, INT16_MAX, 8, 8},
      {kVconvS16, VectorType::s32, INT16_MIN, INT16_MAX, 4, 8},
      {kVconvS8, VectorType::f16, -128, 127, 4, 8},
      {kVconvU8, VectorType::f16, 0, 255, 4, 8},
      {kVconvS8, VectorType::s16, -128, 127, 4, 8},
      {kVconvU8, VectorType::s16, 0, 255, 4, 8},
  };
  std::mt19937_64 random(mode);
  for (const Pair& pair : pairs) {
    VectorBench bench(pair.op, pair.from, 64, mode);
    bench.repeat_strides(pair.dst_step, pair.src_step);
    const uint32_t count = 64 * plan_vector(bench.in).lanes;
    std::vector<double> values(count);
    for (uint32_t i = 0; i < count; ++i) {
      // Halves and quarters around every integer of the range, and anything else.
      const double near = static_cast<double>(static_cast<int64_t>(random() % 600) - 300) / 4;
      const double far = std::ldexp(static_cast<double>(random() % 4096) - 2048.0,
                                    static_cast<int>(random() % 24));
      const double x = i % 4 == 0 ? far : near;
      switch (pair.from) {
        case VectorType::f32:
          bench.put(kSrc0, i, static_cast<float>(x));
          values[i] = static_cast<float>(x);
          break;
        case VectorType::f16:
          bench.put(kSrc0, i, half_from_double(x));
          values[i] = float_from_half(half_from_double(x));
          break;
        case VectorType::bf16:
          bench.put(kSrc0, i, bfloat_from_float(static_cast<float>(x)));
          values[i] = float_from_bfloat(bfloat_from_float(static_cast<float>(x)));
          break;
        case VectorType::s16:
          bench.put(kSrc0, i, static_cast<int16_t>(random()));
          values[i] = bench.get<int16_t>(kSrc0, i);
          break;
        default:
          bench.put(kSrc0, i, static_cast<int32_t>(i % 2 ? random() % 100000 : random()));
          values[i] = bench.get<int32_t>(kSrc0, i);
      }
    }
    bench.run();
    for (uint32_t i = 0; i < count; ++i) {
      int64_t expected = std::isinf(values[i]) ? (values[i] < 0 ? pair.low : pair.high)
                                               : to_integer(values[i], mode);
      expected = std::clamp(expected, pair.low, pair.high);
      const int64_t got = pair.op == kVconvS32   ? bench.get<int32_t>(kDst, i)
                          : pair.op == kVconvS16 ? bench.get<int16_t>(kDst, i)
                          : pair.op == kVconvS8  ? bench.get<int8_t>(kDst, i)
                                                 : bench.get<uint8_t>(kDst, i);
      INFO("op " << int(pair.op) << " from " << int(pair.from) << ", mode " << mode
                 << ", x = " << values[i]);
      REQUIRE(got == expected);
    }
  }
}

TEST_CASE("integers and narrow numbers to FP32 and FP16") {
  const unsigned mode = GENERATE(0u, 1u, 2u, 3u, 4u, 5u);
  std::mt19937_64 random(mode + 9);
  VectorBench single(kVconvF32, VectorType::s32, 64, mode);
  VectorBench half(kVconvF16, VectorType::s32, 64, mode);
  VectorBench whole(kVconvF32, VectorType::f32, 64, mode);
  half.repeat_strides(4, 8);
  for (uint32_t i = 0; i < 64 * 64; ++i) {
    const auto x = static_cast<int32_t>(static_cast<int64_t>(random()) >> (32 + random() % 31));
    single.put(kSrc0, i, x);
    half.put(kSrc0, i, x);
    whole.put(kSrc0, i, static_cast<float>(std::ldexp(x, -static_cast<int>(random() % 30))));
  }
  single.run();
  half.run();
  whole.run();
  for (uint32_t i = 0; i < 64 * 64; ++i) {
    const auto x = single.get<int32_t>(kSrc0, i);
    // The neighbours in FP32: a number of more than 24 bits has a quantum of 2^(bits - 24).
    const int bits =
        x == 0 ? 0 : static_cast<int>(std::log2(std::fabs(static_cast<double>(x)))) + 1;
    const double quantum = std::ldexp(1.0, std::max(0, bits - 24));
    const double expected = static_cast<double>(to_integer(x / quantum, mode)) * quantum;
    INFO("mode " << mode << ", x = " << x);
    REQUIRE(single.get<float>(kDst, i) == expected);
    REQUIRE(half.get<uint16_t>(kDst, i) == halves().round(x, mode));
    const double y = whole.get<float>(kSrc0, i);
    REQUIRE(whole.get<float>(kDst, i) == static_cast<double>(to_integer(y, mode)));
    REQUIRE(std::signbit(whole.get<float>(kDst, i)) == std::signbit(y));
  }
  for (const VectorType type : {VectorType::s8, VectorType::u8}) {
    if (mode != 0) break;
    VectorBench bytes(kVconvF16, type, 2);
    bytes.repeat_strides(8, 4);
    for (uint32_t i = 0; i < 256; ++i) bytes.put(kSrc0, i, static_cast<uint8_t>(i));
    bytes.run();
    for (uint32_t i = 0; i < 256; ++i) {
      const float expected = type == VectorType::u8 ? static_cast<float>(i)
                                                    : static_cast<float>(static_cast<int8_t>(i));
      REQUIRE(float_from_half(bytes.get<uint16_t>(kDst, i)) == expected);
    }
  }
}

TEST_CASE("NaN converts to the canonical NaN, or to 0") {
  for (const unsigned mode : {0u, 1u, 5u}) {
    VectorBench half(kVconvF16, VectorType::f32, 1, mode),
        brain(kVconvBf16, VectorType::f32, 1, mode), whole(kVconvS32, VectorType::f32, 1, mode);
    for (VectorBench* bench : {&half, &brain, &whole}) {
      bench->put(kSrc0, 0, 0xffc12345u);
      bench->run();
    }
    REQUIRE(half.get<uint16_t>(kDst, 0) == 0x7e00);
    REQUIRE(brain.get<uint16_t>(kDst, 0) == 0x7fc0);
    REQUIRE(whole.get<uint32_t>(kDst, 0) == 0);
  }
}

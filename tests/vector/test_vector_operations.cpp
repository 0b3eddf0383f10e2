// SPDX-License-Identifier: Apache-2.0
// Comparisons, selections, gathers, reductions, sorting and shifts against plain definitions.
#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "abi/cubist_abi.h"
#include "systemc/core/vector/half.h"
#include "systemc/core/vector/vector_timing.h"
#include "tests/vector/vector_bench.h"

using namespace cubist::core;
using namespace cubist::test;

namespace {

/// Small whole numbers, so that some are equal, and now and then NaN, infinities and zeros.
float number(std::mt19937& random) {
  switch (random() % 40) {
    case 0:
      return NAN;
    case 1:
      return HUGE_VALF;
    case 2:
      return -0.0f;
    default:
      return static_cast<float>(static_cast<int>(random() % 64) - 32);
  }
}
void put_number(VectorBench& bench, VectorType type, uint32_t base, uint32_t i, float x) {
  if (type == VectorType::f16) {
    bench.put(base, i, half_from_float(x));
  } else {
    bench.put(base, i, x);
  }
}
float number_at(const VectorBench& bench, VectorType type, uint32_t base, uint32_t i) {
  return type == VectorType::f16 ? float_from_half(bench.get<uint16_t>(base, i))
                                 : bench.get<float>(base, i);
}
/// The place in vsort32's order.
double rank(float x) {
  if (std::isnan(x)) return 1e40;
  if (std::isinf(x)) return x > 0 ? 1e39 : -1e39;
  return x == 0 && std::signbit(x) ? -1e-60 : x;
}

}  // namespace

TEST_CASE("every vector operation of the ABI has a rate, and runs on each of its types") {
  std::set<uint8_t> seen;
  for (const auto& info : cubist::abi::kInstructions) {
    if (info.form == VectorForm::none) continue;
    seen.insert(info.op);
    for (unsigned type = 0; type < cubist::abi::kElementBytes.size(); ++type) {
      VectorBench bench(info.op, static_cast<VectorType>(type), 2);
      bench.in.merge_len = 3;
      INFO(info.name << " type " << type);
      if ((info.types >> type & 1) == 0) {
        REQUIRE(check_vector(bench.in, bench.ub).code == CUBIST_ERROR_BAD_CONFIG);
        continue;
      }
      bench.run();
      REQUIRE(repeat_hundredths(bench.in) > 0);
      REQUIRE(VectorTiming{VectorConfig{}}.cost(bench.in).cycles > published_head(info.op));
    }
  }
  REQUIRE(seen.size() == 55);
}

TEST_CASE("comparisons give one bit an element, under mask and count") {
  const VectorType type = GENERATE(VectorType::f16, VectorType::f32);
  const unsigned mode = GENERATE(0u, 1u, 2u, 3u, 4u, 5u);
  const bool scalar = GENERATE(false, true);
  std::mt19937 random(mode);
  for (int trial = 0; trial < 20; ++trial) {
    VectorBench bench(scalar ? kVcmps : kVcmp, type, 3, mode);
    const uint32_t lanes = 256 / size_of(type);
    for (uint32_t i = 0; i < 3 * lanes; ++i) {
      put_number(bench, type, kSrc0, i, number(random));
      put_number(bench, type, kSrc1, i, number(random));
      bench.ub[kDst + i / 8] = static_cast<uint8_t>(random());
    }
    bench.in.scalar = type == VectorType::f16 ? half_from_float(3) : bits_from_float(3);
    if (trial % 2) {
      bench.count(random() % (3 * lanes));
    } else {
      bench.in.mask0 = random() | uint64_t{random()} << 32;
    }
    const auto before = bench.ub;
    bench.run();
    for (uint32_t i = 0; i < 3 * lanes; ++i) {
      const float a = number_at(bench, type, kSrc0, i);
      const float b = scalar ? 3.0f : number_at(bench, type, kSrc1, i);
      const bool holds[] = {a<b, a> b, a == b, a <= b, a >= b, a != b};
      const bool active = trial % 2 ? i < bench.in.mask0 : bench.takes_part(i % lanes);
      const bool old = (before[kDst + i / 8] >> i % 8 & 1) != 0;
      REQUIRE((bench.ub[kDst + i / 8] >> i % 8 & 1) == (active ? holds[mode] : old));
    }
  }
}

TEST_CASE("selection takes a or b by a bit") {
  const bool scalar = GENERATE(false, true), same_bits = GENERATE(false, true);
  const VectorType type = GENERATE(VectorType::f16, VectorType::s32);
  std::mt19937 random(5);
  VectorBench bench(scalar ? kVsels : kVsel, type, 5, same_bits ? 1 : 0);
  const uint32_t lanes = 256 / size_of(type), size = size_of(type);
  for (uint32_t i = 0; i < 5 * 256; ++i) {
    bench.ub[kSrc0 + i] = static_cast<uint8_t>(random());
    bench.ub[kSrc1 + i] = static_cast<uint8_t>(random());
    bench.ub[kDst + 0x8000 + i] = static_cast<uint8_t>(random());
  }
  bench.in.select = kDst + 0x8000;
  bench.in.scalar = 0x12345678;
  bench.in.mask0 = ~0ull << 9;
  bench.run();
  for (uint32_t i = 0; i < 5 * lanes; ++i) {
    const uint32_t bit_at = same_bits ? i % lanes : i;
    const bool bit = (bench.ub[bench.in.select + bit_at / 8] >> bit_at % 8 & 1) != 0;
    std::vector<uint8_t> expected(size, 0);
    if (i % lanes >= 9) {
      const uint32_t from = (bit ? kSrc0 : kSrc1) + i * size;
      expected.assign(bench.ub.begin() + from, bench.ub.begin() + from + size);
      if (!bit && scalar) std::memcpy(expected.data(), &bench.in.scalar, size);
    }
    REQUIRE(std::equal(expected.begin(), expected.end(), bench.ub.begin() + kDst + i * size));
  }
}

TEST_CASE("gathers follow their offsets") {
  std::mt19937 random(8);
  VectorBench bench(kVgather, VectorType::f16, 0);
  bench.count(300);
  bench.in.place = 0x18000;
  for (uint32_t i = 0; i < 0x8000; ++i) bench.ub[0x18000 + i] = static_cast<uint8_t>(random());
  for (uint32_t i = 0; i < 300; ++i)
    bench.put(kSrc0, i, static_cast<uint32_t>(random() % 0x4000 * 2));
  bench.run();
  for (uint32_t i = 0; i < 300; ++i) {
    const auto offset = bench.get<uint32_t>(kSrc0, i);
    REQUIRE(bench.get<uint16_t>(kDst, i) == bench.get<uint16_t>(0x18000 + offset, 0));
  }
  REQUIRE(bench.get<uint16_t>(kDst, 300) == 0);
  bench.put(kSrc0, 17, 0x8000'0000u);
  REQUIRE(check_vector(bench.in, bench.ub).code == CUBIST_ERROR_BUFFER_OVERRUN);
  bench.put(kSrc0, 17, 3u);
  REQUIRE(check_vector(bench.in, bench.ub).code == CUBIST_ERROR_MISALIGNED);

  VectorBench blocks(kVgatherb, VectorType::f32, 4);
  blocks.ub = bench.ub;
  blocks.in.place = 0x18000;
  for (uint32_t i = 0; i < 32; ++i) {
    blocks.put(kSrc0, i, static_cast<uint32_t>(random() % 1024 * 32));
  }
  blocks.run();
  for (uint32_t i = 0; i < 32; ++i) {
    const auto from = 0x18000 + blocks.get<uint32_t>(kSrc0, i);
    REQUIRE(std::memcmp(&blocks.ub[kDst + i * 32], &blocks.ub[from], 32) == 0);
  }
}

TEST_CASE("a gather by mask packs what it takes and counts it") {
  const unsigned mode = GENERATE(0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u);
  std::mt19937 random(mode);
  VectorBench bench(kVgathermask, VectorType::s32, 0, mode);
  bench.count(500);
  bench.in.place = 0x20000;
  bench.in.has_place = true;
  for (uint32_t i = 0; i < 500; ++i) bench.put(kSrc0, i, static_cast<uint32_t>(random()));
  for (uint32_t i = 0; i < 64; ++i) bench.ub[kSrc1 + i] = static_cast<uint8_t>(random());
  bench.run();
  std::vector<uint32_t> expected;
  for (uint32_t i = 0; i < 500; ++i) {
    const bool takes[] = {(bench.ub[kSrc1 + i / 8] >> i % 8 & 1) != 0,
                          i % 2 == 0,
                          i % 2 == 1,
                          i % 4 == 0,
                          i % 4 == 1,
                          i % 4 == 2,
                          i % 4 == 3,
                          true};
    if (takes[mode]) expected.push_back(bench.get<uint32_t>(kSrc0, i));
  }
  REQUIRE(bench.get<uint32_t>(0x20000, 0) == expected.size());
  for (uint32_t i = 0; i < expected.size(); ++i)
    REQUIRE(bench.get<uint32_t>(kDst, i) == expected[i]);
  REQUIRE(bench.get<uint32_t>(kDst, static_cast<uint32_t>(expected.size())) == 0);
}

TEST_CASE("largest and smallest come with the index of the first") {
  const uint8_t op = GENERATE(kVcmax, kVcmin);
  const VectorType type = GENERATE(VectorType::f16, VectorType::f32);
  const unsigned mode = GENERATE(0u, 1u, 2u, 3u);
  std::mt19937 random(op + mode);
  VectorBench bench(op, type, 60, mode);
  bench.repeat_strides(1, 8);
  const uint32_t lanes = 256 / size_of(type);
  for (uint32_t i = 0; i < 60 * lanes; ++i) {
    float x = number(random);
    if (std::isnan(x) && random() % 8) x = 1;
    put_number(bench, type, kSrc0, i, x);
  }
  bench.in.mask0 = 0xffff'ffff'0fff'fff0;
  bench.run();
  const auto element = [&](uint32_t i) {
    return type == VectorType::f16 ? bench.get<uint16_t>(kDst, i) : bench.get<uint32_t>(kDst, i);
  };
  for (uint32_t r = 0; r < 60; ++r) {
    uint32_t best = lanes;
    for (uint32_t e = 0; e < lanes; ++e) {
      if (!bench.takes_part(e)) continue;
      const float x = number_at(bench, type, kSrc0, r * lanes + e);
      if (best == lanes) best = e;
      const float y = number_at(bench, type, kSrc0, r * lanes + best);
      if (std::isnan(y)) continue;
      if (std::isnan(x) || (op == kVcmax ? rank(x) > rank(y) : rank(x) < rank(y))) best = e;
    }
    const float x = number_at(bench, type, kSrc0, r * lanes + best);
    const uint32_t value =
        type == VectorType::f16 ? half_from_float(x) : bits_from_float(canonical(x));
    const uint32_t at = mode == 1 || mode == 2 ? 2 * r : r;
    if (mode != 3) REQUIRE(element(mode == 2 ? at + 1 : at) == value);
    if (mode != 0) REQUIRE(element(mode == 1 ? at + 1 : at) == best);
  }
}

TEST_CASE("pairs are added, and what is alone stays as it is") {
  VectorBench bench(kVcpadd, VectorType::f32, 0);
  bench.count(127);
  for (uint32_t i = 0; i < 128; ++i) bench.put(kSrc0, i, static_cast<float>(i));
  bench.run();
  for (uint32_t i = 0; i < 63; ++i)
    REQUIRE(bench.get<float>(kDst, i) == 4.0f * static_cast<float>(i) + 1);
  REQUIRE(bench.get<float>(kDst, 63) == 126.0f);
}

TEST_CASE("each element fills a block") {
  VectorBench bench(kVbrcb, VectorType::f16, 2);
  for (uint32_t i = 0; i < 16; ++i) bench.put(kSrc0, i, static_cast<uint16_t>(i + 5));
  bench.run();
  for (uint32_t i = 0; i < 256; ++i) REQUIRE(bench.get<uint16_t>(kDst, i) == i / 16 + 5);
}

TEST_CASE("sorting and merging order any scores, equal ones as they came") {
  const VectorType type = GENERATE(VectorType::f16, VectorType::f32);
  std::mt19937 random(11);
  VectorBench bench(kVsort32, type, 4);
  for (uint32_t i = 0; i < 128; ++i) {
    put_number(bench, type, kSrc0, i, number(random));
    bench.put(kSrc1, i, 1000 + i);
  }
  bench.run();
  struct Entry {
    double rank;
    uint32_t index;
  };
  std::vector<Entry> all;
  for (uint32_t r = 0; r < 4; ++r) {
    std::vector<Entry> expected;
    for (uint32_t i = 0; i < 32; ++i) {
      expected.push_back({rank(number_at(bench, type, kSrc0, r * 32 + i)), 1000 + r * 32 + i});
    }
    std::stable_sort(expected.begin(), expected.end(),
                     [](const Entry& a, const Entry& b) { return a.rank > b.rank; });
    for (uint32_t i = 0; i < 32; ++i) {
      REQUIRE(bench.get<uint32_t>(kDst, (r * 32 + i) * 2 + 1) == expected[i].index);
    }
    all.insert(all.end(), expected.begin(), expected.end());
  }
  // The four sorted lists, of 32, 7, 20 and 32 pairs, become one.
  VectorBench merge(kVmrgsort, type, 1);
  merge.ub = bench.ub;
  merge.in.dst = kDst + 0x4000;
  const uint32_t lengths[] = {32, 7, 20, 32};
  std::vector<Entry> expected;
  for (unsigned i = 0; i < 4; ++i) {
    merge.in.merge_src |= uint64_t{(kDst + i * 256) / 32} << 16 * i;
    merge.in.merge_len |= uint64_t{lengths[i]} << 16 * i;
    expected.insert(expected.end(), all.begin() + i * 32, all.begin() + i * 32 + lengths[i]);
  }
  std::stable_sort(expected.begin(), expected.end(),
                   [](const Entry& a, const Entry& b) { return a.rank > b.rank; });
  merge.run();
  for (uint32_t i = 0; i < expected.size(); ++i) {
    REQUIRE(merge.get<uint32_t>(kDst + 0x4000, i * 2 + 1) == expected[i].index);
  }
  merge.in.merge_len = 0;
  REQUIRE(check_vector(merge.in, merge.ub).code == CUBIST_ERROR_BAD_CONFIG);
}

TEST_CASE("shifts, logic and leaky ReLU") {
  std::mt19937 random(13);
  for (const uint32_t by : {0u, 1u, 7u, 15u, 16u, 31u, 32u, 77u}) {
    VectorBench left(kVshl, VectorType::s32, 1), arithmetic(kVshr, VectorType::s32, 1),
        logical(kVshr, VectorType::u16, 1), narrow(kVshr, VectorType::s16, 1);
    for (uint32_t i = 0; i < 64; ++i) {
      const auto x = static_cast<uint32_t>(random());
      for (VectorBench* b : {&left, &arithmetic, &logical, &narrow}) b->put(kSrc0, i, x);
    }
    for (VectorBench* b : {&left, &arithmetic, &logical, &narrow}) {
      b->in.scalar = by;
      b->run();
    }
    for (uint32_t i = 0; i < 64; ++i) {
      const auto x = left.get<int32_t>(kSrc0, i);
      REQUIRE(left.get<uint32_t>(kDst, i) ==
              static_cast<uint32_t>(
                  by > 31 ? 0 : static_cast<uint64_t>(static_cast<uint32_t>(x)) << by));
      REQUIRE(arithmetic.get<int32_t>(kDst, i) == std::floor(std::ldexp(x, -static_cast<int>(by))));
    }
    for (uint32_t i = 0; i < 128; ++i) {
      const auto x = logical.get<uint16_t>(kSrc0, i);
      REQUIRE(logical.get<uint16_t>(kDst, i) == std::floor(std::ldexp(x, -static_cast<int>(by))));
      REQUIRE(narrow.get<int16_t>(kDst, i) ==
              std::floor(std::ldexp(narrow.get<int16_t>(kSrc0, i), -static_cast<int>(by))));
    }
  }
  VectorBench inverse(kVnot, VectorType::u16, 1);
  inverse.put(kSrc0, 3, uint16_t{0x1234});
  inverse.run();
  REQUIRE(inverse.get<uint16_t>(kDst, 3) == 0xedcb);
  REQUIRE(inverse.get<uint16_t>(kDst, 4) == 0xffff);

  VectorBench leaky(kVlrelu, VectorType::f32, 1);
  leaky.in.scalar = bits_from_float(0.1f);
  const float values[] = {3, -3, 0, -0.0f, HUGE_VALF, -HUGE_VALF, NAN};
  for (uint32_t i = 0; i < 7; ++i) leaky.put(kSrc0, i, values[i]);
  leaky.run();
  const float expected[] = {3, -3 * 0.1f, 0, -0.0f, HUGE_VALF, -HUGE_VALF};
  for (uint32_t i = 0; i < 6; ++i) {
    REQUIRE(bits_from_float(leaky.get<float>(kDst, i)) == bits_from_float(expected[i]));
  }
  REQUIRE(leaky.get<uint32_t>(kDst, 6) == kNanF32);
}

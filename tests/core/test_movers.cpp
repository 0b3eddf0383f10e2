// SPDX-License-Identifier: Apache-2.0
// The movers' pure functions against element-by-element references, over random configurations.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "systemc/core/fixpipe.h"
#include "systemc/core/mte1.h"
#include "systemc/core/mte2.h"
#include "systemc/core/mte3.h"
#include "tests/core/values.h"

using namespace cubist;
using namespace cubist::core;
using Bytes = std::vector<uint8_t>;

namespace {

Bytes random_bytes(Random& random, size_t count) {
  Bytes bytes(count);
  for (uint8_t& b : bytes) b = static_cast<uint8_t>(random.next());
  return bytes;
}

/// Gathers what the segments name, as the memory would.
Bytes gather(const Bytes& gm, const GmSegments& segments) {
  Bytes out;
  for (const GmSegment& s : segments) {
    REQUIRE(s.address + s.bytes <= gm.size());
    out.insert(out.end(), gm.begin() + static_cast<long>(s.address),
               gm.begin() + static_cast<long>(s.address + s.bytes));
  }
  return out;
}

}  // namespace

TEST_CASE("segments that follow one another are joined") {
  GmSegments s;
  add_segment(s, 0x100, 32);
  add_segment(s, 0x120, 32);
  add_segment(s, 0x150, 16);
  REQUIRE(s.size() == 2);
  CHECK(s[0].bytes == 64);
  CHECK(total_bytes(s) == 80);
}

TEST_CASE("block copies") {
  Random random{1};
  for (int round = 0; round < 300; ++round) {
    const abi::mte2::Copy c{
        static_cast<uint16_t>(random.between(1, 9)), static_cast<uint16_t>(random.between(1, 20)),
        static_cast<uint16_t>(random.below(5)), static_cast<uint16_t>(random.below(5))};
    const Bytes gm = random_bytes(random, 9 * 25 * 32 + 64);
    const size_t from = random.below(64);
    Bytes dst(copy_extent(c), 0x55), expected = dst;
    copy_store(c, gather(gm, copy_source(c, from)), dst);
    for (size_t i = 0; i < c.n_burst; ++i) {
      for (size_t b = 0; b < c.len_burst * 32u; ++b) {
        expected.at(i * (c.len_burst + c.dst_gap) * 32u + b) =
            gm[from + i * (c.len_burst + c.src_gap) * 32u + b];
      }
    }
    REQUIRE(dst == expected);
  }
}

TEST_CASE("padded copies fill left, right and up to the block with the padding element") {
  Random random{2};
  for (int round = 0; round < 300; ++round) {
    abi::mte2::CopyPad c;
    c.n_burst = static_cast<uint16_t>(random.between(1, 6));
    c.len = random.between(1, 200);
    c.left_pad = static_cast<uint8_t>(random.below(33));
    c.right_pad = static_cast<uint8_t>(random.below(33));
    c.type = static_cast<uint8_t>(random.below(9));
    const abi::csr::CopyGap gap{random.below(50), random.below(3)};
    const uint64_t value = 0x8877665544332211u;
    const unsigned size = abi::element_bytes(static_cast<abi::ElementType>(c.type));
    const Bytes gm = random_bytes(random, 6 * 250 + 16);
    const size_t from = random.below(16);
    Bytes dst(copy_pad_extent(c, gap), 0x55), expected = dst;
    copy_pad_store(c, gap, value, gather(gm, copy_pad_source(c, gap, from)), dst);
    size_t row = 0;
    for (size_t i = 0; i < c.n_burst; ++i) {
      size_t at = 0;
      const auto put = [&](uint8_t byte) { expected.at(row + at++) = byte; };
      const auto pad = [&] { put(static_cast<uint8_t>(value >> (8 * (at % size)))); };
      for (unsigned p = 0; p < c.left_pad; ++p) pad();
      for (size_t b = 0; b < c.len; ++b) put(gm[from + i * (c.len + gap.gm_gap) + b]);
      for (unsigned p = 0; p < c.right_pad; ++p) pad();
      while (at % 32 != 0) pad();
      row += at + gap.local_gap * 32;
    }
    REQUIRE(dst == expected);
  }
}

TEST_CASE("ND to NZ") {
  Random random{3};
  for (int round = 0; round < 300; ++round) {
    abi::mte2::Nd2nz c;
    c.nd_num = static_cast<uint16_t>(random.between(1, 3));
    c.n_value = static_cast<uint16_t>(random.between(1, 40));
    c.d_value = static_cast<uint16_t>(random.between(1, 70));
    c.type = static_cast<uint8_t>(random.below(9));
    const size_t size = abi::element_bytes(static_cast<abi::ElementType>(c.type));
    abi::csr::Nd2nzSrc src;
    src.row_stride = c.d_value + random.below(10);
    src.matrix_stride = src.row_stride * c.n_value + random.below(10);
    abi::csr::Nd2nzDst to;
    to.n_stride = static_cast<uint16_t>(random.between(1, 2));
    to.c0_stride = static_cast<uint16_t>(c.n_value * to.n_stride + random.below(5));
    const size_t c0 = 32 / size, columns = (c.d_value + c0 - 1) / c0;
    to.matrix_stride = static_cast<uint32_t>(to.c0_stride * columns + random.below(4));
    const Bytes gm = random_bytes(random, src.matrix_stride * 3 * size + 8);
    const size_t from = random.below(8);
    Bytes dst(nd2nz_extent(c, to), 0x55), expected = dst;
    nd2nz_store(c, to, gather(gm, nd2nz_source(c, src, from)), dst);
    size_t highest = 0;
    for (size_t matrix = 0; matrix < c.nd_num; ++matrix) {
      for (size_t row = 0; row < c.n_value; ++row) {
        for (size_t column = 0; column < columns * c0; ++column) {
          const size_t at = matrix * to.matrix_stride * 32 + column / c0 * to.c0_stride * 32 +
                            row * to.n_stride * 32 + column % c0 * size;
          const size_t in =
              from + (matrix * src.matrix_stride + row * src.row_stride + column) * size;
          for (size_t b = 0; b < size; ++b) {
            expected.at(at + b) = column < c.d_value ? gm[in + b] : 0;
            highest = std::max(highest, at + b);
          }
        }
      }
    }
    REQUIRE(dst == expected);
    REQUIRE(highest + 1 == dst.size());
  }
}

TEST_CASE("load2d with strides, gaps and transpose of every element size") {
  Random random{4};
  for (int round = 0; round < 400; ++round) {
    abi::mte1::Load2d c;
    c.start_index = static_cast<uint16_t>(random.below(4));
    c.repeat = static_cast<uint8_t>(random.between(1, 6));
    c.src_stride = static_cast<uint16_t>(random.below(4));
    c.transpose = static_cast<uint8_t>(random.below(2));
    c.type = static_cast<uint8_t>(random.below(9));
    const unsigned size =
        c.transpose != 0 ? abi::element_bytes(static_cast<abi::ElementType>(c.type)) : 2;
    // Two fractals may lie apart; the destination has no overlaps, so that order plays no part.
    const abi::csr::Load2dPair pair{static_cast<uint16_t>(random.between(1, 3)), 1};
    c.dst_gap = static_cast<uint16_t>((size == 2 ? 0 : 1) + random.below(3));
    const Bytes l1 = random_bytes(random, 28 * 512);
    Bytes dst(6 * 4 * 512 + 512, 0x55), expected = dst, fractals;
    load2d_gather(c, pair, l1, fractals);
    load2d_store(c, pair, fractals, dst);
    REQUIRE(fractals.size() == c.repeat * (size == 2 ? 512u : 1024u));
    // 8-bit: 32 x 32, one fractal below the other. 32-bit: 16 x 16, side by side.
    const size_t n = size == 1 ? 32 : 16, columns = 32 / size;
    const auto at = [&](size_t row, size_t column, size_t distance) {
      const size_t second = size == 1 ? row / 16 : column / columns;
      return second * distance * 512 + row % 16 * 32 + column % columns * size;
    };
    for (size_t i = 0; i < c.repeat; ++i) {
      for (size_t row = 0; row < n; ++row) {
        for (size_t column = 0; column < n; ++column) {
          const size_t in = (c.start_index + i * c.src_stride) * 512 +
                            (c.transpose != 0 ? at(column, row, pair.src) : at(row, column, 0));
          const size_t out = i * (c.dst_gap + 1u) * 512 + at(row, column, pair.dst);
          std::copy_n(&l1.at(in), size, &expected.at(out));
        }
      }
    }
    REQUIRE(dst == expected);
  }
}

TEST_CASE("load3d against a plain im2col") {
  Random random{5};
  int fitting = 0;
  for (int round = 0; round < 600; ++round) {
    Im2col g;
    g.map = {static_cast<uint16_t>(random.between(1, 12)),
             static_cast<uint16_t>(random.between(1, 12)),
             static_cast<uint16_t>(random.between(1, 3)), static_cast<uint8_t>(random.below(9))};
    const unsigned size = abi::element_bytes(static_cast<abi::ElementType>(g.map.type));
    const unsigned c0_columns = 32 / size;
    g.filter.filter_h = static_cast<uint16_t>(random.between(1, 4));
    g.filter.filter_w = static_cast<uint16_t>(random.between(1, 4));
    g.filter.stride_h = static_cast<uint8_t>(random.between(1, 3));
    g.filter.stride_w = static_cast<uint8_t>(random.between(1, 3));
    g.filter.dilation_h = static_cast<uint8_t>(random.between(1, 3));
    g.filter.dilation_w = static_cast<uint8_t>(random.between(1, 3));
    g.pad = {static_cast<uint8_t>(random.below(4)), static_cast<uint8_t>(random.below(4)),
             static_cast<uint8_t>(random.below(4)), static_cast<uint8_t>(random.below(4)),
             static_cast<uint16_t>(random.next())};
    const unsigned all = g.map.c1 * g.filter.filter_h * g.filter.filter_w;  // in blocks of C0
    abi::mte1::Load3d c;
    c.k_start = static_cast<uint16_t>(random.below(all) * c0_columns);
    c.k_ext = static_cast<uint16_t>(random.between(1, all * c0_columns - c.k_start));
    c.m_start = static_cast<uint16_t>(random.below(40));
    c.m_ext = static_cast<uint16_t>(random.between(1, 60));
    const int height =
        g.map.height + g.pad.top + g.pad.bottom - g.filter.dilation_h * (g.filter.filter_h - 1) - 1;
    const int width =
        g.map.width + g.pad.left + g.pad.right - g.filter.dilation_w * (g.filter.filter_w - 1) - 1;
    const CoreError wrong = check_im2col(g, c);
    REQUIRE((wrong.code != 0) == (height < 0 || width < 0));
    if (wrong) continue;
    ++fitting;
    const int out_h = height / g.filter.stride_h + 1, out_w = width / g.filter.stride_w + 1;
    const Bytes map = random_bytes(random, g.map.c1 * g.map.height * g.map.width * 32u);
    Bytes fractals;
    load3d_gather(g, c, map, fractals);
    const unsigned m1 = (c.m_ext + 15u) / 16, k1 = (c.k_ext + c0_columns - 1) / c0_columns;
    REQUIRE(fractals.size() == m1 * k1 * 512u);
    for (unsigned row = 0; row < m1 * 16; ++row) {
      for (unsigned column = 0; column < k1 * c0_columns; ++column) {
        const int pixel = static_cast<int>(c.m_start + row);
        const unsigned k = c.k_start + column, c0 = k % c0_columns;
        const int fw = static_cast<int>(k / c0_columns % g.filter.filter_w);
        const int fh = static_cast<int>(k / c0_columns / g.filter.filter_w % g.filter.filter_h);
        const unsigned c1 = k / c0_columns / g.filter.filter_w / g.filter.filter_h;
        const int y = pixel / out_w * g.filter.stride_h - g.pad.top + fh * g.filter.dilation_h;
        const int x = pixel % out_w * g.filter.stride_w - g.pad.left + fw * g.filter.dilation_w;
        // Padding repeats its two bytes, or its lower one for 8-bit elements.
        uint32_t expected = size == 1 ? g.pad.value & 0xffu : g.pad.value * 0x10001u;
        if (pixel < out_h * out_w && y >= 0 && y < g.map.height && x >= 0 && x < g.map.width) {
          const size_t at = ((c1 * g.map.height + static_cast<unsigned>(y)) * g.map.width +
                             static_cast<unsigned>(x)) *
                                32 +
                            c0 * size;
          expected = 0;
          std::memcpy(&expected, &map.at(at), size);
        } else if (size == 2) {
          expected = g.pad.value;
        }
        uint32_t got = 0;
        std::memcpy(&got,
                    &fractals.at((row / 16 * k1 + column / c0_columns) * 512 + row % 16 * 32 +
                                 column % c0_columns * size),
                    size);
        REQUIRE(got == expected);
      }
    }
  }
  CHECK(fitting > 300);
}

TEST_CASE("load3d refuses what makes no sense") {
  Im2col g;
  g.map = {4, 4, 1, 0};
  g.filter = {3, 3, 1, 1, 1, 1};
  CHECK_FALSE(check_im2col(g, {144, 16, 0, 0}));
  CHECK(check_im2col(g, {145, 16, 0, 0}));
  CHECK(check_im2col(g, {16, 16, 8, 0}));
  CHECK(check_im2col(g, {16, 16, 144, 0}));
  g.map.type = 9;
  CHECK(check_im2col(g, {16, 16, 0, 0}));
  g.map.type = 3;  // INT8: C0 is 32
  CHECK_FALSE(check_im2col(g, {288, 16, 0, 0}));
  CHECK(check_im2col(g, {16, 16, 16, 0}));
  g.map.type = 0;
  g.filter.stride_w = 0;
  CHECK(check_im2col(g, {16, 16, 0, 0}));
}

TEST_CASE("FP32 to FP16 and BF16 round to nearest even") {
  // Reference: the candidates on both sides, the nearer one, the even one on a tie.
  Random random{6};
  const auto half_value = [](uint16_t h) { return (h & 0x7c00) == 0x7c00 ? 65536.0 : value_of(h); };
  for (int round = 0; round < 400000; ++round) {
    uint32_t bits = random.next() << 1 ^ random.next();
    if (round % 2 == 0) {  // Around the range of FP16, ties included.
      bits = (random.below(40) + 97) << 23 | (random.next() & 0x7fffff);
      if (round % 4 == 0) bits &= 0xfffff000;
      if (round % 8 == 0) bits = (bits & 0xffffe000) | 0x1000;
    }
    bits &= 0x7fffffff;
    float value;
    std::memcpy(&value, &bits, 4);
    const uint16_t got = fp32_to_fp16(bits);
    REQUIRE(fp32_to_fp16(bits | 0x80000000) ==
            (std::isnan(value) ? 0x7e00 : static_cast<uint16_t>(got | 0x8000)));
    if (std::isnan(value)) {
      REQUIRE(got == 0x7e00);
      REQUIRE(fp32_to_bf16(bits) == 0x7fc0);
      continue;
    }
    if (value >= 65520.0f) {
      REQUIRE(got == 0x7c00);
    } else {
      const double error = std::fabs(half_value(got) - value);
      for (const int other : {got - 1, got + 1}) {
        if (other < 0 || other > 0x7c00) continue;
        const double there = std::fabs(half_value(static_cast<uint16_t>(other)) - value);
        REQUIRE(error <= there);
        if (error == there) REQUIRE(got % 2 == 0);
      }
    }
    const uint16_t b = fp32_to_bf16(bits);
    const uint32_t low = bits & 0xffff0000;
    const bool up =
        (bits & 0xffff) > 0x8000 || ((bits & 0xffff) == 0x8000 && (bits >> 16 & 1) != 0);
    REQUIRE(b == (low >> 16) + (up ? 1 : 0));
  }
}

TEST_CASE("local addresses: who may go where, and how far") {
  const CoreConfig config;
  const LocalBuffers aic(config, true), aiv(config, false);
  const auto bit = [](abi::Region r) { return 1u << static_cast<unsigned>(r); };
  LocalAddress at{};
  CHECK(aic.locate(0x4000'0040, bit(abi::Region::L1), 512, "x", at).code == 0);
  CHECK(at.region == abi::Region::L1);
  CHECK(at.offset == 0x40);
  CHECK(aic.locate(0x4000'0010, bit(abi::Region::L1), 512, "x", at).code ==
        abi::error_code::MISALIGNED);
  CHECK(aic.locate(0x4100'0100, bit(abi::Region::L0A), 512, "x", at).code ==
        abi::error_code::MISALIGNED);
  CHECK(aic.locate(0x4100'0000, bit(abi::Region::L1), 32, "x", at).code ==
        abi::error_code::BAD_CONFIG);
  CHECK(aic.locate(0x4400'0000, bit(abi::Region::UB), 32, "x", at).code == abi::error_code::BUS);
  CHECK(aiv.locate(0x4000'0000, bit(abi::Region::L1), 32, "x", at).code == abi::error_code::BUS);
  CHECK(aiv.locate(~uint64_t{0}, bit(abi::Region::UB), 32, "x", at).code == abi::error_code::BUS);
  REQUIRE(aiv.locate(0x4400'0000 + 192 * 1024 - 32, bit(abi::Region::UB), 32, "x", at).code == 0);
  CHECK_FALSE(aiv.check_extent(at, 32, "x"));
  CHECK(aiv.check_extent(at, 33, "x").code == abi::error_code::BUFFER_OVERRUN);
  CHECK(aiv.check_extent(at, ~uint64_t{0}, "x").code == abi::error_code::BUFFER_OVERRUN);
  CHECK(in_gm(0x10'0000'0000));
  CHECK(in_gm(uint64_t{5} << 40 | 0x10'0000'0000));
  CHECK_FALSE(in_gm(0x40'0000'0000));
  CHECK_FALSE(in_gm(0x8000'0000'0000));
}

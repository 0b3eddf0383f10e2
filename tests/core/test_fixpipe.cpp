// SPDX-License-Identifier: Apache-2.0
// FIXPIPE's numbers and addresses against element-by-element definitions.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <vector>

#include "abi/cubist_abi.h"
#include "systemc/core/fixpipe.h"
#include "systemc/memory/memory_map.h"
#include "tests/core/values.h"

using namespace cubist;
using namespace cubist::core;
using Bytes = std::vector<uint8_t>;

namespace {

/// What one accumulator becomes, by definition; -8 to 7 for 4-bit results.
uint32_t element(FixpipeCast cast, FixpipeRelu relu, const FixpipeColumn& column, uint32_t bits) {
  const bool whole = cast >= FixpipeCast::int32 && cast <= FixpipeCast::int32_s4;
  if (cast == FixpipeCast::int32) {
    return relu != FixpipeRelu::none && static_cast<int32_t>(bits) < 0 ? 0 : bits;
  }
  float x = whole ? static_cast<float>(static_cast<int32_t>(bits)) : float_from_bits(bits);
  if (relu != FixpipeRelu::none && std::signbit(x) && !std::isnan(x)) {
    // Products of two FP32 numbers are exact in double, so this rounds once.
    x = relu == FixpipeRelu::zero
            ? 0.0f
            : static_cast<float>(static_cast<double>(x) * static_cast<double>(column.slope));
  }
  if (cast >= FixpipeCast::int32_fp16) {
    x = static_cast<float>(static_cast<double>(x) * static_cast<double>(column.scale));
  }
  const auto integer = [&](int low, int high) {
    if (std::isnan(x)) return uint32_t{0};
    const double floor = std::floor(static_cast<double>(x)), rest = static_cast<double>(x) - floor;
    double rounded = rest > 0.5 ? floor + 1 : floor;
    if (rest == 0.5 && std::fmod(floor, 2.0) != 0) rounded = floor + 1;
    if (std::isinf(x)) rounded = x;
    return static_cast<uint32_t>(
        static_cast<int>(std::clamp<double>(rounded + column.offset, low, high)));
  };
  switch (cast) {
    case FixpipeCast::fp32:
      return bits_from_float(x);
    case FixpipeCast::fp32_fp32:
      return std::isnan(x) ? kNanF32 : bits_from_float(x);
    case FixpipeCast::fp16:
    case FixpipeCast::int32_fp16:
    case FixpipeCast::fp32_fp16:
      return fp32_to_fp16(bits_from_float(x));
    case FixpipeCast::bf16:
    case FixpipeCast::fp32_bf16:
      return fp32_to_bf16(bits_from_float(x));
    case FixpipeCast::int32_s16:
      return integer(-32768, 32767) & 0xffff;
    case FixpipeCast::int32_u8:
    case FixpipeCast::fp32_u8:
      return integer(0, 255);
    case FixpipeCast::int32_s8:
    case FixpipeCast::fp32_s8:
      return integer(-128, 127) & 0xff;
    default:
      return integer(-8, 7) & 0xf;
  }
}

unsigned bits_of(unsigned cast) {
  static constexpr unsigned kBits[] = {32, 16, 16, 32, 16, 16, 8, 8, 4, 8, 8, 4, 16, 16, 32};
  return kBits[cast];
}

uint32_t accumulator(Random& random, unsigned cast) {
  if (random.below(4) == 0) return random.next() << 1 ^ random.next();
  const auto small = static_cast<int32_t>(random.below(4096)) - 2048;
  if (cast >= 3 && cast <= 8) return static_cast<uint32_t>(small);
  return bits_from_float(static_cast<float>(small) / 8);
}

}  // namespace

TEST_CASE("FIXPIPE: every cast, ReLU, slope, scale and layout, element by element") {
  Random random{7};
  for (int round = 0; round < 900; ++round) {
    FixpipePlan plan;
    abi::fix::Fixpipe& c = plan.word;
    c.cast = static_cast<uint8_t>(round % 15);
    c.n_size = static_cast<uint16_t>(random.between(1, 90));
    c.m_size = static_cast<uint16_t>(random.between(1, 40));
    c.src_stride = static_cast<uint16_t>((c.m_size + 15) / 16 * 16);
    c.relu = static_cast<uint8_t>(random.below(2));
    c.relu_slope = static_cast<uint8_t>(c.relu != 0 && c.cast != 3 ? random.below(3) : 0);
    c.layout = static_cast<uint8_t>(random.below(2));
    const unsigned bits = bits_of(c.cast);
    c.channel_split = static_cast<uint8_t>(c.layout == 0 && bits == 32 ? random.below(2) : 0);
    plan.columns.resize(c.n_size);
    for (FixpipeColumn& column : plan.columns) {
      column.scale = static_cast<float>(random.between(1, 1000)) / 512;
      column.offset = static_cast<int>(random.below(512)) - 256;
      column.slope = static_cast<float>(random.below(1000)) / 1000;
    }
    if (c.layout != 0) {
      plan.nd.nd_num = static_cast<uint16_t>(random.below(4));
      plan.nd.src_nd_stride = static_cast<uint16_t>((c.n_size + 15u) / 16 * c.src_stride / 16);
      plan.dst_stride = (c.n_size + 1u) / 2 * 2 + random.below(3) * 2;
      plan.nd.dst_nd_stride = static_cast<uint32_t>(c.m_size * plan.dst_stride + 4);
    } else {
      plan.dst_stride = c.m_size * (bits == 32 && c.channel_split == 0 ? 2 : 1) + random.below(3);
    }
    const size_t matrices = plan.nd.nd_num == 0 ? 1 : plan.nd.nd_num;
    const size_t matrix = (c.n_size + 15u) / 16 * c.src_stride * 64;
    std::vector<uint32_t> l0c(matrices * matrix / 4);
    for (uint32_t& x : l0c) x = accumulator(random, c.cast);
    const std::span<const uint8_t> source(reinterpret_cast<const uint8_t*>(l0c.data()),
                                          l0c.size() * 4);
    Bytes staging;
    fixpipe_gather(plan, source, staging);
    const GmSegments runs = fixpipe_runs(plan, 0);
    REQUIRE(total_bytes(runs) == staging.size());
    Bytes out(runs.back().address + runs.back().bytes, 0x55), expected = out;
    size_t at = 0;
    for (const GmSegment& run : runs) {
      std::memcpy(out.data() + run.address, staging.data() + at, run.bytes);
      at += run.bytes;
    }
    const size_t width = bits == 32 ? (c.channel_split != 0 ? 8 : 16) : 256 / bits;
    const size_t columns = c.layout != 0 ? (bits == 4 ? (c.n_size + 1u) / 2 * 2 : c.n_size)
                                         : (c.n_size + width - 1) / width * width;
    const auto relu = c.relu == 0         ? FixpipeRelu::none
                      : c.relu_slope == 0 ? FixpipeRelu::zero
                                          : FixpipeRelu::slope;
    for (size_t d = 0; d < matrices; ++d) {
      for (size_t row = 0; row < c.m_size; ++row) {
        for (size_t n = 0; n < columns; ++n) {
          uint32_t value = 0;
          if (n < c.n_size) {
            const uint32_t x =
                l0c[d * plan.nd.src_nd_stride * 256 + (n / 16 * c.src_stride + row) * 16 + n % 16];
            value = element(static_cast<FixpipeCast>(c.cast), relu, plan.columns[n], x);
          }
          const size_t bit =
              c.layout != 0 ? (d * plan.nd.dst_nd_stride + row * plan.dst_stride + n) * bits
                            : n / width * plan.dst_stride * 256 + (row * width + n % width) * bits;
          if (bits == 4) {
            uint8_t& byte = expected.at(bit / 8);
            byte = static_cast<uint8_t>(bit % 8 == 0 ? value : (byte & 15) | value << 4);
          } else {
            std::memcpy(&expected.at(bit / 8), &value, bits / 8);
          }
        }
      }
    }
    INFO("cast " << int(c.cast) << ", layout " << int(c.layout) << ", " << c.m_size << " x "
                 << c.n_size);
    REQUIRE(out == expected);
  }
}

TEST_CASE("the quantisation word has a scale and a signed offset") {
  const FixpipeColumn column = column_of(uint64_t{0x1ff} << 32 | 0x3f000000, 0x3e800000);
  CHECK(column.scale == 0.5f);
  CHECK(column.offset == -1);
  CHECK(column.slope == 0.25f);
  CHECK(column_of(uint64_t{255} << 32, 0).offset == 255);
  CHECK(column_of(uint64_t{256} << 32, 0).offset == -256);
}

namespace {

const memory::MemoryPort& no_memory() {
  static const memory::MemoryMap map(0x10'0000'0000, 1 << 20);
  return map;
}

/// A core's buffers and a queued fixpipe with its CSRs.
struct Prepared {
  CoreConfig config;
  LocalBuffers buffers{config, true};
  QueueEntry entry;
  MoverJob job;

  Prepared(const abi::fix::Fixpipe& word, uint64_t stride, uint64_t quant = 0, uint64_t relu = 0,
           uint64_t nd = 0) {
    entry.info = abi::find_instruction(static_cast<unsigned>(abi::Pipe::FIX), 0);
    entry.config = word.pack();
    entry.src = CUBIST_REGION_L0C_BASE;
    entry.dst = CUBIST_REGION_L1_BASE;
    entry.csrs = {stride, quant, relu, nd, 0};
  }
};

}  // namespace

TEST_CASE("FIXPIPE takes the parameters of columns from FB") {
  Prepared p({.n_size = 20,
              .m_size = 3,
              .src_stride = 16,
              .cast = 6,
              .relu = 1,
              .layout = 0,
              .relu_slope = 2,
              .quant_vector = 1},
             3, 64, 1024);
  const auto fb = p.buffers.buffer(abi::Region::FB);
  for (uint32_t n = 0; n < 20; ++n) {
    const uint64_t word = uint64_t{n} << 32 | bits_from_float(0.5f + static_cast<float>(n));
    const float slope = n % 2 ? 2.0f : 0.0f;
    std::memcpy(&fb[64 + n * 8], &word, 8);
    std::memcpy(&fb[1024 + n * 4], &slope, 4);
  }
  const auto l0c = p.buffers.buffer(abi::Region::L0C);
  for (uint32_t n = 0; n < 20; ++n) {
    for (uint32_t m = 0; m < 3; ++m) {
      const int32_t x = static_cast<int32_t>(m) - 1;  // -1, 0, 1
      std::memcpy(&l0c[(n / 16 * 16 + m) * 64 + n % 16 * 4], &x, 4);
    }
  }
  const CoreError error = prepare_fixpipe(p.entry, p.buffers, no_memory(), p.job);
  INFO(error.text);
  REQUIRE(error.code == 0);
  sample_fixpipe(p.entry, p.buffers, p.job);
  publish_fixpipe(p.entry, p.buffers, p.job);
  const auto l1 = p.buffers.buffer(abi::Region::L1);
  for (int n = 0; n < 20; ++n) {
    for (int m = 0; m < 3; ++m) {
      const double scale = 0.5 + n, slope = n % 2 ? 2.0 : 0.0;
      const double x = (m - 1 < 0 ? (m - 1) * slope : m - 1) * scale;
      const double expected = std::clamp(std::nearbyint(x) + n, -128.0, 127.0);
      REQUIRE(static_cast<int8_t>(l1[static_cast<size_t>(m * 32 + n)]) == expected);
    }
  }
}

TEST_CASE("FIXPIPE refuses what cannot be") {
  const auto code = [](const abi::fix::Fixpipe& word, uint64_t stride = 16, uint64_t quant = 0,
                       uint64_t relu = 0, uint64_t nd = 0) {
    Prepared p(word, stride, quant, relu, nd);
    const CoreError e = prepare_fixpipe(p.entry, p.buffers, no_memory(), p.job);
    if (e.code != 0) CHECK(e.text != "");
    return e.code;
  };
  const abi::fix::Fixpipe sound{.n_size = 16, .m_size = 16, .src_stride = 16, .cast = 6};
  const auto with = [&sound](auto change) {
    abi::fix::Fixpipe word = sound;
    change(word);
    return word;
  };
  using Word = abi::fix::Fixpipe;
  namespace error = abi::error_code;
  CHECK(code(sound) == 0);
  CHECK(code(sound, uint64_t{1} << 32) == error::BAD_CONFIG);
  CHECK(code(with([](Word& w) { w.quant_vector = 1, w.cast = 1; })) == error::BAD_CONFIG);
  CHECK(code(with([](Word& w) { w.relu_slope = 1; })) == error::BAD_CONFIG);
  CHECK(code(with([](Word& w) { w.relu_slope = 1, w.relu = 1, w.cast = 3; })) == error::BAD_CONFIG);
  CHECK(code(with([](Word& w) { w.channel_split = 1; })) == error::BAD_CONFIG);
  CHECK(code(with([](Word& w) { w.m_size = 8193, w.layout = 1; })) == error::BAD_CONFIG);
  CHECK(code(with([](Word& w) { w.cast = 8, w.layout = 1; }), 15) == error::BAD_CONFIG);
  CHECK(code(sound, 16, 0, 0, 2) == error::BAD_CONFIG);
  CHECK(code(with([](Word& w) { w.quant_vector = 1; }), 16, 4) == error::MISALIGNED);
  CHECK(code(with([](Word& w) { w.quant_vector = 1; }), 16, 7 << 10) == error::BUFFER_OVERRUN);
  CHECK(code(with([](Word& w) { w.n_size = 4095; })) == error::BUFFER_OVERRUN);
  CHECK(code(with([](Word& w) { w.n_size = 1024; }), 60000) == error::BUFFER_OVERRUN);
}

// SPDX-License-Identifier: Apache-2.0
#include "testbench/cube/cube_stimulus.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "systemc/core/cube/cube_layout.h"

namespace cubist::testbench {
namespace {

using core::CubeInit;
using core::CubeInstruction;
using core::CubeType;

struct Format {
  int exponent_bits, fraction_bits;
  uint32_t bits() const { return 1 + exponent_bits + fraction_bits; }
  uint32_t top_field() const { return (1u << exponent_bits) - 1; }
};

Format format_of(CubeType t) {
  if (t == CubeType::fp16) return {5, 10};
  if (t == CubeType::bf16) return {8, 7};
  return {8, 23};
}

/// Rounds a double to a format; to zero where it is too small, to the largest number where too
/// large.
uint32_t encode(double value, const Format& f) {
  const uint32_t sign = std::signbit(value) ? 1u << (f.exponent_bits + f.fraction_bits) : 0;
  int exponent;
  const double fraction = std::frexp(std::fabs(value), &exponent);  // In [0.5, 1).
  const int bias = static_cast<int>(f.top_field() >> 1);
  const int field = exponent - 1 + bias;
  if (fraction == 0 || field < 1) return sign;
  const uint64_t significand =
      static_cast<uint64_t>(std::lround(std::ldexp(fraction, f.fraction_bits + 1)));
  const uint64_t code = (static_cast<uint64_t>(field - 1) << f.fraction_bits) + significand;
  const uint64_t largest = (static_cast<uint64_t>(f.top_field()) << f.fraction_bits) - 1;
  return sign | static_cast<uint32_t>(std::min(code, largest));
}

uint32_t corner(Random& random, const Format& f) {
  const uint32_t one = f.top_field() >> 1;
  const uint32_t frac = (1u << f.fraction_bits) - 1;
  const uint32_t list[] = {0,
                           1,
                           frac,
                           frac + 1,
                           frac + 2,
                           one << f.fraction_bits,
                           (one << f.fraction_bits) + 1,
                           (one << f.fraction_bits) | frac,
                           ((f.top_field() - 1) << f.fraction_bits) | frac,
                           f.top_field() << f.fraction_bits,
                           (f.top_field() << f.fraction_bits) + 1,
                           (f.top_field() << f.fraction_bits) | frac};
  // Specials would drown the rest: most picks leave them out.
  const uint32_t pick = random.below(random.chance(3) ? 12 : 9);
  return list[pick] | random.below(2) << (f.bits() - 1);
}

uint32_t floating(Random& random, const Format& f, Data data) {
  const uint32_t any = static_cast<uint32_t>(random.next() >> 32) >> (32 - f.bits());
  const uint32_t frac = any & ((1u << f.fraction_bits) - 1);
  const uint32_t sign = any >> (f.bits() - 1) << (f.bits() - 1);
  const double x = random.normal();
  switch (data) {
    case Data::bits:
      return any;
    case Data::normal:
      return encode(x, f);
    case Data::relu:
      return encode(std::max(x, 0.0), f);
    case Data::outliers:
      return encode(random.chance(2) ? 100 * x : x, f);
    case Data::cauchy: {
      const double y = random.normal();
      return encode(y == 0 ? x : x / y, f);
    }
    case Data::gaps:
      return sign | random.below(f.top_field()) << f.fraction_bits | frac;
    case Data::near:
    case Data::cancel:
      return sign | ((f.top_field() >> 1) - 3 + random.below(7)) << f.fraction_bits |
             (random.chance(30) ? 0 : frac);
    case Data::corners:
      return corner(random, f);
    case Data::sparse: {
      const uint32_t exponent = (f.top_field() >> 1) - (f.fraction_bits + 1) / 2 * random.below(3);
      uint32_t fraction = random.below(2);
      if (f.fraction_bits == 23 && random.chance(25)) {
        // The product of these two is 2^-24 (1 + 2^-46): a tie with 1 but for its very last bit.
        const uint32_t one = f.top_field() >> 1;
        return sign | (random.chance(50) ? (one - 12) << 23 | 0x1001 : (one - 13) << 23 | 0x7fe002);
      }
      if (random.chance(50)) fraction |= 1u << random.below(f.fraction_bits);
      return sign | exponent << f.fraction_bits | fraction;
    }
  }
  return any;
}

void put(std::vector<uint8_t>& memory, uint32_t at, uint32_t value, unsigned bytes) {
  std::memcpy(&memory[at], &value, bytes);
}

/// How long m, k or n (0, 1, 2) may be beside two sides of one fractal.
unsigned longest_side(const core::CubeConfig& c, CubeType type, unsigned which) {
  const uint32_t a = c.l0a_bytes / 512, b = c.l0b_bytes / 512, tiles = c.l0c_bytes / 1024;
  const uint32_t longest = which == 1   ? std::min(a, b) * core::fractal_k(type)
                           : which == 0 ? std::min(a, tiles) * core::kFractal
                                        : std::min(b, tiles) * core::kFractal;
  return std::min(longest, 4095u);
}

unsigned size(Random& random, unsigned largest) {
  if (random.chance(20)) return 16 * (1 + random.below(std::max(1u, largest / 16)));
  return 1 + random.below(largest);
}

}  // namespace

uint64_t Random::next() {
  uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

double Random::normal() {
  double sum = 0;
  for (int i = 0; i < 3; ++i) {
    const uint64_t r = next();
    for (int part = 0; part < 4; ++part) sum += static_cast<double>(r >> 16 * part & 0xFFFF) + 0.5;
  }
  return sum / 65536 - 6;
}

const char* name_of(Data data) {
  static constexpr const char* kNames[] = {"bits", "normal", "relu",    "outliers", "cauchy",
                                           "gaps", "near",   "corners", "cancel",   "sparse"};
  return kNames[static_cast<unsigned>(data)];
}

static constexpr const char* kTypeNames[] = {"fp16", "bf16", "hf32", "fp32",
                                             "s8",   "u8",   "s8u8", "u8s8"};

const char* name_of(CubeType type) {
  return kTypeNames[static_cast<unsigned>(type)];
}

bool parse_type(const std::string& text, CubeType& type) {
  for (unsigned i = 0; i < 8; ++i) {
    if (text == kTypeNames[i]) {
      type = static_cast<CubeType>(i);
      return true;
    }
  }
  return false;
}

uint32_t random_element(Random& random, CubeType type, Data data) {
  if (core::is_int8(type)) {
    if (data == Data::corners) {
      const uint32_t list[] = {0, 1, 0x7F, 0x80, 0x81, 0xFF};
      return list[random.below(6)];
    }
    return random.below(256);
  }
  return floating(random, format_of(type), data);
}

uint32_t random_accumulator(Random& random, CubeType type, Data data) {
  if (core::is_int8(type)) return static_cast<uint32_t>(random.next());
  return floating(random, {8, 23}, data);
}

BufferSet::BufferSet(const core::CubeConfig& c)
    : l0a(c.l0a_bytes), l0b(c.l0b_bytes), l0c(c.l0c_bytes), bias(c.bias_bytes) {}

core::CubeBuffers BufferSet::view() {
  return {l0a, l0b, l0c, bias};
}

void fill_operands(Random& random, const CubeInstruction& i, Data data, BufferSet& buffers) {
  using namespace core;
  const unsigned kt = ceil_div(i.k, fractal_k(i.type)), nt = ceil_div(i.n, kFractal);
  const unsigned mt = ceil_div(i.m, kFractal), bytes = element_bytes(i.type);
  const CubeFootprint need = footprint(i);
  // What lies outside m, k, n must not matter: it holds anything, NaN included.
  for (uint32_t j = 0; j < need.a; ++j) buffers.l0a[i.a + j] = static_cast<uint8_t>(random.next());
  for (uint32_t j = 0; j < need.b; ++j) buffers.l0b[i.b + j] = static_cast<uint8_t>(random.next());
  for (unsigned row = 0; row < i.m; ++row) {
    for (unsigned k = 0; k < i.k; ++k) {
      put(buffers.l0a, i.a + a_offset(i.type, row, k, kt), random_element(random, i.type, data),
          bytes);
    }
  }
  for (unsigned column = 0; column < i.n; ++column) {
    for (unsigned k = 0; k < i.k; ++k) {
      put(buffers.l0b, i.b + b_offset(i.type, k, column, nt), random_element(random, i.type, data),
          bytes);
    }
  }
  if (data == Data::cancel && !is_int8(i.type)) {
    // Element k + 1 of A is element k with the other sign, and B repeats its own.
    const uint32_t sign = 1u << (format_of(i.type).bits() - 1);
    for (unsigned k = 0; k + 1 < i.k; k += 2) {
      for (unsigned row = 0; row < i.m; ++row) {
        uint32_t v = 0;
        std::memcpy(&v, &buffers.l0a[i.a + a_offset(i.type, row, k, kt)], bytes);
        if (!random.chance(10))
          put(buffers.l0a, i.a + a_offset(i.type, row, k + 1, kt), v ^ sign, bytes);
      }
      for (unsigned column = 0; column < i.n; ++column) {
        std::memcpy(&buffers.l0b[i.b + b_offset(i.type, k + 1, column, nt)],
                    &buffers.l0b[i.b + b_offset(i.type, k, column, nt)], bytes);
      }
    }
  }
  if (i.init == CubeInit::accumulate) {
    for (unsigned column = 0; column < i.n; ++column)
      for (unsigned row = 0; row < i.m; ++row)
        put(buffers.l0c, i.c + c_offset(row, column, mt), random_accumulator(random, i.type, data),
            4);
  }
  for (uint32_t j = 0; j < need.bias; j += 4) {
    put(buffers.bias, i.bias + j, random_accumulator(random, i.type, data), 4);
  }
}

CubeInstruction random_instruction(Random& random, const core::CubeConfig& config,
                                   const StreamOptions& options, BufferSet& buffers) {
  CubeInstruction i;
  i.type = options.fixed_type ? options.type : static_cast<CubeType>(random.below(8));
  const unsigned largest = random.chance(4) ? 400 : options.largest;
  // Now and then one side is as long as the buffers allow, and the others are short.
  const unsigned long_side = random.chance(2) ? random.below(3) : 3;
  const unsigned limit_side =
      options.limit_percent && random.chance(options.limit_percent) ? random.below(3) : 3;
  const auto side = [&](unsigned which) {
    if (limit_side == which) {
      const unsigned longest = longest_side(config, i.type, which);
      const unsigned pick = random.below(4);  // The limit, near it, or any.
      const unsigned short_of = pick < 2 ? 0 : random.below(pick == 2 ? 16 : longest);
      return static_cast<uint16_t>(longest - short_of);
    }
    if (limit_side < 3) return static_cast<uint16_t>(1 + random.below(core::fractal_k(i.type)));
    const unsigned limit = long_side == 3 ? largest : which == long_side ? 4095 : 16;
    return static_cast<uint16_t>(size(random, limit));
  };
  do {
    i.m = side(0);
    i.k = side(1);
    i.n = side(2);
    i.init = static_cast<CubeInit>(random.below(3));
    i.a = i.b = i.c = i.bias = 0;
  } while (!core::check_instruction(i, config).empty());
  const core::CubeFootprint need = core::footprint(i);
  i.a = random.below((config.l0a_bytes - need.a) / 512 + 1) * 512;
  i.b = random.below((config.l0b_bytes - need.b) / 512 + 1) * 512;
  // Mostly few places for C: close instructions then accumulate on each other. Else anywhere.
  const uint32_t places = (config.l0c_bytes - need.c) / 1024 + 1;
  i.c = random.below(random.chance(85) ? std::min(4u, places) : places) * 1024;
  if (i.init == CubeInit::bias)
    i.bias = random.below((config.bias_bytes - need.bias) / 64 + 1) * 64;
  const Data data = static_cast<Data>(random.below(kDataKinds));
  CubeInstruction filled = i;
  // Half of the accumulating instructions go on with what the earlier ones left in L0C.
  if (i.init == CubeInit::accumulate && random.chance(50)) filled.init = CubeInit::zero;
  fill_operands(random, filled, data, buffers);
  return i;
}

bool RandomArbiter::stalled(uint64_t cycle) const {
  return Random(seed_ ^ cycle * 0x2545F4914F6CDD1Du).below(100) < percent_;
}

}  // namespace cubist::testbench

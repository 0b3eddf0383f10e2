// SPDX-License-Identifier: Apache-2.0
// cast, relu and add: one pass over elements in a row.
#include "vector/common.h"

using namespace cubist;
using namespace cubist::kernel;

namespace {

// Elements are dealt out in tiles whose starts are 512-byte lines in GM for good bursts.
constexpr uint64_t kTileUnit = 256;

// Elements of a tile where each takes `bytes` of a slot.
uint64_t tile_of(const Slots& slots, uint64_t bytes) {
  const uint64_t tile = slots.bytes() / bytes / kTileUnit * kTileUnit;
  if (tile == 0) s::trap(CUBIST_TRAP_NO_TILE);
  return tile;
}

template <class Body>
void for_tiles(uint64_t total, uint64_t tile, Body body) {
  const Share share((total + kTileUnit - 1) / kTileUnit);
  const uint64_t end = smaller(share.end * kTileUnit, total);
  for (uint64_t at = share.begin * kTileUnit; at < end; at += tile) {
    body(at, smaller(tile, end - at));
  }
}

}  // namespace

CUBIST_KERNEL(cast, aiv)(const cubist_cast_args* args) {
  const cubist_cast_args a = fetch_args(args);
  const uint64_t in = a.src_type == CUBIST_TYPE_F32 ? 4 : 2;
  const uint64_t out = a.dst_type == CUBIST_TYPE_F32 ? 4 : 2;
  Slots slots;
  const uint64_t tile = tile_of(slots, in + out);
  for_tiles(a.count, tile, [&](uint64_t at, uint64_t n) {
    const uint32_t source = slots.acquire();
    const auto target = static_cast<uint32_t>(source + tile * in);
    load(source, a.src + at * in, n * in);
    slots.loaded();
    count(n);
    if (in == 4 && out == 2)
      v::vconv_f16(target, source, kNarrow);
    else if (in == 2 && out == 4)
      v::vconv_f32(target, source, kWiden);
    else
      v::vcopy(target, source, run(in == 4 ? ElementType::f32 : ElementType::f16));
    slots.computed();
    store(a.dst + at * out, target, n * out);
    slots.release();
  });
  slots.finish();
}

CUBIST_KERNEL(relu, aiv)(const cubist_relu_args* args) {
  const cubist_relu_args a = fetch_args(args);
  Slots slots;
  const uint64_t tile = tile_of(slots, 4);
  for_tiles(a.count, tile, [&](uint64_t at, uint64_t n) {
    const uint32_t source = slots.acquire();
    const auto target = static_cast<uint32_t>(source + tile * 2);
    load(source, a.src + at * 2, n * 2);
    slots.loaded();
    count(n);
    v::vrelu(target, source, run(ElementType::f16));
    slots.computed();
    store(a.dst + at * 2, target, n * 2);
    slots.release();
  });
  slots.finish();
}

namespace {

// One run of `n` elements of the innermost dimension. An operand that is broadcast along it is one
// element, which the scalar unit hands to the vector unit as VSCALAR.
class Adder {
 public:
  Adder(const cubist_add_args& args, Slots& slots, uint64_t tile)
      : args_(args), slots_(slots), tile_(tile) {}

  void run_of(uint64_t a, uint64_t b, uint64_t dst, uint64_t n) {
    const uint32_t first = slots_.acquire();
    const auto second = static_cast<uint32_t>(first + tile_ * 2);
    const auto sum = static_cast<uint32_t>(second + tile_ * 2);
    const bool a_one = args_.a_stride[3] == 0, b_one = args_.b_stride[3] == 0;
    load(first, a, (a_one ? 1 : n) * 2);
    load(second, b, (b_one ? 1 : n) * 2);
    uint64_t one = 0;
    if (a_one || b_one) {
      set_flag<Pipe::MTE2, Pipe::S>(0);
      wait_flag<Pipe::MTE2, Pipe::S>(0);
      one = *reinterpret_cast<volatile uint16_t*>(static_cast<uint64_t>(a_one ? first : second));
    }
    slots_.loaded();
    count(n);
    const v::Config whole = run(ElementType::f16);
    if (a_one && b_one) {
      v::vdup(sum, with_scalar(one, whole));
      csr::set_vscalar(*reinterpret_cast<volatile uint16_t*>(static_cast<uint64_t>(second)));
      v::vadds(sum, sum, whole);
    } else if (a_one || b_one) {
      v::vadds(sum, a_one ? second : first, with_scalar(one, whole));
    } else {
      v::vadd(sum, first, second, whole);
    }
    if (args_.relu != 0) v::vrelu(sum, sum, whole);
    slots_.computed();
    store(dst, sum, n * 2);
    slots_.release();
  }

  // The same with `a` in FP32, which is never broadcast.
  void wide_run_of(uint64_t a, uint64_t b, uint64_t dst, uint64_t n) {
    const uint32_t first = slots_.acquire();
    const auto second = static_cast<uint32_t>(first + tile_ * 4);
    const auto wide = static_cast<uint32_t>(second + tile_ * 2);
    const auto sum = static_cast<uint32_t>(wide + tile_ * 4);
    const bool b_one = args_.b_stride[3] == 0;
    load(first, a, n * 4);
    load(second, b, (b_one ? 1 : n) * 2);
    if (b_one) {
      set_flag<Pipe::MTE2, Pipe::S>(0);
      wait_flag<Pipe::MTE2, Pipe::S>(0);
      csr::set_vscalar(*reinterpret_cast<volatile uint16_t*>(static_cast<uint64_t>(second)));
    }
    slots_.loaded();
    count(n);
    if (b_one) v::vdup(second, run(ElementType::f16));
    v::vconv_f32(wide, second, kWiden);
    scale(first, args_.a_scale);
    scale(wide, args_.b_scale);
    v::vadd(wide, first, wide, run(ElementType::f32));
    v::vconv_f16(sum, wide, kNarrow);
    if (args_.relu != 0) v::vrelu(sum, sum, run(ElementType::f16));
    slots_.computed();
    store(dst, sum, n * 2);
    slots_.release();
  }

 private:
  static void scale(uint32_t at, uint64_t factor) {
    constexpr uint64_t kOne = 0x3f800000;
    if (factor == kOne) return;
    csr::set_vscalar(factor);
    v::vmuls(at, at, run(ElementType::f32));
  }
  static const v::Config& with_scalar(uint64_t bits, const v::Config& config) {
    csr::set_vscalar(bits);
    return config;
  }
  const cubist_add_args& args_;
  Slots& slots_;
  uint64_t tile_;
};

}  // namespace

CUBIST_KERNEL(add, aiv)(const cubist_add_args* args) {
  const cubist_add_args a = fetch_args(args);
  Slots slots;
  const bool wide = a.a_type == CUBIST_TYPE_F32;
  if (wide && a.a_stride[3] != 1) s::trap(CUBIST_TRAP_BAD_ARGS);
  const uint64_t a_size = wide ? 4 : 2;
  const uint64_t tile = tile_of(slots, wide ? 12 : 6);
  Adder adder(a, slots, tile);
  // Units of work are tiles of rows, so that one long row and many short ones both spread.
  const uint64_t row = a.dims[3];
  if (row == 0) return;
  const uint64_t unit = smaller(tile, round_up((row + block_num() - 1) / block_num(), kTileUnit));
  const uint64_t units = (row + unit - 1) / unit;
  const Share share(a.dims[0] * a.dims[1] * a.dims[2] * units);
  for (uint64_t work = share.begin; work < share.end; ++work) {
    const uint64_t at = work % units * unit;
    const uint64_t line = work / units;
    const uint64_t i2 = line % a.dims[2], i1 = line / a.dims[2] % a.dims[1];
    const uint64_t i0 = line / a.dims[2] / a.dims[1];
    const uint64_t from_a = i0 * a.a_stride[0] + i1 * a.a_stride[1] + i2 * a.a_stride[2];
    const uint64_t from_b = i0 * a.b_stride[0] + i1 * a.b_stride[1] + i2 * a.b_stride[2];
    const uint64_t a_at = a.a + (from_a + at * a.a_stride[3]) * a_size;
    const uint64_t b_at = a.b + (from_b + at * a.b_stride[3]) * 2;
    const uint64_t dst = a.dst + (line * row + at) * 2;
    if (wide)
      adder.wide_run_of(a_at, b_at, dst, smaller(unit, row - at));
    else
      adder.run_of(a_at, b_at, dst, smaller(unit, row - at));
  }
  slots.finish();
}

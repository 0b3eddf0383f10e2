// SPDX-License-Identifier: Apache-2.0
// Maximum and average pooling of NC1HWC0 feature maps, and the global average.
#include "vector/lattice.h"

using namespace cubist;
using namespace cubist::kernel;

namespace {

struct Range {
  int64_t begin, end;
  uint64_t size() const { return end > begin ? static_cast<uint64_t>(end - begin) : 0; }
};

int64_t floor_div(int64_t a, int64_t b) {
  return a >= 0 ? a / b : -((-a + b - 1) / b);
}

// Output positions within `tile` whose tap at `offset` (kernel position * dilation - pad) falls
// inside [low, high) of the input.
Range valid(const Range& tile, int64_t offset, int64_t stride, int64_t low, int64_t high) {
  const int64_t first = -floor_div(offset - low, stride);
  const int64_t last = floor_div(high - 1 - offset, stride) + 1;
  return {first > tile.begin ? first : tile.begin, last < tile.end ? last : tile.end};
}

// One tile of output pixels and the part of the input under it, clipped to the map.
struct Tile {
  uint64_t plane;
  Range out_rows, out_columns, in_rows, in_columns;
};

class Pooling {
 public:
  Pooling(const cubist_pool_args& args, bool average) : a_(args), average_(average), slots_() {
    choose_tile();
  }

  void run() {
    const uint64_t down = (a_.out_h + rows_ - 1) / rows_;
    const uint64_t across = (a_.out_w + columns_ - 1) / columns_;
    const Share share(a_.planes * down * across);
    for (uint64_t work = share.begin; work < share.end; ++work) {
      Tile t;
      const auto left = static_cast<int64_t>(work % across * columns_);
      const auto top = static_cast<int64_t>(work / across % down * rows_);
      t.plane = work / across / down;
      t.out_columns = clip(left, static_cast<int64_t>(columns_), a_.out_w);
      t.out_rows = clip(top, static_cast<int64_t>(rows_), a_.out_h);
      t.in_rows = under(t.out_rows, a_.stride_h, a_.kernel_h, a_.dilation_h, a_.pad_top, a_.in_h);
      t.in_columns =
          under(t.out_columns, a_.stride_w, a_.kernel_w, a_.dilation_w, a_.pad_left, a_.in_w);
      one(t);
    }
    slots_.finish();
  }

 private:
  static Range clip(int64_t begin, int64_t length, uint64_t limit) {
    const auto end = static_cast<int64_t>(limit);
    return {begin, begin + length < end ? begin + length : end};
  }
  static Range under(const Range& out, uint64_t stride, uint64_t kernel, uint64_t dilation,
                     uint64_t pad, uint64_t size) {
    const auto s = static_cast<int64_t>(stride), p = static_cast<int64_t>(pad);
    int64_t begin = out.begin * s - p;
    int64_t end = (out.end - 1) * s - p + static_cast<int64_t>((kernel - 1) * dilation) + 1;
    if (begin < 0) begin = 0;
    if (end > static_cast<int64_t>(size)) end = static_cast<int64_t>(size);
    if (end < begin) end = begin;
    return {begin, end};
  }
  uint64_t in_span(uint64_t out, uint64_t stride, uint64_t kernel, uint64_t dilation,
                   uint64_t size) const {
    return smaller((out - 1) * stride + (kernel - 1) * dilation + 1, size);
  }
  uint64_t bytes_for(uint64_t rows, uint64_t columns) const {
    const uint64_t in = in_span(rows, a_.stride_h, a_.kernel_h, a_.dilation_h, a_.in_h) *
                        in_span(columns, a_.stride_w, a_.kernel_w, a_.dilation_w, a_.in_w);
    const uint64_t out = rows * columns;
    // FP16 in and out; an average needs FP32 of the input, the sum and the divisor besides.
    return (in + out) * kBlock + (average_ ? (in + out * 2) * 2 * kBlock : 0);
  }
  void choose_tile() {
    columns_ = a_.out_w;
    while (columns_ > 1 && bytes_for(1, columns_) > slots_.bytes()) columns_ = (columns_ + 1) / 2;
    if (bytes_for(1, columns_) > slots_.bytes()) s::trap(CUBIST_TRAP_NO_TILE);
    // As many rows as fit, but leave every block something to do.
    rows_ = 1;
    const uint64_t wanted = (a_.planes * a_.out_h + block_num() - 1) / block_num();
    while (rows_ < a_.out_h && rows_ < wanted && bytes_for(rows_ + 1, columns_) <= slots_.bytes()) {
      ++rows_;
    }
  }

  // Calls body(lattice) for each tap (kernel row, kernel column) with the output pixels it reaches.
  // `low_*`, `high_*` bound the input positions that count.
  template <class Body>
  void for_taps(const Tile& t, int64_t low_h, int64_t high_h, int64_t low_w, int64_t high_w,
                Body body) {
    for (uint64_t kh = 0; kh < a_.kernel_h; ++kh) {
      const auto oh = static_cast<int64_t>(kh * a_.dilation_h) - static_cast<int64_t>(a_.pad_top);
      const Range rows = valid(t.out_rows, oh, static_cast<int64_t>(a_.stride_h), low_h, high_h);
      for (uint64_t kw = 0; kw < a_.kernel_w; ++kw) {
        const auto ow =
            static_cast<int64_t>(kw * a_.dilation_w) - static_cast<int64_t>(a_.pad_left);
        const Range columns =
            valid(t.out_columns, ow, static_cast<int64_t>(a_.stride_w), low_w, high_w);
        if (rows.size() == 0 || columns.size() == 0) continue;
        body(rows, columns, oh, ow);
      }
    }
  }

  Lattice lattice(const Tile& t, const Range& rows, const Range& columns, uint32_t dst,
                  uint32_t src, int64_t oh, int64_t ow, uint32_t blocks, ElementType type) const {
    const uint64_t width = t.out_columns.size(), in_width = t.in_columns.size();
    const auto first_row = static_cast<uint64_t>(rows.begin - t.out_rows.begin);
    const auto first_column = static_cast<uint64_t>(columns.begin - t.out_columns.begin);
    const auto in_row = static_cast<uint64_t>(rows.begin * static_cast<int64_t>(a_.stride_h) + oh -
                                              t.in_rows.begin);
    const auto in_column = static_cast<uint64_t>(columns.begin * static_cast<int64_t>(a_.stride_w) +
                                                 ow - t.in_columns.begin);
    const uint32_t pixel = blocks * kBlock;
    return {.rows = rows.size(),
            .columns = columns.size(),
            .dst = static_cast<uint32_t>(dst + (first_row * width + first_column) * pixel),
            .src = static_cast<uint32_t>(src + (in_row * in_width + in_column) * pixel),
            .dst_row = width,
            .dst_column = 1,
            .src_row = in_width * a_.stride_h,
            .src_column = a_.stride_w,
            .blocks = blocks,
            .type = type};
  }

  void one(const Tile& t) {
    const uint64_t in_pixels = t.in_rows.size() * t.in_columns.size();
    const uint64_t out_pixels = t.out_rows.size() * t.out_columns.size();
    const uint32_t in = slots_.acquire();
    const auto out = static_cast<uint32_t>(in + in_pixels * kBlock);
    if (in_pixels > 0) {
      csr::set_copy_gap({.gm_gap = static_cast<uint32_t>((a_.in_w - t.in_columns.size()) * kBlock),
                         .local_gap = 0});
      mte2::copy_pad(
          in,
          a_.src + ((t.plane * a_.in_h + static_cast<uint64_t>(t.in_rows.begin)) * a_.in_w +
                    static_cast<uint64_t>(t.in_columns.begin)) *
                       kBlock,
          {.n_burst = static_cast<uint16_t>(t.in_rows.size()),
           .len = static_cast<uint32_t>(t.in_columns.size() * kBlock)});
    }
    slots_.loaded();
    if (average_)
      average(t, in, out, in_pixels, out_pixels);
    else
      maximum(t, in, out, out_pixels);
    slots_.computed();
    csr::set_copy_gap({.gm_gap = static_cast<uint32_t>((a_.out_w - t.out_columns.size()) * kBlock),
                       .local_gap = 0});
    mte3::copy_pad(
        a_.dst + ((t.plane * a_.out_h + static_cast<uint64_t>(t.out_rows.begin)) * a_.out_w +
                  static_cast<uint64_t>(t.out_columns.begin)) *
                     kBlock,
        out,
        {.n_burst = static_cast<uint16_t>(t.out_rows.size()),
         .len = static_cast<uint32_t>(t.out_columns.size() * kBlock)});
    slots_.release();
  }

  void maximum(const Tile& t, uint32_t in, uint32_t out, uint64_t out_pixels) {
    count(out_pixels * 16);
    csr::set_vscalar(kMinusInfinityF16);
    v::vdup(out, kernel::run(ElementType::f16));
    for_taps(t, 0, static_cast<int64_t>(a_.in_h), 0, static_cast<int64_t>(a_.in_w),
             [&](const Range& rows, const Range& columns, int64_t oh, int64_t ow) {
               for_lattice(lattice(t, rows, columns, out, in, oh, ow, 1, ElementType::f16),
                           [](uint32_t dst, uint32_t src, v::Config config) {
                             config.src1_block = config.dst_block;
                             config.src1_repeat = config.dst_repeat;
                             v::vmax(dst, src, dst, config);
                           });
             });
  }

  void average(const Tile& t, uint32_t in, uint32_t out, uint64_t in_pixels, uint64_t out_pixels) {
    const auto wide = static_cast<uint32_t>(out + out_pixels * kBlock);
    const auto sum = static_cast<uint32_t>(wide + in_pixels * 2 * kBlock);
    const auto divisor = static_cast<uint32_t>(sum + out_pixels * 2 * kBlock);
    if (in_pixels > 0) {
      count(in_pixels * 16);
      v::vconv_f32(wide, in, kWiden);
    }
    count(out_pixels * 16);
    csr::set_vscalar(0);
    v::vdup(sum, kernel::run(ElementType::f32));
    v::vdup(divisor, kernel::run(ElementType::f32));
    const auto h = static_cast<int64_t>(a_.in_h), w = static_cast<int64_t>(a_.in_w);
    for_taps(t, 0, h, 0, w, [&](const Range& rows, const Range& columns, int64_t oh, int64_t ow) {
      for_lattice(lattice(t, rows, columns, sum, wide, oh, ow, 2, ElementType::f32),
                  [](uint32_t dst, uint32_t src, v::Config config) {
                    config.src1_block = config.dst_block;
                    config.src1_repeat = config.dst_repeat;
                    v::vadd(dst, src, dst, config);
                  });
    });
    // The divisor is counted the same way, one for each tap that falls where it counts.
    const auto pad = [&](uint64_t p) { return a_.count_include_pad ? static_cast<int64_t>(p) : 0; };
    csr::set_vscalar(0x3f800000);  // 1.0
    for_taps(t, -pad(a_.pad_top), h + pad(a_.pad_bottom), -pad(a_.pad_left), w + pad(a_.pad_right),
             [&](const Range& rows, const Range& columns, int64_t, int64_t) {
               Lattice ones =
                   lattice(t, rows, columns, divisor, divisor, 0, 0, 2, ElementType::f32);
               ones.src = ones.dst;
               ones.src_row = ones.dst_row;
               ones.src_column = ones.dst_column;
               for_lattice(ones, [](uint32_t dst, uint32_t src, const v::Config& config) {
                 v::vadds(dst, src, config);
               });
             });
    count(out_pixels * 16);
    v::vdiv(sum, sum, divisor, kernel::run(ElementType::f32));
    v::vconv_f16(out, sum, kNarrow);
  }

  const cubist_pool_args& a_;
  bool average_;
  Slots slots_;
  uint64_t rows_ = 1, columns_ = 1;
};

}  // namespace

CUBIST_KERNEL(max_pool, aiv)(const cubist_pool_args* args) {
  const cubist_pool_args a = fetch_args(args);
  Pooling(a, false).run();
}

CUBIST_KERNEL(average_pool, aiv)(const cubist_pool_args* args) {
  const cubist_pool_args a = fetch_args(args);
  Pooling(a, true).run();
}

CUBIST_KERNEL(global_average_pool, aiv)(const cubist_global_pool_args* args) {
  const cubist_global_pool_args a = fetch_args(args);
  constexpr uint32_t kSums = 256;  // four pixels of FP32 partial sums
  Slots slots(kSums + 2 * kBlock * 2);
  const uint32_t sums = kUb + slots.bytes() * 2;
  const uint32_t divisor = sums + kSums;
  // FP16 and FP32 of a chunk, and the result's block; whole repeats of four pixels.
  const uint64_t chunk = (slots.bytes() - kBlock) / (3 * kBlock) / 4 * 4;
  const Share share(a.planes);
  for (uint64_t plane = share.begin; plane < share.end; ++plane) {
    for (uint64_t at = 0; at < a.pixels; at += chunk) {
      const uint64_t pixels = smaller(chunk, a.pixels - at);
      const uint64_t repeats = (pixels + 3) / 4;
      const uint32_t in = slots.acquire();
      const auto wide = static_cast<uint32_t>(in + chunk * kBlock);
      const auto result = static_cast<uint32_t>(wide + chunk * 2 * kBlock);
      load(in, a.src + (plane * a.pixels + at) * kBlock, pixels * kBlock);
      slots.loaded();
      if (at == 0) {
        count(64);
        csr::set_vscalar(0);
        v::vdup(sums, run(ElementType::f32));
      }
      count(pixels * 16);
      v::vconv_f32(wide, in, kWiden);
      if (repeats * 4 > pixels) {
        count((repeats * 4 - pixels) * 16);
        csr::set_vscalar(0);
        v::vdup(static_cast<uint32_t>(wide + pixels * 2 * kBlock), run(ElementType::f32));
      }
      // Destination and src1 stay on the partial sums: each repeat adds four more pixels to them.
      csr::set_vmask0(~uint64_t{0});
      for (uint64_t r = 0; r < repeats; r += kRepeatMax) {
        v::vadd(sums, static_cast<uint32_t>(wide + r * 256), sums,
                {.repeat = static_cast<uint8_t>(smaller(kRepeatMax, repeats - r)),
                 .dst_block = 1,
                 .src0_block = 1,
                 .src1_block = 1,
                 .dst_repeat = 0,
                 .src0_repeat = 8,
                 .src1_repeat = 0,
                 .type = static_cast<uint8_t>(ElementType::f32)});
      }
      if (at + pixels == a.pixels) {
        count(32);
        v::vadd(sums, sums, sums + 4 * kBlock, run(ElementType::f32));
        count(16);
        v::vadd(sums, sums, sums + 2 * kBlock, run(ElementType::f32));
        // The number of pixels as FP32, by the vector unit itself.
        csr::set_vscalar(a.pixels);
        v::vdup(divisor, run(ElementType::s32));
        v::vconv_f32(divisor, divisor, run(ElementType::s32));
        v::vdiv(sums, sums, divisor, run(ElementType::f32));
        v::vconv_f16(result, sums, kNarrow);
      }
      slots.computed();
      if (at + pixels == a.pixels) store(a.dst + plane * kBlock, result, kBlock);
      slots.release();
    }
  }
  slots.finish();
}

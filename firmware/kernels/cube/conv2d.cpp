// SPDX-License-Identifier: Apache-2.0
// output = relu?(conv(input, weights) + bias) on NC1HWC0 feature maps. See cubist_conv2d_args.
//
// Work items are image x band of output rows (x segment of columns) x tile of output channels. The
// input window of a band lies in L1; load3d unfolds it on its way to L0A.
#include "cube/conv_plan.h"
#include "cube/pipeline.h"

namespace cubist::kernel::cube {
namespace {

class Conv2d {
 public:
  /// One piece of K (channels x taps, cut again for the weights) of one output tile.
  struct Step {
    uint64_t item = 0;
    // The item.
    uint64_t image = 0, row = 0, column = 0;  ///< First output pixel of the band.
    uint32_t rows = 0, columns = 0;           ///< Of the band.
    uint32_t n_tile = 0, n = 0;               ///< Output channels, in multiples of 16.
    uint32_t c1_begin = 0, c1_end = 0;        ///< Input blocks of these output channels.
    uint64_t weights = 0;                     ///< Address of their first fractal.
    // Within it.
    uint32_t pixel = 0, m = 0;           ///< Output pixels of the tile, from the band's first on.
    uint32_t c1 = 0, channels1 = 0;      ///< Piece of the feature map.
    uint32_t fractal = 0, fractals = 0;  ///< K fractals of the piece of weights, within the former.
    unsigned map_slot = 0, weight_slot = 0;
  };

  explicit Conv2d(const cubist_conv2d_args& args) : args_(args) {}

  /// A CUBIST_TRAP_ code, or 0.
  unsigned plan() {
    uint64_t most_c1 = args_.in_c1;
    if (args_.groups != 0) {
      most_c1 = 0;
      for (uint64_t n1 = 0; n1 < args_.out_c1; ++n1) {
        const cubist_conv2d_group& group = group_of(n1);
        if (group.c1_begin >= group.c1_end || group.c1_end > args_.in_c1) {
          return CUBIST_TRAP_BAD_ARGS;
        }
        most_c1 = larger(most_c1, group.c1_end - group.c1_begin);
      }
    }
    const unsigned wrong = plan_conv(args_, most_c1, map_.bytes(), weight_.bytes() - kBiasBytes,
                                     block_num(), l0_, output_, plan_);
    if (wrong != 0) return wrong;
    const Share share(args_.batch * plan_.bands * plan_.segments * plan_.n_tiles);
    begin_ = share.begin;
    end_ = share.end;
    return 0;
  }

  void run() {
    csr::set_load3d_filter({.filter_h = static_cast<uint16_t>(args_.filter_h),
                            .filter_w = static_cast<uint16_t>(args_.filter_w),
                            .stride_h = static_cast<uint8_t>(args_.stride_h),
                            .stride_w = static_cast<uint8_t>(args_.stride_w),
                            .dilation_h = static_cast<uint8_t>(args_.dilation_h),
                            .dilation_w = static_cast<uint8_t>(args_.dilation_w)});
    csr::set_fixpipe_stride(args_.out_h * args_.out_w);
    run_steps(*this);
    l0_.finish();
    output_.finish();
  }

  bool first(Step& step) {
    step.item = begin_;
    if (begin_ >= end_) return false;
    enter_item(step);
    return true;
  }

  bool advance(Step& step) {
    step.fractal += step.fractals;
    if (step.fractal < step.channels1 * plan_.taps) {
      enter_weights(step);
      return true;
    }
    step.fractal = 0;
    step.c1 += step.channels1;
    if (step.c1 < step.c1_end) {
      enter_channels(step);
      return true;
    }
    step.pixel += step.m;
    if (step.pixel < step.rows * step.columns) {
      enter_tile(step);
      return true;
    }
    if (++step.item >= end_) return false;
    enter_item(step);
    return true;
  }

  void prepare(Step& step) {
    const uint64_t place = step.item / plan_.n_tiles;
    const uint64_t span = args_.in_c1 + 1;
    step.map_slot = map_.prepare((place * span + step.c1) * span + step.channels1,
                                 [&](unsigned slot) { load_map(step, slot); });
    const uint64_t k1 = uint64_t{step.c1 - step.c1_begin} * plan_.taps + step.fractal;
    step.weight_slot = weight_.prepare(uint64_t{step.n_tile} << 32 | k1,
                                       [&](unsigned slot) { load_weights(step, k1, slot); });
  }

  void compute(const Step& step) {
    map_.acquire(step.map_slot);
    weight_.acquire(step.weight_slot);
    select_map(step.map_slot);
    const bool first_piece = step.c1 == step.c1_begin && step.fractal == 0;
    const bool last_piece = step.c1 + step.channels1 == step.c1_end &&
                            step.fractal + step.fractals == step.channels1 * plan_.taps;
    const Product product = {step.m,
                             step.n,
                             step.fractals * 16,
                             plan_.tile.k,
                             first_piece,
                             args_.bias != 0,
                             weight_.address(step.weight_slot) + weight_.bytes() - kBiasBytes};
    compute_step(product, l0_, output_, [&](uint32_t at, uint32_t count) {
      mte1::load3d(l0_.a(), map_.address(step.map_slot),
                   {.k_ext = static_cast<uint16_t>(count * 16),
                    .m_ext = static_cast<uint16_t>(step.m),
                    .k_start = static_cast<uint16_t>((step.fractal + at) * 16),
                    .m_start = static_cast<uint16_t>(step.pixel)});
      load_grid(l0_.b(), weight_.address(step.weight_slot) + at * kFractal, count, step.n / 16, 1,
                step.fractals, false);
    });
    if (last_piece) store(step);
  }

 private:
  static constexpr uint32_t kBiasBytes = OutputHalves::kBiasBytes;
  // L1: two slots of an eighth for weights, two of three eighths for the feature map.
  static uint32_t weight_slot() {
    return static_cast<uint32_t>(round_down(csr::l1_size() / 8, kFractal));
  }
  static uint32_t map_slot() {
    return static_cast<uint32_t>(round_down((csr::l1_size() - 2 * weight_slot()) / 2, kFractal));
  }

  const cubist_conv2d_group& group_of(uint64_t n1) const {
    return gm<cubist_conv2d_group>(args_.groups + n1 * sizeof(cubist_conv2d_group));
  }

  void enter_item(Step& step) {
    uint64_t at = step.item;
    step.n_tile = static_cast<uint32_t>(at % plan_.n_tiles);
    at /= plan_.n_tiles;
    step.column = at % plan_.segments * plan_.columns;
    at /= plan_.segments;
    step.row = at % plan_.bands * plan_.rows;
    step.image = at / plan_.bands;
    step.rows = static_cast<uint32_t>(smaller(plan_.rows, args_.out_h - step.row));
    step.columns = static_cast<uint32_t>(smaller(plan_.columns, args_.out_w - step.column));
    const uint32_t n1 = step.n_tile * (plan_.tile.n / 16);
    step.n = static_cast<uint32_t>(smaller(plan_.tile.n, (args_.out_c1 - n1) * 16));
    if (args_.groups != 0) {
      const cubist_conv2d_group group = group_of(n1);
      step.c1_begin = static_cast<uint32_t>(group.c1_begin);
      step.c1_end = static_cast<uint32_t>(group.c1_end);
      step.weights = args_.weights + group.fractal * kFractal;
    } else {
      step.c1_begin = 0;
      step.c1_end = static_cast<uint32_t>(args_.in_c1);
      step.weights = args_.weights + n1 * args_.in_c1 * plan_.taps * kFractal;
    }
    step.pixel = 0;
    enter_tile(step);
  }

  void enter_tile(Step& step) {
    step.m = static_cast<uint32_t>(smaller(plan_.tile.m, step.rows * step.columns - step.pixel));
    step.c1 = step.c1_begin;
    enter_channels(step);
  }

  void enter_channels(Step& step) {
    step.channels1 = static_cast<uint32_t>(smaller(plan_.channels1, step.c1_end - step.c1));
    step.fractal = 0;
    enter_weights(step);
  }

  void enter_weights(Step& step) {
    step.fractals =
        static_cast<uint32_t>(smaller(plan_.fractals, step.channels1 * plan_.taps - step.fractal));
  }

  void load_map(const Step& step, unsigned slot) {
    const Window tall =
        window_of(step.row, step.rows, args_.stride_h, plan_.extent_h, args_.pad_top, args_.in_h);
    Window wide = window_of(step.column, step.columns, args_.stride_w, plan_.extent_w,
                            args_.pad_left, args_.in_w);
    const bool outside = tall.outside || wide.outside;
    if (!outside && step.columns == args_.out_w) {
      // Whole rows lie one behind the other; columns that no output needs do no harm.
      wide.pad_after = wide.begin + wide.count == args_.in_w ? wide.pad_after : 0;
      wide.begin = 0;
      wide.count = static_cast<uint32_t>(args_.in_w);
      wide.pad_before = static_cast<uint32_t>(args_.pad_left);
    }
    const uint64_t plane = uint64_t{tall.count} * wide.count;
    map_shape_[slot].fmap = abi::csr::Load3dFmap{.height = static_cast<uint16_t>(tall.count),
                                                 .width = static_cast<uint16_t>(wide.count),
                                                 .c1 = static_cast<uint16_t>(step.channels1)}
                                .pack();
    map_shape_[slot].pad = abi::csr::Load3dPad{.left = static_cast<uint8_t>(wide.pad_before),
                                               .right = static_cast<uint8_t>(wide.pad_after),
                                               .top = static_cast<uint8_t>(tall.pad_before),
                                               .bottom = static_cast<uint8_t>(tall.pad_after),
                                               .value = 0}
                               .pack();
    const uint32_t to = map_.address(slot);
    if (outside) {
      mte2::fill(to, {.len = static_cast<uint16_t>(plane * step.channels1), .value = 0});
      return;
    }
    const uint64_t in_plane = args_.in_h * args_.in_w;
    const uint64_t from = args_.input + ((step.image * args_.in_c1 + step.c1) * in_plane +
                                         tall.begin * args_.in_w + wide.begin) *
                                            kBlock;
    if (wide.count == args_.in_w) {
      copy_rows(to, from, step.channels1, plane, in_plane);
      return;
    }
    for (uint32_t c1 = 0; c1 < step.channels1; ++c1) {
      copy_rows(static_cast<uint32_t>(to + c1 * plane * kBlock), from + c1 * in_plane * kBlock,
                tall.count, wide.count, args_.in_w);
    }
  }

  /// Fractals k1 .. k1 + step.fractals of each output block, one output block behind the other.
  void load_weights(const Step& step, uint64_t k1, unsigned slot) {
    const uint64_t depth = uint64_t{step.c1_end - step.c1_begin} * plan_.taps;
    const uint32_t to = weight_.address(slot);
    copy_rows(to, step.weights + k1 * kFractal, step.n / 16, step.fractals * 16, depth * 16);
    if (args_.bias != 0 && k1 == 0) {
      mte2::copy_pad(to + weight_.bytes() - kBiasBytes,
                     args_.bias + step.n_tile * plan_.tile.n * uint64_t{4},
                     {.n_burst = 1, .len = step.n * 4, .left_pad = 0, .right_pad = 0, .type = 1});
    }
  }

  void select_map(unsigned slot) {
    fmap_.set(map_shape_[slot].fmap);
    pad_.set(map_shape_[slot].pad);
  }

  void store(const Step& step) {
    const uint64_t plane = args_.out_h * args_.out_w;
    const uint64_t n1 = step.n_tile * (plan_.tile.n / 16);
    output_.computed();
    fix::fixpipe(args_.output + ((step.image * args_.out_c1 + n1) * plane + step.row * args_.out_w +
                                 step.column + step.pixel) *
                                    kBlock,
                 output_.c(),
                 {.n_size = static_cast<uint16_t>(step.n),
                  .m_size = static_cast<uint16_t>(step.m),
                  .src_stride = static_cast<uint16_t>(round_up(step.m, 16)),
                  .cast = 1,
                  .relu = static_cast<uint8_t>(args_.relu),
                  .layout = 0,
                  .unit_flag = 0});
    output_.stored();
  }

  struct MapShape {
    uint64_t fmap = 0, pad = 0;
  };

  const cubist_conv2d_args args_;
  L0Halves l0_;
  OutputHalves output_;
  L1Slots map_{kL1, map_slot(), 0}, weight_{kL1 + 2 * map_slot(), weight_slot(), 2};
  ConvPlan plan_;
  MapShape map_shape_[2];
  uint64_t begin_ = 0, end_ = 0;
  CachedCsr<csr::set_load3d_fmap> fmap_;
  CachedCsr<csr::set_load3d_pad> pad_;
};

}  // namespace
}  // namespace cubist::kernel::cube

CUBIST_KERNEL(conv2d, aic)(const cubist_conv2d_args* args) {
  using namespace cubist::kernel::cube;
  Conv2d conv(fetch_args(args));
  const unsigned wrong = conv.plan();
  if (wrong != 0) return fail(wrong);
  conv.run();
}

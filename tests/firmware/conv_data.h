// SPDX-License-Identifier: Apache-2.0
// A convolution laid out in GM with whole-number values, and its expected result from plain loops.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "abi/cubist_abi.h"
#include "abi/kernel_args.h"
#include "half_value.h"

namespace cubist::test {

struct ConvCase {
  uint64_t batch, in_c, in_h, in_w, out_c, filter_h, filter_w;
  uint64_t stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  uint64_t top = 0, left = 0, bottom = 0, right = 0;
  uint64_t groups = 1, relu = 0;
  bool bias = false;
  uint32_t blocks = 1;
};

inline int64_t index(int64_t i, uint64_t n) {
  return i * static_cast<int64_t>(n);
}

class ConvData {
 public:
  ConvData(const ConvCase& c, unsigned seed) : c_(c), random_(seed) {
    c1_ = (c.in_c + 15) / 16;
    o1_ = (c.out_c + 15) / 16;
    taps_ = c.filter_h * c.filter_w;
    out_h_ = (c.in_h + c.top + c.bottom - (c.filter_h - 1) * c.dilation_h - 1) / c.stride_h + 1;
    out_w_ = (c.in_w + c.left + c.right - (c.filter_w - 1) * c.dilation_w - 1) / c.stride_w + 1;
    place_ = 0;
    in_at_ = reserve(c.batch * c1_ * c.in_h * c.in_w * 32);
    weights_at_ = reserve(o1_ * c1_ * taps_ * 512);
    bias_at_ = reserve(o1_ * 64);
    groups_at_ = reserve(o1_ * sizeof(cubist_conv2d_group));
    out_at_ = reserve(c.batch * o1_ * out_h_ * out_w_ * 32);
    gm_.assign(place_, 0xff);
    fill();
  }

  /// GM from HBM's start on: what is not an operand is NaN.
  std::vector<uint8_t>& gm() { return gm_; }

  cubist_conv2d_args args() const {
    cubist_conv2d_args args{};
    const uint64_t hbm = CUBIST_REGION_HBM_BASE;
    args.input = hbm + in_at_;
    args.weights = hbm + weights_at_;
    args.bias = c_.bias ? hbm + bias_at_ : 0;
    args.output = hbm + out_at_;
    args.groups = c_.groups > 1 ? hbm + groups_at_ : 0;
    args.batch = c_.batch;
    args.in_c1 = c1_;
    args.in_h = c_.in_h;
    args.in_w = c_.in_w;
    args.out_c1 = o1_;
    args.out_h = out_h_;
    args.out_w = out_w_;
    args.filter_h = c_.filter_h;
    args.filter_w = c_.filter_w;
    args.stride_h = c_.stride_h;
    args.stride_w = c_.stride_w;
    args.dilation_h = c_.dilation_h;
    args.dilation_w = c_.dilation_w;
    args.pad_top = c_.top;
    args.pad_left = c_.left;
    args.pad_bottom = c_.bottom;
    args.pad_right = c_.right;
    args.relu = c_.relu;
    return args;
  }

  /// Output elements that differ, padding channels included.
  unsigned mistakes() const {
    unsigned wrong = 0;
    for (uint64_t n = 0; n < c_.batch; ++n) {
      for (uint64_t o = 0; o < o1_ * 16; ++o) {
        for (uint64_t p = 0; p < out_h_ * out_w_; ++p) {
          const float got =
              half_to_float(gm_.data() + out_at_ +
                            (((n * o1_ + o / 16) * out_h_ * out_w_ + p) * 16 + o % 16) * 2);
          if (o >= c_.out_c) {
            wrong += got != 0.0f;
          } else {
            wrong += got != static_cast<float>(expected(n, o, p / out_w_, p % out_w_));
          }
        }
      }
    }
    return wrong;
  }

 private:
  uint64_t reserve(uint64_t bytes) {
    const uint64_t at = place_;
    place_ += (bytes + 511) / 512 * 512;
    return at;
  }
  int small() { return static_cast<int>(random_() % 3) - 1; }

  void fill() {
    const uint64_t group_in = c_.in_c / c_.groups, group_out = c_.out_c / c_.groups;
    std::memset(gm_.data() + in_at_, 0, c_.batch * c1_ * c_.in_h * c_.in_w * 32);
    in_.resize(c_.batch * c_.in_c * c_.in_h * c_.in_w);
    for (uint64_t n = 0; n < c_.batch; ++n) {
      for (uint64_t ch = 0; ch < c_.in_c; ++ch) {
        for (uint64_t p = 0; p < c_.in_h * c_.in_w; ++p) {
          const int value = small();
          in_[(n * c_.in_c + ch) * c_.in_h * c_.in_w + p] = value;
          float_to_half(static_cast<float>(value),
                        gm_.data() + in_at_ +
                            (((n * c1_ + ch / 16) * c_.in_h * c_.in_w + p) * 16 + ch % 16) * 2);
        }
      }
    }
    std::memset(gm_.data() + weights_at_, 0, o1_ * c1_ * taps_ * 512);
    weights_.resize(c_.out_c * group_in * taps_);
    // Each block of 16 outputs reads the input blocks of its groups, from the first to the last.
    uint64_t fractal = 0;
    std::vector<cubist_conv2d_group> table(o1_);
    for (uint64_t n1 = 0; n1 < o1_; ++n1) {
      const uint64_t last = std::min(c_.out_c, n1 * 16 + 16) - 1;
      table[n1].c1_begin = c_.groups == 1 ? 0 : n1 * 16 / group_out * group_in / 16;
      table[n1].c1_end = c_.groups == 1 ? c1_ : ((last / group_out + 1) * group_in + 15) / 16;
      table[n1].fractal = fractal;
      fractal += (table[n1].c1_end - table[n1].c1_begin) * taps_;
    }
    std::memcpy(gm_.data() + groups_at_, table.data(), o1_ * sizeof(cubist_conv2d_group));
    for (uint64_t o = 0; o < c_.out_c; ++o) {
      for (uint64_t g = 0; g < group_in; ++g) {
        for (uint64_t tap = 0; tap < taps_; ++tap) {
          const int value = small();
          weights_[(o * group_in + g) * taps_ + tap] = value;
          const uint64_t ch = o / group_out * group_in + g;
          const cubist_conv2d_group& group = table[o / 16];
          const uint64_t at = group.fractal + (ch / 16 - group.c1_begin) * taps_ + tap;
          float_to_half(static_cast<float>(value),
                        gm_.data() + weights_at_ + at * 512 + (o % 16 * 16 + ch % 16) * 2);
        }
      }
    }
    std::memset(gm_.data() + bias_at_, 0, o1_ * 64);
    bias_.resize(c_.out_c);
    for (uint64_t o = 0; o < c_.out_c; ++o) {
      bias_[o] = static_cast<int>(random_() % 9) - 4;
      const auto value = static_cast<float>(bias_[o]);
      std::memcpy(gm_.data() + bias_at_ + o * 4, &value, 4);
    }
  }

  int expected(uint64_t n, uint64_t o, uint64_t oy, uint64_t ox) const {
    const uint64_t group_in = c_.in_c / c_.groups, group_out = c_.out_c / c_.groups;
    int sum = c_.bias ? bias_[o] : 0;
    for (uint64_t g = 0; g < group_in; ++g) {
      const uint64_t ch = o / group_out * group_in + g;
      for (uint64_t tap = 0; tap < taps_; ++tap) {
        const int64_t y = index(static_cast<int64_t>(oy), c_.stride_h) -
                          static_cast<int64_t>(c_.top) +
                          index(static_cast<int64_t>(tap / c_.filter_w), c_.dilation_h);
        const int64_t x = index(static_cast<int64_t>(ox), c_.stride_w) -
                          static_cast<int64_t>(c_.left) +
                          index(static_cast<int64_t>(tap % c_.filter_w), c_.dilation_w);
        if (y < 0 || x < 0 || y >= static_cast<int64_t>(c_.in_h) ||
            x >= static_cast<int64_t>(c_.in_w)) {
          continue;
        }
        sum += in_[((n * c_.in_c + ch) * c_.in_h + static_cast<uint64_t>(y)) * c_.in_w +
                   static_cast<uint64_t>(x)] *
               weights_[(o * group_in + g) * taps_ + tap];
      }
    }
    return c_.relu != 0 && sum < 0 ? 0 : sum;
  }

  ConvCase c_;
  std::mt19937 random_;
  std::vector<uint8_t> gm_;
  std::vector<int> in_, weights_, bias_;
  uint64_t c1_, o1_, taps_, out_h_, out_w_, place_;
  uint64_t in_at_, weights_at_, bias_at_, groups_at_, out_at_;
};

}  // namespace cubist::test

// SPDX-License-Identifier: Apache-2.0
// The pipeline of every AIC kernel: MTE2 fills L1, MTE1 fills L0A and L0B, M multiplies into L0C
// and FIX stores, each stage working ahead of the next with two buffers and a flag either way.
//
// No instruction waits for one that is pushed after it, so full queues cannot lock the core up.
#pragma once

#include "cube/common.h"

namespace cubist::kernel::cube {

/// Two slots of L1 that hold pieces of one operand, found again by their key. Pieces that are used
/// often are loaded once; a new piece goes to the slot that was not used last.
class L1Slots {
 public:
  /// Uses flags `flag` and `flag + 1` between MTE2 and MTE1, either way.
  L1Slots(uint32_t address, uint32_t bytes, unsigned flag)
      : address_(address), bytes_(bytes), flag_(flag) {}

  uint32_t bytes() const { return bytes_; }
  uint32_t address(unsigned slot) const { return address_ + slot * bytes_; }

  /// The slot with the piece `key`; load(slot) pushes its MTE2 instructions when it is not there.
  /// Call it for the next step before the current step's MTE1 instructions are pushed: then MTE2
  /// waits only for what was pushed before them.
  template <typename Load>
  unsigned prepare(uint64_t key, Load load) {
    for (unsigned slot = 0; slot < 2; ++slot) {
      if (used_[slot] && key_[slot] == key) {
        last_ = slot;
        return slot;
      }
    }
    const unsigned slot = last_ ^ 1;
    if (used_[slot]) {
      set_flag<Pipe::MTE1, Pipe::MTE2>(flag_ + slot);
      wait_flag<Pipe::MTE1, Pipe::MTE2>(flag_ + slot);
    }
    used_[slot] = true;
    key_[slot] = key;
    pending_[slot] = true;
    last_ = slot;
    load(slot);
    set_flag<Pipe::MTE2, Pipe::MTE1>(flag_ + slot);
    return slot;
  }

  /// Before the first MTE1 instruction that reads a prepared slot.
  void acquire(unsigned slot) {
    if (!pending_[slot]) return;
    pending_[slot] = false;
    wait_flag<Pipe::MTE2, Pipe::MTE1>(flag_ + slot);
  }

 private:
  uint32_t address_, bytes_;
  unsigned flag_;
  unsigned last_ = 1;
  uint64_t key_[2] = {0, 0};
  bool used_[2] = {false, false};
  bool pending_[2] = {false, false};
};

/// The two halves of L0A and L0B: begin, loads, loaded, mmad, computed.
class L0Halves {
 public:
  L0Halves()
      : a_half_(static_cast<uint32_t>(csr::l0a_size() / 2)),
        b_half_(static_cast<uint32_t>(csr::l0b_size() / 2)) {
    set_flag<Pipe::M, Pipe::MTE1>(0);
    set_flag<Pipe::M, Pipe::MTE1>(1);
  }
  uint32_t a_bytes() const { return a_half_; }
  uint32_t b_bytes() const { return b_half_; }
  uint32_t a() const { return kL0A + half_ * a_half_; }
  uint32_t b() const { return kL0B + half_ * b_half_; }

  void begin() { wait_flag<Pipe::M, Pipe::MTE1>(half_); }
  void loaded() {
    set_flag<Pipe::MTE1, Pipe::M>(half_);
    wait_flag<Pipe::MTE1, Pipe::M>(half_);
  }
  void computed() {
    set_flag<Pipe::M, Pipe::MTE1>(half_);
    half_ ^= 1;
  }
  /// Leaves no flag set behind.
  void finish() {
    wait_flag<Pipe::M, Pipe::MTE1>(0);
    wait_flag<Pipe::M, Pipe::MTE1>(1);
  }

 private:
  uint32_t a_half_, b_half_;
  unsigned half_ = 0;
};

/// The two halves of L0C and of the bias table: begin, mmads, computed, fixpipe, stored.
class OutputHalves {
 public:
  OutputHalves() : bytes_(static_cast<uint32_t>(csr::l0c_size() / 2)) {
    set_flag<Pipe::FIX, Pipe::M>(0);
    set_flag<Pipe::FIX, Pipe::M>(1);
  }
  uint32_t bytes() const { return bytes_; }
  uint32_t c() const { return kL0C + half_ * bytes_; }
  /// Byte offset of this output's bias in the table. It needs no flag of its own: two outputs
  /// later, when it is written again, the L0 halves' flags show that its reader is done.
  uint32_t bias() const { return half_ * kBiasBytes; }

  void begin() { wait_flag<Pipe::FIX, Pipe::M>(half_); }
  void computed() {
    set_flag<Pipe::M, Pipe::FIX>(half_);
    wait_flag<Pipe::M, Pipe::FIX>(half_);
  }
  void stored() {
    set_flag<Pipe::FIX, Pipe::M>(half_);
    half_ ^= 1;
  }
  void finish() {
    wait_flag<Pipe::FIX, Pipe::M>(0);
    wait_flag<Pipe::FIX, Pipe::M>(1);
  }

  /// Columns of an output that one half of the bias table (1 KiB) can serve.
  static constexpr uint32_t kBiasBytes = 512;
  static constexpr uint32_t kMaxColumns = kBiasBytes / 4;

 private:
  uint32_t bytes_;
  unsigned half_ = 0;
};

/// What compute_step() multiplies: `k` deep, in pieces of `k_tile`.
struct Product {
  uint32_t m, n, k, k_tile;
  bool first;  ///< Begins an output: the accumulators start from zero or from the bias.
  bool has_bias;
  uint32_t bias_l1;  ///< Where the bias is in L1.
};

/// One step's share of an output, piece by piece: `load(at, count)` pushes the MTE1 instructions
/// that bring `count` fractals of depth, from fractal `at` on, to L0A and L0B.
template <typename Load>
[[gnu::always_inline]] inline void compute_step(const Product& p, L0Halves& l0,
                                                OutputHalves& output, Load load) {
  if (p.first) output.begin();
  for (uint32_t at = 0; at < p.k; at += p.k_tile) {
    const auto k = static_cast<uint32_t>(smaller(p.k_tile, p.k - at));
    const bool start = p.first && at == 0;
    l0.begin();
    load(at / 16, static_cast<uint32_t>(divide_up(k, 16)));
    if (start && p.has_bias) {
      mte1::load_bias(kBt + output.bias(), p.bias_l1,
                      {.len = static_cast<uint8_t>(divide_up(p.n, 16))});
    }
    l0.loaded();
    m::mmad(output.c(), l0.a(), l0.b(),
            {.m = static_cast<uint16_t>(p.m),
             .k = static_cast<uint16_t>(k),
             .n = static_cast<uint16_t>(p.n),
             .type = 0,
             .init = static_cast<uint8_t>(!start       ? 1
                                          : p.has_bias ? 2
                                                       : 0),
             .unit_flag = 0,
             .bias = static_cast<uint16_t>(output.bias())});
    l0.computed();
  }
}

/// Copies a grid of fractals from L1 to L0A or L0B: fractal (i, j) from `src` + (i * row_stride +
/// j * column_stride) * 512 to dst + (i * columns + j) * 512, in as few instructions as it takes.
inline void load_grid(uint32_t dst, uint32_t src, uint32_t rows, uint32_t columns,
                      uint32_t row_stride, uint32_t column_stride, bool transpose) {
  const auto run = [&](uint32_t to, uint32_t from, uint32_t count, uint32_t stride, uint32_t gap) {
    for (uint32_t at = 0; at < count; at += 255) {
      const uint32_t now = static_cast<uint32_t>(smaller(count - at, 255));
      mte1::load2d(dst + (to + at * (gap + 1)) * kFractal, src + (from + at * stride) * kFractal,
                   {.start_index = 0,
                    .repeat = static_cast<uint8_t>(now),
                    .src_stride = static_cast<uint16_t>(stride),
                    .dst_gap = static_cast<uint16_t>(gap),
                    .transpose = transpose});
    }
  };
  if (rows == 1 || row_stride == columns * column_stride) {
    run(0, 0, rows * columns, column_stride, 0);
  } else if (rows <= columns) {
    for (uint32_t i = 0; i < rows; ++i) run(i * columns, i * row_stride, columns, column_stride, 0);
  } else {
    for (uint32_t j = 0; j < columns; ++j) run(j, j * column_stride, rows, row_stride, columns - 1);
  }
}

/// Copies `rows` runs of `length` blocks of 32 bytes, `src_step` blocks apart in GM, one behind the
/// other in L1.
inline void copy_rows(uint32_t dst, uint64_t src, uint64_t rows, uint64_t length,
                      uint64_t src_step) {
  if (rows > 1 && src_step == length && rows * length <= 65535) {
    length *= rows;
    rows = 1;
  }
  constexpr uint64_t kMostBursts = 4095;
  const uint64_t gap = rows > 1 ? src_step - length : 0;
  const uint64_t at_once = gap <= 65535 ? kMostBursts : 1;
  for (uint64_t row = 0; row < rows; row += at_once) {
    const uint64_t now = smaller(rows - row, at_once);
    mte2::copy(dst + row * length * kBlock, src + row * src_step * kBlock,
               {.n_burst = static_cast<uint16_t>(now),
                .len_burst = static_cast<uint16_t>(length),
                .src_gap = static_cast<uint16_t>(now > 1 ? gap : 0),
                .dst_gap = 0});
  }
}

/// Runs all steps of a kernel, each step's L1 pieces being loaded while the one before computes.
/// Job: Step; bool first(Step&); bool advance(Step&); void prepare(Step&); void compute(Step&).
template <typename Job>
inline void run_steps(Job& job) {
  typename Job::Step step{};
  if (!job.first(step)) return;
  job.prepare(step);
  for (;;) {
    typename Job::Step next = step;
    const bool more = job.advance(next);
    if (more) job.prepare(next);
    job.compute(step);
    if (!more) return;
    step = next;
  }
}

}  // namespace cubist::kernel::cube

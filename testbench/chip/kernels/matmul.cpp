// SPDX-License-Identifier: Apache-2.0
// C = A * B with the tiling of the published measurement: an output block of base_m x base_n stays
// in L0C while K runs; L1 holds two pieces of A and two of B, L0A and L0B two base_k steps each.
//
// A piece of A is base_m x (step_a * base_k), a piece of B (step_b * base_k) x base_n, both in NZ.
// The stages work ahead of each other: MTE2 refills a slot of L1 as soon as MTE1 has read its
// piece, MTE1 is one step ahead of the cube. L0C holds one output: the cube waits while it is
// stored.
#include "cube/pipeline.h"
#include "kernels/calibration_args.h"

namespace {

using namespace cubist;
using namespace cubist::kernel::cube;

/// The output blocks of this core, in their order.
class Blocks {
 public:
  explicit Blocks(const cubist_bench_matmul_args& args)
      : args_(args), across_(args.n / args.base_n), down_(args.m / args.base_m) {
    const Share share(across_ * down_);
    at_ = args.deal == 0 ? block_idx() : share.begin;
    stride_ = args.deal == 0 ? block_num() : 1;
    end_ = args.deal == 0 ? across_ * down_ : share.end;
    locate();
  }
  bool done() const { return at_ >= end_; }
  void next() {
    at_ += stride_;
    locate();
  }
  uint64_t row() const { return row_; }
  uint64_t column() const { return column_; }

 private:
  void locate() {
    const uint64_t per_panel = args_.panel * across_;
    const uint64_t panel = at_ / per_panel, in_panel = at_ % per_panel;
    const uint64_t rows = smaller(args_.panel, down_ - panel * args_.panel);
    if (done()) return;
    row_ = (panel * args_.panel + in_panel % rows) * args_.base_m;
    column_ = in_panel / rows * args_.base_n;
  }
  const cubist_bench_matmul_args& args_;
  uint64_t across_, down_;
  uint64_t at_ = 0, stride_ = 1, end_ = 0, row_ = 0, column_ = 0;
};

/// Two slots of L1 for the pieces of one operand. load(row, column, depth, address) pushes the MTE2
/// instructions of the piece that begins `depth` elements down K.
class Pieces {
 public:
  Pieces(const cubist_bench_matmul_args& args, uint32_t base, uint32_t bytes, uint64_t depth,
         unsigned flag)
      : ahead_(args), base_(base), bytes_(bytes), k_(args.k), depth_(depth), flag_(flag) {}

  template <typename Load>
  void load_next(Load load) {
    if (ahead_.done()) return;
    wait_flag<Pipe::MTE1, Pipe::MTE2>(flag_ + load_);
    load(ahead_.row(), ahead_.column(), at_, base_ + load_ * bytes_);
    set_flag<Pipe::MTE2, Pipe::MTE1>(flag_ + load_);
    load_ ^= 1;
    at_ += depth_;
    if (at_ < k_) return;
    at_ = 0;
    ahead_.next();
  }
  void begin() {
    set_flag<Pipe::MTE1, Pipe::MTE2>(flag_);
    set_flag<Pipe::MTE1, Pipe::MTE2>(flag_ + 1);
  }
  uint32_t acquire() {
    wait_flag<Pipe::MTE2, Pipe::MTE1>(flag_ + use_);
    return base_ + use_ * bytes_;
  }
  void release() {
    set_flag<Pipe::MTE1, Pipe::MTE2>(flag_ + use_);
    use_ ^= 1;
  }
  void finish() {
    wait_flag<Pipe::MTE1, Pipe::MTE2>(flag_);
    wait_flag<Pipe::MTE1, Pipe::MTE2>(flag_ + 1);
  }

 private:
  Blocks ahead_;
  uint32_t base_, bytes_;
  uint64_t k_, depth_, at_ = 0;
  unsigned flag_, load_ = 0, use_ = 0;
};

class BenchMatmul {
 public:
  explicit BenchMatmul(const cubist_bench_matmul_args& args) : a_(args) {}

  bool valid() const {
    const auto& a = a_;
    if (a.base_m == 0 || a.base_n == 0 || a.base_k == 0 || a.base_m % 16 != 0 ||
        a.base_n % 16 != 0 || a.base_k % 16 != 0 || a.step_a == 0 || a.step_b == 0 ||
        a.panel == 0 || a.m == 0 || a.n == 0 || a.k == 0) {
      return false;
    }
    return a.m % a.base_m == 0 && a.n % a.base_n == 0 && a.k % (a.base_k * a.step_a) == 0 &&
           a.k % (a.base_k * a.step_b) == 0 && 2 * (a_bytes() + b_bytes()) <= csr::l1_size() &&
           a.base_m * a.base_k * 4 <= csr::l0a_size() &&
           a.base_k * a.base_n * 4 <= csr::l0b_size() && a.base_m * a.base_n * 4 <= csr::l0c_size();
  }

  void run() {
    Blocks blocks(a_);
    if (blocks.done()) return;
    const auto m1 = static_cast<uint32_t>(a_.base_m / 16),
               k1 = static_cast<uint32_t>(a_.base_k / 16),
               n1 = static_cast<uint32_t>(a_.base_n / 16);
    Pieces a(a_, kL1, a_bytes(), a_.base_k * a_.step_a, 0);
    Pieces b(a_, kL1 + 2 * a_bytes(), b_bytes(), a_.base_k * a_.step_b, 2);
    const auto load_a = [this](uint64_t row, uint64_t, uint64_t depth, uint32_t to) {
      nd_to_nz(to, a_.a + (row * a_.k + depth) * 2, a_.base_m, a_.base_k * a_.step_a, a_.k);
    };
    const auto load_b = [this](uint64_t, uint64_t column, uint64_t depth, uint32_t to) {
      if (a_.b_is_nk != 0) {
        nd_to_nz(to, a_.b + (column * a_.k + depth) * 2, a_.base_n, a_.base_k * a_.step_b, a_.k);
      } else {
        nd_to_nz(to, a_.b + (depth * a_.n + column) * 2, a_.base_k * a_.step_b, a_.base_n, a_.n);
      }
    };
    L0Halves l0;
    set_flag<Pipe::FIX, Pipe::M>(0);
    csr::set_fixpipe_stride(a_.n);
    a.begin();
    b.begin();
    a.load_next(load_a);
    b.load_next(load_b);
    b.load_next(load_b);
    a.load_next(load_a);
    // What the inner loop needs, once: every cycle of the scalar unit counts there.
    const bool by_k = a_.b_is_nk == 0;
    const uint32_t a_bytes_per_step = k1 * m1 * kFractal;
    const uint32_t b_bytes_per_step = by_k ? k1 * kFractal : k1 * n1 * kFractal;
    // A lies in L1 as [k1][m1] fractals; L0A wants [m1][k1].
    const mte1::Load2d load_column = {.start_index = 0,
                                      .repeat = static_cast<uint8_t>(m1),
                                      .src_stride = 1,
                                      .dst_gap = static_cast<uint16_t>(k1 - 1),
                                      .transpose = 0};
    // L0B wants [k1][n1]: as B lies where it came as n x k, else row by row and turned.
    const mte1::Load2d load_row = {.start_index = 0,
                                   .repeat = static_cast<uint8_t>(n1),
                                   .src_stride = static_cast<uint16_t>(by_k ? a_.step_b * k1 : 1),
                                   .dst_gap = 0,
                                   .transpose = by_k};
    const uint64_t a_column_bytes = m1 * kFractal, l0b_row_bytes = n1 * kFractal;
    const uint64_t b_row_bytes = by_k ? kFractal : l0b_row_bytes;
    uint32_t a_piece = 0, b_piece = 0;
    for (; !blocks.done(); blocks.next()) {
      uint64_t a_step = 0, b_step = 0;
      for (uint64_t depth = 0; depth < a_.k; depth += a_.base_k) {
        if (a_step == 0) a_piece = a.acquire();
        if (b_step == 0) b_piece = b.acquire();
        l0.begin();
        uint64_t to = l0.a(), from = a_piece;
        for (uint32_t i = 0; i < k1; ++i, to += kFractal, from += a_column_bytes) {
          mte1::load2d(to, from, load_column);
        }
        to = l0.b();
        from = b_piece;
        for (uint32_t i = 0; i < k1; ++i, to += l0b_row_bytes, from += b_row_bytes) {
          mte1::load2d(to, from, load_row);
        }
        a_piece += a_bytes_per_step;
        b_piece += b_bytes_per_step;
        // Pieces of B first: they are needed sooner.
        if (++b_step == a_.step_b) {
          b_step = 0;
          b.release();
          b.load_next(load_b);
        }
        if (++a_step == a_.step_a) {
          a_step = 0;
          a.release();
          a.load_next(load_a);
        }
        l0.loaded();
        if (depth == 0) wait_flag<Pipe::FIX, Pipe::M>(0);
        m::mmad(kL0C, l0.a(), l0.b(),
                {.m = static_cast<uint16_t>(a_.base_m),
                 .k = static_cast<uint16_t>(a_.base_k),
                 .n = static_cast<uint16_t>(a_.base_n),
                 .type = 0,
                 .init = static_cast<uint8_t>(depth == 0 ? 0 : 1),
                 .unit_flag = 0,
                 .bias = 0});
        l0.computed();
      }
      store(blocks.row(), blocks.column());
    }
    a.finish();
    b.finish();
    l0.finish();
    wait_flag<Pipe::FIX, Pipe::M>(0);
  }

 private:
  uint32_t a_bytes() const { return static_cast<uint32_t>(a_.base_m * a_.base_k * a_.step_a * 2); }
  uint32_t b_bytes() const { return static_cast<uint32_t>(a_.base_n * a_.base_k * a_.step_b * 2); }

  void nd_to_nz(uint32_t dst, uint64_t src, uint64_t rows, uint64_t columns, uint64_t stride) {
    src_csr_.set(
        abi::csr::Nd2nzSrc{.row_stride = static_cast<uint32_t>(stride), .matrix_stride = 0}.pack());
    dst_csr_.set(abi::csr::Nd2nzDst{
        .c0_stride = static_cast<uint16_t>(rows), .n_stride = 1, .matrix_stride = 0}
                     .pack());
    mte2::nd2nz(dst, src,
                {.nd_num = 1,
                 .n_value = static_cast<uint16_t>(rows),
                 .d_value = static_cast<uint16_t>(columns),
                 .type = static_cast<uint8_t>(ElementType::f16)});
  }

  void store(uint64_t row, uint64_t column) {
    set_flag<Pipe::M, Pipe::FIX>(0);
    wait_flag<Pipe::M, Pipe::FIX>(0);
    fix::fixpipe(a_.c + (row * a_.n + column) * 2, kL0C,
                 {.n_size = static_cast<uint16_t>(a_.base_n),
                  .m_size = static_cast<uint16_t>(a_.base_m),
                  .src_stride = static_cast<uint16_t>(a_.base_m),
                  .cast = 1,
                  .relu = 0,
                  .layout = 1,
                  .unit_flag = 0});
    set_flag<Pipe::FIX, Pipe::M>(0);
  }

  const cubist_bench_matmul_args a_;
  CachedCsr<csr::set_nd2nz_src> src_csr_;
  CachedCsr<csr::set_nd2nz_dst> dst_csr_;
};

}  // namespace

CUBIST_KERNEL(bench_matmul, aic)(const cubist_bench_matmul_args* args) {
  BenchMatmul matmul(fetch_args(args));
  if (!matmul.valid()) return fail(CUBIST_TRAP_BAD_ARGS);
  matmul.run();
}

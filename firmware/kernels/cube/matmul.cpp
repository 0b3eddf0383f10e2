// SPDX-License-Identifier: Apache-2.0
// C = relu?(A * B + bias), batched. See cubist_matmul_args.
#include "cube/pipeline.h"
#include "cube/tile_plan.h"

namespace cubist::kernel::cube {
namespace {

class Matmul {
 public:
  /// One piece of K of one output tile.
  struct Step {
    uint64_t item = 0;
    uint64_t batch = 0, row = 0, column = 0;  ///< Of the output tile's first element.
    uint32_t m = 0, n = 0;                    ///< Its real size.
    uint64_t depth = 0;                       ///< First k of the piece.
    uint32_t k = 0;                           ///< Real depth of the piece.
    unsigned a_slot = 0, b_slot = 0;
  };

  explicit Matmul(const cubist_matmul_args& args) : args_(args) {}

  /// A CUBIST_TRAP_ code, or 0.
  unsigned plan() {
    const cubist_matmul_args& a = args_;
    if (a.m == 0 || a.n == 0 || a.k == 0 || a.batch == 0 || a.a_layout > CUBIST_MATMUL_A_KM ||
        a.b_layout > CUBIST_MATMUL_B_PACKED || a.c_f32 > 1 || a.relu > 1) {
      return CUBIST_TRAP_BAD_ARGS;
    }
    tile_ = choose_tile(a.m, a.n, a.k, OutputHalves::kMaxColumns, l0_, output_);
    if (tile_.k == 0) return CUBIST_TRAP_NO_TILE;
    // Smaller tiles when there would not be one for each block.
    while (a.batch * divide_up(a.m, tile_.m) * divide_up(a.n, tile_.n) < block_num()) {
      if (tile_.m >= tile_.n && tile_.m > 32) {
        tile_.m = static_cast<uint32_t>(round_up(tile_.m / 2, 16));
      } else if (tile_.n > 32) {
        tile_.n = static_cast<uint32_t>(round_up(tile_.n / 2, 16));
      } else {
        break;
      }
    }
    tile_.m = even_tile(a.m, tile_.m);
    tile_.n = even_tile(a.n, tile_.n);
    m_tiles_ = divide_up(a.m, tile_.m);
    n_tiles_ = divide_up(a.n, tile_.n);
    const uint64_t fits =
        smaller(a_.bytes() / (2 * tile_.m), (b_.bytes() - kBiasBytes) / (2 * tile_.n));
    uint64_t depth = smaller(round_down(fits, 16), round_up(a.k, 16));
    if (depth == 0) return CUBIST_TRAP_NO_TILE;
    if (depth > tile_.k && depth < a.k) depth = round_down(depth, tile_.k);
    piece_ = static_cast<uint32_t>(depth);
    const Share share(a.batch * m_tiles_ * n_tiles_);
    begin_ = share.begin;
    end_ = share.end;
    return 0;
  }

  void run() {
    run_steps(*this);
    l0_.finish();
    output_.finish();
  }

  bool first(Step& step) {
    step.item = begin_;
    if (begin_ >= end_) return false;
    locate(step);
    return true;
  }

  bool advance(Step& step) {
    step.depth += piece_;
    if (step.depth >= args_.k) {
      if (++step.item >= end_) return false;
      locate(step);
    }
    step.k = static_cast<uint32_t>(smaller(piece_, args_.k - step.depth));
    return true;
  }

  void prepare(Step& step) {
    const uint64_t pieces = divide_up(args_.k, piece_), piece = step.depth / piece_;
    const uint64_t a_batch = args_.a_batch_stride == 0 ? 0 : step.batch;
    const uint64_t b_batch = args_.b_batch_stride == 0 ? 0 : step.batch;
    step.a_slot = a_.prepare((a_batch * m_tiles_ + step.row / tile_.m) * pieces + piece,
                             [&](unsigned slot) { load_a(step, a_.address(slot)); });
    step.b_slot = b_.prepare((b_batch * n_tiles_ + step.column / tile_.n) * pieces + piece,
                             [&](unsigned slot) { load_b(step, b_.address(slot)); });
  }

  void compute(const Step& step) {
    a_.acquire(step.a_slot);
    b_.acquire(step.b_slot);
    const bool first_piece = step.depth == 0, last_piece = step.depth + step.k == args_.k;
    const Product product = {step.m,
                             step.n,
                             step.k,
                             tile_.k,
                             first_piece,
                             args_.bias != 0,
                             b_.address(step.b_slot) + b_.bytes() - kBiasBytes};
    compute_step(product, l0_, output_,
                 [&](uint32_t at, uint32_t count) { to_l0(step, at, count); });
    if (last_piece) store(step);
  }

 private:
  static constexpr uint32_t kBiasBytes = OutputHalves::kBiasBytes;
  static uint32_t quarter() {
    return static_cast<uint32_t>(round_down(csr::l1_size() / 4, kFractal));
  }

  void locate(Step& step) {
    step.column = step.item % n_tiles_ * tile_.n;
    step.row = step.item / n_tiles_ % m_tiles_ * tile_.m;
    step.batch = step.item / n_tiles_ / m_tiles_;
    step.m = static_cast<uint32_t>(smaller(tile_.m, args_.m - step.row));
    step.n = static_cast<uint32_t>(smaller(tile_.n, args_.n - step.column));
    step.depth = 0;
    step.k = static_cast<uint32_t>(smaller(piece_, args_.k));
  }

  /// A row-major matrix to NZ: blocks of 16 columns, one behind the other.
  void nd_to_nz(uint32_t dst, uint64_t src, uint32_t rows, uint32_t columns, uint64_t row_stride) {
    nd2nz_src_.set(
        abi::csr::Nd2nzSrc{.row_stride = static_cast<uint32_t>(row_stride), .matrix_stride = 0}
            .pack());
    nd2nz_dst_.set(abi::csr::Nd2nzDst{
        .c0_stride = static_cast<uint16_t>(round_up(rows, 16)), .n_stride = 1, .matrix_stride = 0}
                       .pack());
    mte2::nd2nz(dst, src,
                {.nd_num = 1,
                 .n_value = static_cast<uint16_t>(rows),
                 .d_value = static_cast<uint16_t>(columns),
                 .type = static_cast<uint8_t>(ElementType::f16)});
  }

  void load_a(const Step& step, uint32_t slot) {
    const uint64_t matrix = args_.a + step.batch * args_.a_batch_stride * 2;
    if (args_.a_layout == CUBIST_MATMUL_A_MK) {
      nd_to_nz(slot, matrix + (step.row * args_.a_stride + step.depth) * 2, step.m, step.k,
               args_.a_stride);
    } else {
      nd_to_nz(slot, matrix + (step.depth * args_.a_stride + step.row) * 2, step.k, step.m,
               args_.a_stride);
    }
  }

  void load_b(const Step& step, uint32_t slot) {
    const uint64_t matrix = args_.b + step.batch * args_.b_batch_stride * 2;
    if (args_.b_layout == CUBIST_MATMUL_B_KN) {
      nd_to_nz(slot, matrix + (step.depth * args_.b_stride + step.column) * 2, step.k, step.n,
               args_.b_stride);
    } else if (args_.b_layout == CUBIST_MATMUL_B_NK) {
      nd_to_nz(slot, matrix + (step.column * args_.b_stride + step.depth) * 2, step.n, step.k,
               args_.b_stride);
    } else {
      const uint64_t k1 = divide_up(args_.k, 16);
      copy_rows(slot, matrix + (step.column / 16 * k1 + step.depth / 16) * kFractal,
                divide_up(step.n, 16), divide_up(step.k, 16) * 16, k1 * 16);
    }
    if (args_.bias != 0 && step.depth == 0) {
      mte2::copy_pad(slot + b_.bytes() - kBiasBytes, args_.bias + step.column * 4,
                     {.n_burst = 1, .len = step.n * 4, .left_pad = 0, .right_pad = 0, .type = 1});
    }
  }

  /// Fractals k1 .. k1 + count of the step's piece to the current halves of L0A and L0B.
  void to_l0(const Step& step, uint32_t k1, uint32_t count) {
    const auto m1 = static_cast<uint32_t>(divide_up(step.m, 16));
    const auto n1 = static_cast<uint32_t>(divide_up(step.n, 16));
    const auto piece = static_cast<uint32_t>(divide_up(step.k, 16));
    // A in L1: [k1][m1] as stored, [m1][k1] with fractals to be turned when it came transposed.
    const bool turned = args_.a_layout == CUBIST_MATMUL_A_KM;
    const uint32_t a_row = turned ? piece : 1, a_column = turned ? 1 : m1;
    load_grid(l0_.a(), a_.address(step.a_slot) + k1 * a_column * kFractal, m1, count, a_row,
              a_column, turned);
    // B in L1: [n1][k1], to be turned unless packed; or [k1][n1] from rows of N.
    const bool by_n = args_.b_layout == CUBIST_MATMUL_B_NK;
    const uint32_t b_row = by_n ? n1 : 1, b_column = by_n ? 1 : piece;
    load_grid(l0_.b(), b_.address(step.b_slot) + k1 * b_row * kFractal, count, n1, b_row, b_column,
              args_.b_layout == CUBIST_MATMUL_B_KN);
  }

  void store(const Step& step) {
    const uint64_t bytes = args_.c_f32 != 0 ? 4 : 2;
    output_.computed();
    fixpipe_stride_.set(args_.c_stride);
    fix::fixpipe(
        args_.c +
            (step.batch * args_.c_batch_stride + step.row * args_.c_stride + step.column) * bytes,
        output_.c(),
        {.n_size = static_cast<uint16_t>(step.n),
         .m_size = static_cast<uint16_t>(step.m),
         .src_stride = static_cast<uint16_t>(round_up(step.m, 16)),
         .cast = static_cast<uint8_t>(args_.c_f32 != 0 ? 0 : 1),
         .relu = static_cast<uint8_t>(args_.relu),
         .layout = 1,
         .unit_flag = 0});
    output_.stored();
  }

  const cubist_matmul_args args_;
  L0Halves l0_;
  OutputHalves output_;
  L1Slots a_{kL1, quarter(), 0}, b_{kL1 + 2 * quarter(), quarter(), 2};
  TileShape tile_;
  uint64_t m_tiles_ = 0, n_tiles_ = 0, begin_ = 0, end_ = 0;
  uint32_t piece_ = 0;  ///< Depth of what one slot of L1 holds, a multiple of 16.
  CachedCsr<csr::set_nd2nz_src> nd2nz_src_;
  CachedCsr<csr::set_nd2nz_dst> nd2nz_dst_;
  CachedCsr<csr::set_fixpipe_stride> fixpipe_stride_;
};

}  // namespace
}  // namespace cubist::kernel::cube

CUBIST_KERNEL(matmul, aic)(const cubist_matmul_args* args) {
  using namespace cubist::kernel::cube;
  Matmul matmul(fetch_args(args));
  const unsigned wrong = matmul.plan();
  if (wrong != 0) return fail(wrong);
  matmul.run();
}

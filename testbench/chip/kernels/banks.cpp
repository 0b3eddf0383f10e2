// SPDX-License-Identifier: Apache-2.0
// Vector instructions whose operands meet in the banks of the unified buffer, or do not.
#include "cube/common.h"
#include "kernels/calibration_args.h"

namespace {

using namespace cubist;
using namespace cubist::kernel::cube;

constexpr uint32_t kUb = CUBIST_REGION_UB_BASE;

/// A tile's way through UB: rows of ND in, columns of NZ out. Two buffers for rows, then two for
/// columns, as a queue for each allocates them.
class Nd2NzTiles {
 public:
  explicit Nd2NzTiles(const cubist_bench_nd2nz_args& args) : a_(args) {}

  bool valid() const {
    return a_.rows != 0 && a_.columns != 0 && a_.tile_rows != 0 && a_.tile_rows <= 255 &&
           a_.rows % a_.tile_rows == 0 && a_.columns % kTileColumns == 0 &&
           a_.c0_stride >= a_.tile_rows && a_.c0_stride <= 255 &&
           2 * (in_bytes() + out_bytes()) <= csr::ub_size();
  }

  void run() {
    const uint64_t across = a_.columns / kTileColumns;
    const Share share(across * (a_.rows / a_.tile_rows));
    for (unsigned i = 0; i < 2; ++i) {
      set_flag<Pipe::V, Pipe::MTE2>(i);
      set_flag<Pipe::MTE3, Pipe::V>(i);
    }
    unsigned slot = 0;
    for (uint64_t tile = share.begin; tile < share.end; ++tile, slot ^= 1) {
      const uint64_t row = tile / across * a_.tile_rows, column = tile % across * kTileColumns;
      const auto in = static_cast<uint32_t>(kUb + slot * in_bytes());
      const auto out = static_cast<uint32_t>(kUb + 2 * in_bytes() + slot * out_bytes());
      wait_flag<Pipe::V, Pipe::MTE2>(slot);
      load(in, row, column);
      set_flag<Pipe::MTE2, Pipe::V>(slot);
      wait_flag<Pipe::MTE2, Pipe::V>(slot);
      wait_flag<Pipe::MTE3, Pipe::V>(slot);
      turn(out, in);
      set_flag<Pipe::V, Pipe::MTE2>(slot);
      set_flag<Pipe::V, Pipe::MTE3>(slot);
      wait_flag<Pipe::V, Pipe::MTE3>(slot);
      store(out, row, column);
      set_flag<Pipe::MTE3, Pipe::V>(slot);
    }
    for (unsigned i = 0; i < 2; ++i) {
      wait_flag<Pipe::V, Pipe::MTE2>(i);
      wait_flag<Pipe::MTE3, Pipe::V>(i);
    }
  }

 private:
  static constexpr uint64_t kTileColumns = 128;  // A repeat: eight blocks of sixteen elements.
  static constexpr uint64_t kColumnBlocks = kTileColumns / 16;

  uint64_t in_bytes() const { return a_.tile_rows * kTileColumns * 2; }
  uint64_t out_bytes() const { return kColumnBlocks * a_.c0_stride * kBlock; }

  void load(uint32_t in, uint64_t row, uint64_t column) const {
    mte2::copy(in, a_.src + (row * a_.columns + column) * 2,
               {.n_burst = static_cast<uint16_t>(a_.tile_rows),
                .len_burst = kColumnBlocks,
                .src_gap = static_cast<uint16_t>((a_.columns - kTileColumns) / 16),
                .dst_gap = 0});
  }
  /// One repeat moves a row: its blocks go `c0_stride` blocks apart.
  void turn(uint32_t out, uint32_t in) const {
    v::vcopy(out, in,
             {.repeat = static_cast<uint8_t>(a_.tile_rows),
              .dst_block = static_cast<uint8_t>(a_.c0_stride),
              .src0_block = 1,
              .dst_repeat = 1,
              .src0_repeat = kColumnBlocks,
              .type = static_cast<uint8_t>(ElementType::f16)});
  }
  void store(uint32_t out, uint64_t row, uint64_t column) const {
    mte3::copy(a_.dst + (column / 16 * a_.rows + row) * kBlock, out,
               {.n_burst = kColumnBlocks,
                .len_burst = static_cast<uint16_t>(a_.tile_rows),
                .src_gap = static_cast<uint16_t>(a_.c0_stride - a_.tile_rows),
                .dst_gap = static_cast<uint16_t>(a_.rows - a_.tile_rows)});
  }

  const cubist_bench_nd2nz_args& a_;
};

}  // namespace

CUBIST_KERNEL(bench_banks, aiv)(const cubist_bench_banks_args* args) {
  const cubist_bench_banks_args a = fetch_args(args);
  if (a.repeats == 0 || a.repeats > 255) return s::trap(CUBIST_TRAP_BAD_ARGS);
  const auto dst = static_cast<uint32_t>(kUb + a.dst), src0 = static_cast<uint32_t>(kUb + a.src0),
             src1 = static_cast<uint32_t>(kUb + a.src1);
  const v::Config config{.repeat = static_cast<uint8_t>(a.repeats),
                         .dst_block = 1,
                         .src0_block = 1,
                         .src1_block = 1,
                         .dst_repeat = 8,
                         .src0_repeat = static_cast<uint8_t>(a.src0_repeat),
                         .src1_repeat = 8,
                         .type = static_cast<uint8_t>(ElementType::f32)};
  for (uint64_t i = 0; i < a.count; ++i) v::vadd(dst, src0, src1, config);
}

CUBIST_KERNEL(bench_nd2nz_ub, aiv)(const cubist_bench_nd2nz_args* args) {
  const cubist_bench_nd2nz_args a = fetch_args(args);
  Nd2NzTiles tiles(a);
  if (!tiles.valid()) return s::trap(CUBIST_TRAP_BAD_ARGS);
  tiles.run();
}

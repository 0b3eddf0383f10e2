// SPDX-License-Identifier: Apache-2.0
// The order in which a block reads the tiles of a tensor, and the buffers it reads them into.
#pragma once

#include "cube/common.h"
#include "kernels/calibration_args.h"

namespace cubist::kernel::bench {

/// One tile of the tensor.
struct Tile {
  uint64_t at;  ///< Its first element.
  bool whole;   ///< Of full size, as all but those at the tensor's edges.
  uint32_t rows, columns;
};

/// Steps through a grid of tiles without multiplications: the scalar unit must not be what a test
/// of small copies measures.
class TileGrid {
 public:
  /// Tiles of rows `begin` to `end`, from tile (row, column) of the grid on.
  TileGrid(const cubist_bench_copy_args& a, uint64_t begin, uint64_t end, uint64_t row,
           uint64_t column)
      : a_(a),
        across_(cube::divide_up(a.columns, a.tile_columns)),
        down_(cube::divide_up(end - begin, a.tile_rows)),
        whole_across_(a.columns / a.tile_columns),
        whole_down_((end - begin) / a.tile_rows),
        last_rows_(static_cast<uint32_t>((end - begin) % a.tile_rows)),
        last_columns_(static_cast<uint32_t>(a.columns % a.tile_columns)),
        line_(a.tile_rows * a.row_stride - across_ * a.tile_columns),
        row_(row),
        column_(column),
        at_((begin + row * a.tile_rows) * a.row_stride + column * a.tile_columns) {}

  uint64_t across() const { return across_; }
  uint64_t down() const { return down_; }
  bool below() const { return row_ >= down_; }
  void to_top() {
    at_ -= row_ * a_.tile_rows * a_.row_stride;
    row_ = 0;
  }
  /// So many tiles on: `rows` down and `columns` along, fewer than there are across.
  void step(uint64_t rows, uint64_t columns, uint64_t elements) {
    row_ += rows;
    column_ += columns;
    at_ += elements;
    if (column_ < across_) return;
    column_ -= across_;
    ++row_;
    at_ += line_;
  }
  Tile tile() const {
    const bool down = row_ < whole_down_, along = column_ < whole_across_;
    return {at_, down && along, down ? static_cast<uint32_t>(a_.tile_rows) : last_rows_,
            along ? static_cast<uint32_t>(a_.tile_columns) : last_columns_};
  }

 private:
  const cubist_bench_copy_args& a_;
  uint64_t across_, down_, whole_across_, whole_down_;
  uint32_t last_rows_, last_columns_;
  uint64_t line_;  // From behind the last tile of a row to the first of the next.
  uint64_t row_, column_, at_;
};

/// This core's tiles of a range of rows: tiles are numbered along the columns, then down, and dealt
/// to the cores in turn.
template <typename Visit>
void walk_dealt(const cubist_bench_copy_args& a, uint64_t begin, uint64_t end, Visit visit) {
  const uint64_t across = cube::divide_up(a.columns, a.tile_columns);
  TileGrid grid(a, begin, end, block_idx() / across, block_idx() % across);
  const uint64_t rows = block_num() / across, columns = block_num() % across;
  const uint64_t elements = rows * a.tile_rows * a.row_stride + columns * a.tile_columns;
  for (; !grid.below(); grid.step(rows, columns, elements)) visit(grid.tile());
}

/// The whole tensor from tile `first` on, wrapping round.
template <typename Visit>
void walk_from(const cubist_bench_copy_args& a, uint64_t first, Visit visit) {
  const uint64_t across = cube::divide_up(a.columns, a.tile_columns);
  TileGrid grid(a, 0, a.rows, first / across, first % across);
  for (uint64_t left = across * grid.down(); left != 0; --left) {
    visit(grid.tile());
    grid.step(0, 1, a.tile_columns);
    if (grid.below()) grid.to_top();
  }
}

/// Everything this block reads, in its order.
template <typename Visit>
void walk(const cubist_bench_copy_args& a, Visit visit) {
  if (a.walk >= CUBIST_BENCH_WALK_SAME) {
    const uint64_t tiles =
        cube::divide_up(a.columns, a.tile_columns) * cube::divide_up(a.rows, a.tile_rows);
    const uint64_t first = a.walk == CUBIST_BENCH_WALK_STAGGERED ? block_idx() % tiles : 0;
    for (uint64_t pass = 0; pass < a.passes; ++pass) walk_from(a, first, visit);
    return;
  }
  const uint64_t parts = a.walk == CUBIST_BENCH_WALK_PARTS ? 4 : 1;
  for (uint64_t part = 0; part < parts; ++part) {
    const uint64_t from = a.rows * part / parts, to = a.rows * (part + 1) / parts;
    for (uint64_t pass = 0; pass < a.passes; ++pass) walk_dealt(a, from, to, visit);
  }
}

/// Tile buffers used in turn; `Consumer` is the pipe that stands for whoever would use the tiles.
template <Pipe Consumer>
class TileBuffers {
 public:
  TileBuffers(uint32_t base, uint32_t bytes, const cubist_bench_copy_args& args)
      : base_(base),
        bytes_(bytes),
        count_(static_cast<unsigned>(args.buffers)),
        order_(args.order) {
    if (order_ != CUBIST_BENCH_ORDER_FLAGS) return;
    for (unsigned i = 0; i < count_; ++i) set_flag<Consumer, Pipe::MTE2>(i);
  }
  /// The buffer for the next tile.
  uint32_t acquire() {
    if (order_ == CUBIST_BENCH_ORDER_FLAGS) wait_flag<Consumer, Pipe::MTE2>(slot_);
    return at_;
  }
  /// The copies into it have been pushed.
  void filled() {
    if (order_ == CUBIST_BENCH_ORDER_FLAGS) {
      set_flag<Pipe::MTE2, Consumer>(slot_);
      wait_flag<Pipe::MTE2, Consumer>(slot_);
      set_flag<Consumer, Pipe::MTE2>(slot_);
    } else if (order_ == CUBIST_BENCH_ORDER_DRAIN && slot_ + 1 == count_) {
      set_flag<Pipe::MTE2, Pipe::S>(0);
      wait_flag<Pipe::MTE2, Pipe::S>(0);
    }
    last_ = at_;
    at_ += bytes_;
    if (++slot_ == count_) {
      slot_ = 0;
      at_ = base_;
    }
  }
  /// Leaves no flag set behind; returns where the last tile lies.
  uint32_t finish() {
    if (order_ == CUBIST_BENCH_ORDER_FLAGS) {
      for (unsigned i = 0; i < count_; ++i) wait_flag<Consumer, Pipe::MTE2>(i);
    }
    return last_;
  }

 private:
  uint32_t base_, bytes_, at_ = base_, last_ = 0;
  unsigned count_, slot_ = 0;
  uint64_t order_;
};

/// Tile buffers that are simply written over: no copy waits for another.
class FreeBuffers {
 public:
  FreeBuffers(uint32_t base, uint32_t bytes, const cubist_bench_copy_args& args)
      : base_(base), bytes_(bytes), end_(base + static_cast<uint32_t>(args.buffers) * bytes) {}
  uint32_t acquire() { return at_; }
  void filled() {
    last_ = at_;
    at_ += bytes_;
    if (at_ == end_) at_ = base_;
  }
  uint32_t finish() { return last_; }

 private:
  uint32_t base_, bytes_, end_, at_ = base_, last_ = 0;
};

/// Bytes of a tile in its buffer: rows of whole 32-byte blocks.
constexpr uint64_t tile_bytes(const cubist_bench_copy_args& a) {
  return a.tile_rows * cube::round_up(a.tile_columns * 2, cube::kBlock);
}

constexpr bool bad_copy(const cubist_bench_copy_args& a, uint64_t buffer_bytes) {
  return a.rows == 0 || a.columns == 0 || a.tile_rows == 0 || a.tile_columns == 0 ||
         a.buffers < 1 || a.buffers > 8 || tile_bytes(a) > buffer_bytes / a.buffers;
}

/// With args.dst: the last tile to GM, after everything else.
inline void store_last(const cubist_bench_copy_args& a, uint32_t from) {
  constexpr uint64_t kPlace = uint64_t{1} << 20;
  if (a.dst == 0) return;
  set_flag<Pipe::MTE2, Pipe::MTE3>(0);
  wait_flag<Pipe::MTE2, Pipe::MTE3>(0);
  mte3::copy(a.dst + block_idx() * kPlace, from,
             {.n_burst = 1, .len_burst = static_cast<uint16_t>(tile_bytes(a) / cube::kBlock)});
}

}  // namespace cubist::kernel::bench

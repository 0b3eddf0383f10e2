// SPDX-License-Identifier: Apache-2.0
// softmax over the middle dimension of (outer, length, inner), computed in FP32.
#include "vector/common.h"

using namespace cubist;
using namespace cubist::kernel;

namespace {

constexpr ElementType kF32 = ElementType::f32;

class Softmax {
 public:
  explicit Softmax(const cubist_softmax_args& args)
      : a_(args),
        in_(args.src_type == CUBIST_TYPE_F32 ? 4 : 2),
        out_(args.dst_type == CUBIST_TYPE_F32 ? 4 : 2),
        slots_(kScratch),
        scratch_(kUb + slots_.bytes() * 2) {}

  void run() {
    if (a_.inner == 1) {
      const uint64_t n = a_.length;
      const bool fits = round_up(n * in_, kBlock) + round_up(n * 4, kBlock) * 2 <= slots_.bytes();
      if (fits && n <= 65536)
        rows();
      else
        long_rows();
    } else {
      if (16 * (a_.length * (in_ + 4 + out_) + 8) <= slots_.bytes())
        columns();
      else
        long_columns();
    }
    slots_.finish();
  }

 private:
  // Partial results of reductions: two areas, for inputs of up to 65536 elements. What is too long
  // for a slot also keeps its running maximum and sum there.
  static constexpr uint32_t kScratch = 8192;

  // Brings `elements` at `raw` to FP32 at `wide`, or back.
  void widen(uint32_t wide, uint32_t raw, uint64_t elements) {
    count(elements);
    if (in_ == 2)
      v::vconv_f32(wide, raw, kWiden);
    else
      v::vcopy(wide, raw, kernel::run(kF32));
  }
  void narrow(uint32_t result, uint32_t wide, uint64_t elements) {
    count(elements);
    if (out_ == 2)
      v::vconv_f16(result, wide, kNarrow);
    else
      v::vcopy(result, wide, kernel::run(kF32));
  }

  // Reduces `n` FP32 elements to one with `reduce` and returns its bit pattern to the scalar unit.
  template <class Reduce>
  uint32_t to_scalar(uint32_t from, uint64_t n, Reduce reduce, uint32_t room = kScratch) {
    uint32_t target = scratch_, other = scratch_ + room / 2;
    do {
      v::Config config = kernel::run(kF32);
      config.dst_repeat = 1;  // results side by side
      count(n);
      reduce(target, from, config);
      n = (n + 63) / 64;
      from = target;
      target = other;
      other = from;
    } while (n > 1);
    set_flag<Pipe::V, Pipe::S>(0);
    wait_flag<Pipe::V, Pipe::S>(0);
    return *reinterpret_cast<volatile uint32_t*>(static_cast<uint64_t>(from));
  }

  // inner == 1: each row lies in a row, and fits a slot.
  void rows() {
    const uint64_t n = a_.length;
    const uint64_t raw_bytes = round_up(n * in_, kBlock), wide_bytes = round_up(n * 4, kBlock);
    const Share share(a_.outer);
    for (uint64_t row = share.begin; row < share.end; ++row) {
      const uint32_t raw = slots_.acquire();
      const auto wide = static_cast<uint32_t>(raw + raw_bytes);
      const auto result = static_cast<uint32_t>(wide + wide_bytes);
      load(raw, a_.src + row * n * in_, n * in_);
      slots_.loaded();
      widen(wide, raw, n);
      const uint32_t largest =
          to_scalar(wide, n, [](uint32_t d, uint32_t s, const v::Config& c) { v::vcmax(d, s, c); });
      count(n);
      csr::set_vscalar(largest ^ 0x80000000u);
      v::vadds(wide, wide, kernel::run(kF32));
      v::vexp(wide, wide, kernel::run(kF32));
      const uint32_t sum =
          to_scalar(wide, n, [](uint32_t d, uint32_t s, const v::Config& c) { v::vcadd(d, s, c); });
      count(n);
      csr::set_vscalar(sum);
      v::vdup(result, kernel::run(kF32));
      v::vdiv(wide, wide, result, kernel::run(kF32));
      narrow(result, wide, n);
      slots_.computed();
      store(a_.dst + row * n * out_, result, n * out_);
      slots_.release();
    }
  }

  // A row in pieces, three times over: maximum, sum, quotients. Lane i of `lanes` first collects
  // the maximum, then the sum, of elements i, i + piece, i + 2 piece, ...
  void long_rows() {
    constexpr uint64_t kPartial = 1024;  // bytes for the reduction of one piece, both areas
    uint64_t piece = smaller((kScratch - kPartial) / 4, slots_.bytes() / (in_ + 4 + out_));
    piece = piece / 64 * 64;
    if (piece == 0) s::trap(CUBIST_TRAP_NO_TILE);
    const auto lanes = static_cast<uint32_t>(scratch_ + kPartial);
    const uint64_t n = a_.length;
    const Share share(a_.outer);
    for (uint64_t row = share.begin; row < share.end; ++row) {
      fill(lanes, kMinusInfinityF32, piece);
      for (uint64_t at = 0; at < n; at += piece) {
        const uint64_t size = smaller(piece, n - at);
        const uint32_t wide = load_piece(row * n + at, size, piece);
        count(size);
        v::vmax(lanes, wide, lanes, kernel::run(kF32));
        slots_.computed();
        slots_.release();
      }
      const uint32_t largest = to_scalar(
          lanes, piece, [](uint32_t d, uint32_t s, const v::Config& c) { v::vcmax(d, s, c); },
          kPartial);
      fill(lanes, 0, piece);
      for (uint64_t at = 0; at < n; at += piece) {
        const uint64_t size = smaller(piece, n - at);
        const uint32_t wide = load_piece(row * n + at, size, piece);
        exponentials(wide, size, largest);
        v::vadd(lanes, wide, lanes, kernel::run(kF32));
        slots_.computed();
        slots_.release();
      }
      const uint32_t sum = to_scalar(
          lanes, piece, [](uint32_t d, uint32_t s, const v::Config& c) { v::vcadd(d, s, c); },
          kPartial);
      fill(lanes, sum, piece);
      for (uint64_t at = 0; at < n; at += piece) {
        const uint64_t size = smaller(piece, n - at);
        const uint32_t wide = load_piece(row * n + at, size, piece);
        const auto result = static_cast<uint32_t>(wide + piece * 4);
        exponentials(wide, size, largest);
        v::vdiv(wide, wide, lanes, kernel::run(kF32));
        narrow(result, wide, size);
        slots_.computed();
        store(a_.dst + (row * n + at) * out_, result, size * out_);
        slots_.release();
      }
    }
  }

  // Elements of the input in FP32; what follows them in the slot is `piece` results.
  uint32_t load_piece(uint64_t at, uint64_t size, uint64_t piece) {
    const uint32_t raw = slots_.acquire();
    const auto wide = static_cast<uint32_t>(raw + piece * in_);
    load(raw, a_.src + at * in_, size * in_);
    slots_.loaded();
    widen(wide, raw, size);
    return wide;
  }
  void exponentials(uint32_t wide, uint64_t size, uint32_t largest) {
    count(size);
    csr::set_vscalar(largest ^ 0x80000000u);
    v::vadds(wide, wide, kernel::run(kF32));
    v::vexp(wide, wide, kernel::run(kF32));
  }

  // inner > 1: neighbours in memory belong to different rows; lanes run along the inner dimension.
  void columns() {
    const uint64_t n = a_.length;
    const uint64_t per_lane = n * (in_ + 4 + out_) + 8;
    uint64_t lanes = smaller(smaller(slots_.bytes() / per_lane, a_.inner), 1024);
    lanes = lanes >= 16 ? lanes / 16 * 16 : lanes;
    const uint64_t pitch = round_up(lanes, 16);
    if (lanes == 0 || pitch * per_lane > slots_.bytes()) s::trap(CUBIST_TRAP_NO_TILE);
    const uint64_t parts = (a_.inner + lanes - 1) / lanes;
    const Share share(a_.outer * parts);
    for (uint64_t work = share.begin; work < share.end; ++work) {
      const uint64_t first = work % parts * lanes, outer = work / parts;
      const uint64_t width = smaller(lanes, a_.inner - first);
      const uint64_t at = outer * n * a_.inner + first;
      const uint32_t raw = slots_.acquire();
      const auto wide = static_cast<uint32_t>(raw + n * pitch * in_);
      const auto result = static_cast<uint32_t>(wide + n * pitch * 4);
      const auto largest = static_cast<uint32_t>(result + n * pitch * out_);
      const auto sum = static_cast<uint32_t>(largest + pitch * 4);
      set_gap(width, pitch, in_);
      for (uint64_t i = 0; i < n; i += 4095) {
        mte2::copy_pad(static_cast<uint32_t>(raw + i * pitch * in_),
                       a_.src + (at + i * a_.inner) * in_,
                       {.n_burst = static_cast<uint16_t>(smaller(4095, n - i)),
                        .len = static_cast<uint32_t>(width * in_)});
      }
      slots_.loaded();
      widen(wide, raw, n * pitch);
      fill(largest, kMinusInfinityF32, pitch);
      fill(sum, 0, pitch);
      down(
          n, pitch,
          [&](uint32_t lane, uint32_t row, const v::Config& config) {
            v::vmax(largest + lane, wide + row + lane, largest + lane, config);
          },
          true);
      down(
          n, pitch,
          [&](uint32_t lane, uint32_t row, const v::Config& config) {
            v::vsub(wide + row + lane, wide + row + lane, largest + lane, config);
          },
          false);
      count(n * pitch);
      v::vexp(wide, wide, kernel::run(kF32));
      down(
          n, pitch,
          [&](uint32_t lane, uint32_t row, const v::Config& config) {
            v::vadd(sum + lane, wide + row + lane, sum + lane, config);
          },
          true);
      down(
          n, pitch,
          [&](uint32_t lane, uint32_t row, const v::Config& config) {
            v::vdiv(wide + row + lane, wide + row + lane, sum + lane, config);
          },
          false);
      narrow(result, wide, n * pitch);
      slots_.computed();
      set_gap(width, pitch, out_);
      for (uint64_t i = 0; i < n; i += 4095) {
        mte3::copy_pad(a_.dst + (at + i * a_.inner) * out_,
                       static_cast<uint32_t>(result + i * pitch * out_),
                       {.n_burst = static_cast<uint16_t>(smaller(4095, n - i)),
                        .len = static_cast<uint32_t>(width * out_)});
      }
      slots_.release();
    }
  }

  // The same in pieces of `rows` along the length, three times over.
  void long_columns() {
    uint64_t pitch = smaller(round_up(a_.inner, 16), 64);
    uint64_t rows = slots_.bytes() / (pitch * (in_ + 4 + out_));
    if (rows == 0) {
      pitch = 16;
      rows = slots_.bytes() / (pitch * (in_ + 4 + out_));
    }
    if (rows == 0) s::trap(CUBIST_TRAP_NO_TILE);
    rows = smaller(rows, 4095);
    const uint32_t largest = scratch_, sum = scratch_ + 64 * 4;
    const uint64_t n = a_.length;
    const uint64_t parts = (a_.inner + pitch - 1) / pitch;
    const Share share(a_.outer * parts);
    for (uint64_t work = share.begin; work < share.end; ++work) {
      const uint64_t first = work % parts * pitch, outer = work / parts;
      const uint64_t width = smaller(pitch, a_.inner - first);
      fill(largest, kMinusInfinityF32, pitch);
      fill(sum, 0, pitch);
      for (unsigned pass = 0; pass < 3; ++pass) {
        for (uint64_t row = 0; row < n; row += rows) {
          const uint64_t size = smaller(rows, n - row);
          const uint64_t at = (outer * n + row) * a_.inner + first;
          const uint32_t raw = slots_.acquire();
          const auto wide = static_cast<uint32_t>(raw + rows * pitch * in_);
          const auto result = static_cast<uint32_t>(wide + rows * pitch * 4);
          set_gap(width, pitch, in_);
          mte2::copy_pad(
              raw, a_.src + at * in_,
              {.n_burst = static_cast<uint16_t>(size), .len = static_cast<uint32_t>(width * in_)});
          slots_.loaded();
          widen(wide, raw, size * pitch);
          if (pass == 0) {
            down(
                size, pitch,
                [&](uint32_t lane, uint32_t line, const v::Config& config) {
                  v::vmax(largest + lane, wide + line + lane, largest + lane, config);
                },
                true);
          } else {
            down(
                size, pitch,
                [&](uint32_t lane, uint32_t line, const v::Config& config) {
                  v::vsub(wide + line + lane, wide + line + lane, largest + lane, config);
                },
                false);
            count(size * pitch);
            v::vexp(wide, wide, kernel::run(kF32));
          }
          if (pass == 1) {
            down(
                size, pitch,
                [&](uint32_t lane, uint32_t line, const v::Config& config) {
                  v::vadd(sum + lane, wide + line + lane, sum + lane, config);
                },
                true);
          }
          if (pass == 2) {
            down(
                size, pitch,
                [&](uint32_t lane, uint32_t line, const v::Config& config) {
                  v::vdiv(wide + line + lane, wide + line + lane, sum + lane, config);
                },
                false);
            narrow(result, wide, size * pitch);
          }
          slots_.computed();
          if (pass == 2) {
            set_gap(width, pitch, out_);
            mte3::copy_pad(a_.dst + at * out_, result,
                           {.n_burst = static_cast<uint16_t>(size),
                            .len = static_cast<uint32_t>(width * out_)});
          }
          slots_.release();
        }
      }
    }
  }

  void set_gap(uint64_t width, uint64_t pitch, uint64_t size) {
    csr::set_copy_gap({.gm_gap = static_cast<uint32_t>((a_.inner - width) * size),
                       .local_gap = static_cast<uint32_t>(
                           (pitch * size - round_up(width * size, kBlock)) / kBlock)});
  }
  void fill(uint32_t at, uint32_t bits, uint64_t elements) {
    count(elements);
    csr::set_vscalar(bits);
    v::vdup(at, kernel::run(kF32));
  }

  // For each 64 lanes: repeats run down the rows; the operand of one row stays where it is. With
  // `gather` the destination stays, else it walks with src0.
  template <class Emit>
  void down(uint64_t n, uint64_t pitch, Emit emit, bool gather) {
    const auto step = static_cast<uint8_t>(pitch * 4 / kBlock);
    for (uint64_t lane = 0; lane < pitch; lane += 64) {
      const uint64_t active = smaller(64, pitch - lane);
      csr::set_vmask0(active == 64 ? ~uint64_t{0} : (uint64_t{1} << active) - 1);
      for (uint64_t row = 0; row < n; row += kRepeatMax) {
        emit(static_cast<uint32_t>(lane * 4), static_cast<uint32_t>(row * pitch * 4),
             v::Config{.repeat = static_cast<uint8_t>(smaller(kRepeatMax, n - row)),
                       .dst_block = 1,
                       .src0_block = 1,
                       .src1_block = 1,
                       .dst_repeat = gather ? uint8_t{0} : step,
                       .src0_repeat = step,
                       .src1_repeat = 0,
                       .type = static_cast<uint8_t>(kF32)});
      }
    }
  }

  const cubist_softmax_args& a_;
  const uint64_t in_, out_;
  Slots slots_;
  const uint32_t scratch_;
};

}  // namespace

CUBIST_KERNEL(softmax, aiv)(const cubist_softmax_args* args) {
  const cubist_softmax_args a = fetch_args(args);
  Softmax(a).run();
}

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
    if (a_.inner == 1)
      rows();
    else
      columns();
    slots_.finish();
  }

 private:
  // Partial results of reductions: two areas, for inputs of up to 65536 elements.
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
  uint32_t to_scalar(uint32_t from, uint64_t n, Reduce reduce) {
    uint32_t target = scratch_, other = scratch_ + kScratch / 2;
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

  // inner == 1: each row lies in a row.
  void rows() {
    const uint64_t n = a_.length;
    const uint64_t raw_bytes = round_up(n * in_, kBlock), wide_bytes = round_up(n * 4, kBlock);
    if (raw_bytes + wide_bytes * 2 > slots_.bytes() || n > 65536) s::trap(CUBIST_TRAP_NO_TILE);
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
  const cubist_softmax_args a = fetch(args);
  Softmax(a).run();
}

// SPDX-License-Identifier: Apache-2.0
// NCHW <-> NC1HWC0: sixteen channel rows against sixteen-channel pixels, turned by the transposer.
#include "vector/common.h"

using namespace cubist;
using namespace cubist::kernel;

namespace {

constexpr uint64_t kC0 = 16;
// vtrans reaches its rows by a block stride of at most 255: 255 * 16 pixels to a row.
constexpr uint64_t kPixelsMax = 255 * kC0;

struct Tile {
  uint64_t image, c1, pixel, pixels, channels;
  uint64_t groups;  // of 16 pixels, the last one perhaps partly filled
};

template <class Body>
void for_tiles(const cubist_layout_args& a, uint64_t tile, Body body) {
  const uint64_t c1s = (a.channels + kC0 - 1) / kC0;
  const uint64_t parts = (a.pixels + tile - 1) / tile;
  const Share share(a.images * c1s * parts);
  for (uint64_t work = share.begin; work < share.end; ++work) {
    Tile t;
    t.pixel = work % parts * tile;
    t.pixels = smaller(tile, a.pixels - t.pixel);
    t.c1 = work / parts % c1s;
    t.image = work / parts / c1s;
    t.channels = smaller(kC0, a.channels - t.c1 * kC0);
    t.groups = (t.pixels + kC0 - 1) / kC0;
    body(t);
  }
}

// Pixels of a tile: at most what fits, and no more than an even split over the blocks needs.
uint64_t tile_pixels(const cubist_layout_args& a, uint64_t fitting) {
  uint64_t tile = smaller(fitting, kPixelsMax) / kC0 * kC0;
  if (tile == 0) s::trap(CUBIST_TRAP_NO_TILE);
  const uint64_t units = a.images * ((a.channels + kC0 - 1) / kC0);
  if (units < block_num()) {
    const uint64_t parts = (block_num() + units - 1) / units;
    tile = smaller(tile, round_up((a.pixels + parts - 1) / parts, kC0));
  }
  return tile;
}

}  // namespace

CUBIST_KERNEL(to_nc1hwc0, aiv)(const cubist_layout_args* args) {
  const cubist_layout_args a = fetch_args(args);
  const uint64_t in = a.src_type == CUBIST_TYPE_F32 ? 4 : 2;
  Slots slots;
  // A pixel takes 16 elements as loaded, 16 halves as rows, 16 halves as blocks.
  const uint64_t tile = tile_pixels(a, slots.bytes() / (kC0 * (in + 4)));
  for_tiles(a, tile, [&](const Tile& t) {
    const uint64_t pitch = t.groups * kC0;  // elements of a row in the buffer
    const uint32_t loaded = slots.acquire();
    const auto rows = static_cast<uint32_t>(in == 4 ? loaded + kC0 * pitch * 4 : loaded);
    const auto blocks = static_cast<uint32_t>(rows + kC0 * pitch * 2);
    const uint64_t bytes = t.pixels * in;
    csr::set_copy_gap(
        {.gm_gap = static_cast<uint32_t>((a.pixels - t.pixels) * in),
         .local_gap = static_cast<uint32_t>((pitch * in - round_up(bytes, kBlock)) / kBlock)});
    mte2::copy_pad(
        loaded, a.src + ((t.image * a.channels + t.c1 * kC0) * a.pixels + t.pixel) * in,
        {.n_burst = static_cast<uint16_t>(t.channels), .len = static_cast<uint32_t>(bytes)});
    slots.loaded();
    if (in == 4) {
      count(t.channels * pitch);
      v::vconv_f16(rows, loaded, kNarrow);
    }
    if (t.channels < kC0) {
      count((kC0 - t.channels) * pitch);
      csr::set_vscalar(0);
      v::vdup(static_cast<uint32_t>(rows + t.channels * pitch * 2), run(ElementType::f16));
    }
    v::vtrans(blocks, rows,
              {.repeat = static_cast<uint8_t>(t.groups),
               .dst_block = 1,
               .src0_block = static_cast<uint8_t>(t.groups),
               .dst_repeat = kC0,
               .src0_repeat = 1});
    slots.computed();
    const uint64_t c1s = (a.channels + kC0 - 1) / kC0;
    store(a.dst + ((t.image * c1s + t.c1) * a.pixels + t.pixel) * kBlock, blocks,
          t.pixels * kBlock);
    slots.release();
  });
  slots.finish();
}

CUBIST_KERNEL(to_nchw, aiv)(const cubist_layout_args* args) {
  const cubist_layout_args a = fetch_args(args);
  Slots slots;
  const uint64_t tile = tile_pixels(a, slots.bytes() / (kC0 * 4));
  for_tiles(a, tile, [&](const Tile& t) {
    const uint64_t pitch = t.groups * kC0;
    const uint32_t blocks = slots.acquire();
    const auto rows = static_cast<uint32_t>(blocks + pitch * kBlock);
    const uint64_t c1s = (a.channels + kC0 - 1) / kC0;
    load(blocks, a.src + ((t.image * c1s + t.c1) * a.pixels + t.pixel) * kBlock, t.pixels * kBlock);
    slots.loaded();
    v::vtrans(rows, blocks,
              {.repeat = static_cast<uint8_t>(t.groups),
               .dst_block = static_cast<uint8_t>(t.groups),
               .src0_block = 1,
               .dst_repeat = 1,
               .src0_repeat = kC0});
    slots.computed();
    const uint64_t bytes = t.pixels * 2;
    csr::set_copy_gap(
        {.gm_gap = static_cast<uint32_t>((a.pixels - t.pixels) * 2),
         .local_gap = static_cast<uint32_t>((pitch * 2 - round_up(bytes, kBlock)) / kBlock)});
    mte3::copy_pad(
        a.dst + ((t.image * a.channels + t.c1 * kC0) * a.pixels + t.pixel) * 2, rows,
        {.n_burst = static_cast<uint16_t>(t.channels), .len = static_cast<uint32_t>(bytes)});
    slots.release();
  });
  slots.finish();
}

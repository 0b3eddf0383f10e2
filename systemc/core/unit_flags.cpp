// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/unit_flags.h"

#include <algorithm>
#include <cmath>

#include "systemc/core/cube/cube_layout.h"
#include "systemc/core/cube/cube_timing.h"

namespace cubist::core {
namespace {

/// Calls visit(fractal, slot) for what each slot of one accumulation step writes.
template <typename Visit>
void for_each_fractal(const CubeInstruction& i, const CubeConfig& config, Visit visit) {
  const CubeWalk walk = walk_of(i, config);
  const unsigned mt = ceil_div(i.m, kFractal);
  for (uint64_t slot = 0; slot < uint64_t{walk.rows} * walk.columns; ++slot) {
    const unsigned row = static_cast<unsigned>(slot % walk.rows) * config.m;
    const unsigned column = static_cast<unsigned>(slot / walk.rows) * config.n;
    const unsigned last = std::min((row + config.m - 1) / kFractal, mt - 1);
    for (unsigned r = row / kFractal; r <= last; ++r) {
      visit(i.c / UnitFlags::kFractalBytes + column / kFractal * mt + r, slot);
    }
  }
}

}  // namespace

void UnitFlags::clear() {
  fractals_.assign(fractals_.size(), Fractal{});
}

bool UnitFlags::writable(const CubeInstruction& mmad) const {
  const uint32_t first = mmad.c / kFractalBytes;
  const uint32_t count = ceil_div(mmad.m, kFractal) * ceil_div(mmad.n, kFractal);
  for (uint32_t f = first; f < first + count && f < fractals_.size(); ++f) {
    if (fractals_[f].set) return false;
  }
  return true;
}

uint64_t UnitFlags::earliest(const CubeInstruction& mmad, const CubeConfig& config) const {
  const CubeWalk walk = walk_of(mmad, config);
  const unsigned latency = config.depth + 2;  // From a slot's last beat to its result in L0C.
  uint64_t accepted = 0;
  for_each_fractal(mmad, config, [&](uint32_t fractal, uint64_t slot) {
    const uint64_t write = (slot + 1) * walk.beats + latency;
    const uint64_t drained = fractals_[fractal].drained;
    if (drained > write) accepted = std::max(accepted, drained - write);
  });
  return accepted;
}

void UnitFlags::finish(const CubeInstruction& mmad, const CubeConfig& config,
                       const CubeTiming& timing) {
  const CubeWalk walk = walk_of(mmad, config);
  const uint64_t slots = uint64_t{walk.rows} * walk.columns;
  for_each_fractal(mmad, config, [&](uint32_t fractal, uint64_t slot) {
    const uint64_t before_end = (slots - 1 - slot) * walk.beats;
    Fractal& f = fractals_[fractal];
    f.set = true;
    f.there = std::max(timing.accepted, timing.done - std::min(before_end, timing.done));
  });
}

bool UnitFlags::readable(const std::vector<Piece>& pieces) const {
  return std::all_of(pieces.begin(), pieces.end(),
                     [this](const Piece& p) { return fractals_[p.fractal].set; });
}

uint64_t UnitFlags::drain(const std::vector<Piece>& pieces, uint64_t earliest,
                          double bytes_per_cycle, bool clear) {
  const auto cycles = [bytes_per_cycle](uint64_t bytes, bool up) {
    const double exact = static_cast<double>(bytes) / bytes_per_cycle;
    return static_cast<uint64_t>(up ? std::ceil(exact) : exact);
  };
  uint64_t begin = earliest, bytes = 0;
  for (const Piece& p : pieces) {
    const uint64_t there = fractals_[p.fractal].there, passed = cycles(bytes, false);
    if (there > passed) begin = std::max(begin, there - passed);
    bytes += p.bytes;
  }
  bytes = 0;
  for (const Piece& p : pieces) {
    bytes += p.bytes;
    Fractal& f = fractals_[p.fractal];
    f.drained = begin + cycles(bytes, true);
    if (clear) f.set = false;
  }
  return begin;
}

}  // namespace cubist::core

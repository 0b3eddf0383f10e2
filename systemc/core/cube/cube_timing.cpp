// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/cube/cube_timing.h"

#include <algorithm>

#include "systemc/core/cube/cube_layout.h"

namespace cubist::core {

CubeWalk walk_of(const CubeInstruction& i, const CubeConfig& config) {
  CubeWalk w;
  w.rows = ceil_div(i.m, config.m);
  w.columns = ceil_div(i.n, config.n);
  w.steps = ceil_div(i.k, step_k(i.type));
  // A port delivers half a fractal's depth (16 bytes a row) to an 8-deep array and a whole one to a
  // 16-deep array; HF32 needs two fractals for a step, FP32 takes a fractal in two halves.
  const unsigned passes = kFractal / config.k;
  w.beats = (i.type == CubeType::hf32 || i.type == CubeType::fp32 ? 2 : 1) * passes;
  return w;
}

CubeTimer::CubeTimer(const CubeConfig& config) : config_(config) {}

void CubeTimer::reset() {
  *this = CubeTimer(config_);
}

CubeTimer::Tiles CubeTimer::tiles_of(const CubeInstruction& i, uint64_t slot) const {
  const unsigned mt = ceil_div(i.m, kFractal);
  const unsigned rows = ceil_div(i.m, config_.m);
  const unsigned row = (slot % rows) * config_.m;
  const unsigned column = (slot / rows) * config_.n;
  const uint32_t fractal = i.c / kAccFractalBytes + (column / kFractal) * mt + row / kFractal;
  const uint32_t quarter = (row % kFractal / 8) * 2 + column % kFractal / 8;
  return {fractal * 4 + quarter, config_.m > kFractal && row / kFractal + 1 < mt};
}

uint64_t CubeTimer::after_hazards(uint64_t cycle, const Tiles& t) const {
  for (unsigned j = 1; j <= count_; ++j) {
    const Slot& s = recent_[(next_ - j) % kRing];
    if (s.issued + latency() <= cycle) break;  // Older ones are in L0C already.
    const bool same = s.tiles.first == t.first || (s.tiles.two && s.tiles.first + 4 == t.first) ||
                      (t.two && t.first + 4 == s.tiles.first);
    if (same) cycle = s.issued + latency();
  }
  return cycle;
}

void CubeTimer::record(uint64_t issued, const Tiles& tiles) {
  recent_[next_] = {issued, tiles};
  next_ = (next_ + 1) % kRing;
  count_ = std::min(count_ + 1, kRing);
}

CubeTiming CubeTimer::execute(const CubeInstruction& i, uint64_t offered,
                              const CubeArbiter* arbiter) {
  const CubeWalk w = walk_of(i, config_);
  const uint64_t accepted = std::max(offered, ready_);
  const uint64_t slots_a_step = uint64_t{w.rows} * w.columns;
  const uint64_t slots = slots_a_step * w.steps;
  uint64_t cycle = accepted + 1;  // The next beat's earliest cycle.

  // Without stalls, an accumulator that comes round later than the latency never waits, so only the
  // first slots can meet what an earlier instruction left in flight.
  uint64_t walked = slots;
  if (!arbiter && slots_a_step * w.beats >= latency())
    walked = std::min<uint64_t>(slots, latency());
  for (uint64_t slot = 0; slot < walked; ++slot) {
    const Tiles tiles = tiles_of(i, slot % slots_a_step);
    for (unsigned beat = 0; beat < w.beats; ++beat) {
      const bool last = beat + 1 == w.beats;
      const bool reads_c = slot >= slots_a_step || i.init == CubeInit::accumulate;
      if (last && reads_c) cycle = after_hazards(cycle, tiles);
      while (arbiter && arbiter->stalled(cycle)) ++cycle;
      if (last) record(cycle, tiles);
      ++cycle;
    }
  }
  if (walked < slots) {
    const uint64_t rest = slots - walked;
    for (uint64_t j = rest > kRing ? rest - kRing : 0; j < rest; ++j) {
      record(cycle + (j + 1) * w.beats - 1, tiles_of(i, (walked + j) % slots_a_step));
    }
    cycle += rest * w.beats;
  }
  ready_ = cycle - 1;
  return {accepted, ready_ + latency()};
}

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
// Operations that only move elements: fill, broadcast, gather, compress, transpose.
#include "systemc/core/vector/vector_lanes.h"

namespace cubist::core {
namespace {

template <class Raw>
void fill(VectorRun& run) {
  Lanes<Raw> out;
  out.fill(static_cast<Raw>(run.in.scalar));
  for (uint64_t r = 0; r < run.plan.repeats; ++r) run.store(r, out);
}

template <class Raw>
void expand(VectorRun& run) {
  std::array<Raw, 8> a;
  std::array<Raw, kBlockBytes / sizeof(Raw)> block;
  for (uint64_t r = 0; r < run.plan.repeats; ++r) {
    std::memcpy(a.data(), &run.ub[run.in.src0 + r * sizeof a], sizeof a);
    for (uint32_t b = 0; b < 8; ++b) {
      block.fill(a[b]);
      const uint64_t at =
          run.in.dst + (r * run.plan.dst.repeat + uint64_t{b} * run.plan.dst.block) * kBlockBytes;
      std::memcpy(&run.ub[at], block.data(), sizeof block);
    }
  }
}

template <class Raw>
void gather(VectorRun& run) {
  const Packed offsets = packed_offsets(run.in, run.plan);
  const uint32_t per_block = kBlockBytes / sizeof(Raw);
  Lanes<Raw> out{};
  for (uint64_t r = 0; r < run.plan.repeats; ++r) {
    const uint64_t at = offsets.base + r * offsets.step;
    for (uint32_t e = 0; e < run.plan.lanes; ++e) {
      if (!run.plan.active(run.in, r, e)) continue;
      uint64_t from = run.in.place;
      if (run.in.op == kVgather) {
        from += run.get<uint32_t>(at + e * 4);
      } else {
        from += run.get<uint32_t>(at + e / per_block * 4) + e % per_block * sizeof(Raw);
      }
      out[e] = run.get<Raw>(from);
    }
    run.store(r, out);
  }
}

template <class Raw>
void compress(VectorRun& run) {
  const Packed bits = packed_bits(run.plan, run.in.src1);
  uint64_t kept = 0;
  for (uint64_t r = 0; r < run.plan.repeats; ++r) {
    Lanes<Raw> a;
    run.load(run.plan.src0, r, a);
    uint32_t chosen = 0;
    for (uint32_t e = 0; e < run.plan.lanes; ++e) {
      if (!run.plan.active(run.in, r, e)) continue;
      const bool bit = run.plan.mode == 0 && run.bit(bits.base + r * bits.step, e);
      if (gather_mask_takes(run.plan.mode, r * run.plan.lanes + e, bit)) a[chosen++] = a[e];
    }
    std::memcpy(run.ub.data() + run.in.dst + kept * sizeof(Raw), a.data(), chosen * sizeof(Raw));
    kept += chosen;
  }
  if (run.in.has_place) run.put(run.in.place, static_cast<uint32_t>(kept));
}

void transpose(VectorRun& run) {
  const VectorPlan& plan = run.plan;
  for (uint64_t r = 0; r < plan.repeats; ++r) {
    std::array<uint16_t, 256> tile;
    for (uint32_t row = 0; row < 16; ++row) {
      const uint64_t at = run.in.src0 + (r * plan.src0.repeat + row * plan.src0.block) * 32;
      std::memcpy(&tile[row * 16], &run.ub[at], 32);
    }
    for (uint32_t row = 0; row < 16; ++row) {
      std::array<uint16_t, 16> line;
      for (uint32_t column = 0; column < 16; ++column) line[column] = tile[column * 16 + row];
      const uint64_t at = run.in.dst + (r * plan.dst.repeat + row * plan.dst.block) * 32;
      std::memcpy(&run.ub[at], line.data(), 32);
    }
  }
}

template <class Raw>
void run_typed(VectorRun& run) {
  switch (run.plan.form) {
    case VectorForm::fill:
      return fill<Raw>(run);
    case VectorForm::expand:
      return expand<Raw>(run);
    case VectorForm::gather:
      return gather<Raw>(run);
    default:
      return compress<Raw>(run);
  }
}

}  // namespace

void run_movement(VectorRun& run) {
  if (run.plan.form == VectorForm::transpose) return transpose(run);
  size_of(run.plan.from) == 4 ? run_typed<uint32_t>(run) : run_typed<uint16_t>(run);
}

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
// What movers have in common: an instruction becomes a job that is prepared (checked, its sources
// sampled) when it starts, takes its time, and is published in one step when it completes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "systemc/core/core_error.h"
#include "systemc/core/local_buffers.h"
#include "systemc/core/queue_entry.h"

namespace cubist::memory {
class MemoryPort;
}

namespace cubist::core {

/// A run of bytes in GM.
struct GmSegment {
  uint64_t address;
  uint64_t bytes;
};
using GmSegments = std::vector<GmSegment>;

/// Appends a run, joined to the last one when it continues it.
void add_segment(GmSegments& segments, uint64_t address, uint64_t bytes);
uint64_t total_bytes(const GmSegments& segments);

enum class MoverPath : uint8_t {
  gm_to_l1,
  gm_to_ub,
  ub_to_gm,
  l1_to_gm,
  l0c_to_gm,
  l0c_to_l1,
  l1_to_l0a,
  l1_to_l0b,
  l1_to_bt,
  l1_to_fb,
};
inline constexpr unsigned kMoverPaths = 10;
const char* path_name(MoverPath path);
constexpr bool reads_gm(MoverPath p) {
  return p == MoverPath::gm_to_l1 || p == MoverPath::gm_to_ub;
}
constexpr bool writes_gm(MoverPath p) {
  return p == MoverPath::ub_to_gm || p == MoverPath::l1_to_gm || p == MoverPath::l0c_to_gm;
}
double bytes_per_cycle(MoverPath path, const CoreConfig& config);

struct MoverJob {
  MoverPath path = MoverPath::gm_to_l1;
  GmSegments gm;                 ///< In the order of the bytes in `staging`; empty for local jobs.
  std::vector<uint8_t> staging;  ///< The bytes on their way.
  LocalAddress local{};          ///< The destination, or the only local operand.
  uint64_t bytes = 0;            ///< What the port carries.
  bool bypass_l2 = false;        ///< GM requests do not allocate in L2.
};

/// Bytes of `count` runs of `bytes` with `gap` between them.
constexpr uint64_t strided_extent(uint64_t count, uint64_t bytes, uint64_t gap) {
  return count * bytes + (count - 1) * gap;
}
constexpr uint64_t round_up(uint64_t value, uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

/// BAD_CONFIG with this text.
CoreError bad_config(std::string text);
/// BAD_CONFIG when a field of this captured CSR is out of its range.
CoreError check_csr(const QueueEntry& entry, uint16_t number);
/// BUS when a segment is not wholly in device memory.
CoreError check_gm(const GmSegments& segments, const memory::MemoryPort& memory, const char* what);
void read_segments(const memory::MemoryPort& memory, const GmSegments& segments,
                   std::vector<uint8_t>& staging);
void write_segments(memory::MemoryPort& memory, const GmSegments& segments,
                    std::span<const uint8_t> staging);

}  // namespace cubist::core

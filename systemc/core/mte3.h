// SPDX-License-Identifier: Apache-2.0
// MTE3: UB (AIV) or L1 (AIC) to GM: block copy and byte-granular copy.
#pragma once

#include "abi/core_config.h"
#include "systemc/core/mover.h"

namespace cubist::core {

/// Checks a queued instruction and says what it moves. Publishing is write_segments().
CoreError prepare_mte3(const QueueEntry& entry, const LocalBuffers& buffers,
                       const memory::MemoryPort& memory, MoverJob& job);
/// Takes the source's bytes; after prepare.
void sample_mte3(const QueueEntry& entry, const LocalBuffers& buffers, MoverJob& job);

/// Gathers `count` runs of `bytes`, `stride` bytes apart.
void gather_runs(std::span<const uint8_t> src, uint64_t count, uint64_t bytes, uint64_t stride,
                 std::vector<uint8_t>& out);
GmSegments run_segments(uint64_t address, uint64_t count, uint64_t bytes, uint64_t gap);

}  // namespace cubist::core

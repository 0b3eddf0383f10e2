// SPDX-License-Identifier: Apache-2.0
// FIXPIPE: accumulators from L0C to GM or L1, with ReLU, cast, and NZ or row-major layout.
#pragma once

#include "abi/core_config.h"
#include "systemc/core/mover.h"

namespace cubist::core {

/// Checks a queued instruction and says what it moves.
CoreError prepare_fixpipe(const QueueEntry& entry, const LocalBuffers& buffers,
                          const memory::MemoryPort& memory, MoverJob& job);
/// Takes and converts the accumulators; after prepare.
void sample_fixpipe(const QueueEntry& entry, const LocalBuffers& buffers, MoverJob& job);
/// Writes the destination when it is in L1; one in GM is written with write_segments().
void publish_fixpipe(const QueueEntry& entry, LocalBuffers& buffers, const MoverJob& job);

enum class FixpipeCast : uint8_t { fp32 = 0, fp16 = 1, bf16 = 2, int32 = 3 };
constexpr unsigned result_bytes(uint8_t cast) {
  const auto c = static_cast<FixpipeCast>(cast);
  return c == FixpipeCast::fp16 || c == FixpipeCast::bf16 ? 2 : 4;
}

/// FP32 to FP16 and BF16: to nearest even, subnormals kept, overflow to infinity, NaN to the
/// canonical quiet NaN (0x7E00, 0x7FC0).
uint16_t fp32_to_fp16(uint32_t bits);
uint16_t fp32_to_bf16(uint32_t bits);

/// Converts and gathers the result in the order in which it is written: NZ column block by column
/// block of 16 elements a row (columns beyond n_size are zero), ND row by row. `l0c` starts at src.
void fixpipe_gather(const abi::fix::Fixpipe& c, std::span<const uint8_t> l0c,
                    std::vector<uint8_t>& out);
/// The runs of the destination, offsets from its start, in the order of fixpipe_gather's bytes.
GmSegments fixpipe_runs(const abi::fix::Fixpipe& c, uint64_t dst_stride, uint64_t address);

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
// FIXPIPE: accumulators from L0C to GM or L1, with ReLU, scale, cast, and NZ or row-major layout;
// and the parameters for that from L1 to FB.
#pragma once

#include "abi/core_config.h"
#include "systemc/core/fixpipe_convert.h"
#include "systemc/core/mover.h"

namespace cubist::core {

/// Checks a queued instruction and says what it moves.
CoreError prepare_fixpipe(const QueueEntry& entry, const LocalBuffers& buffers,
                          const memory::MemoryPort& memory, MoverJob& job);
/// Takes and converts the accumulators, or takes the parameters; after prepare.
void sample_fixpipe(const QueueEntry& entry, const LocalBuffers& buffers, MoverJob& job);
/// Writes the destination when it is in L1 or FB; one in GM is written with write_segments().
void publish_fixpipe(const QueueEntry& entry, LocalBuffers& buffers, const MoverJob& job);

/// Where the result goes and what happens on the way, besides the instruction's own word.
struct FixpipePlan {
  abi::fix::Fixpipe word;
  uint64_t dst_stride = 0;  ///< FIXPIPE_STRIDE: 32 bytes (NZ) or elements (ND).
  abi::csr::FixpipeNd nd;
  std::vector<FixpipeColumn> columns;  ///< One for each of n_size.

  FixpipeCast cast() const { return static_cast<FixpipeCast>(word.cast); }
  FixpipeRelu relu() const {
    if (word.relu == 0) return FixpipeRelu::none;
    return word.relu_slope == 0 ? FixpipeRelu::zero : FixpipeRelu::slope;
  }
  bool row_major() const { return word.layout != 0; }
  uint64_t matrices() const { return nd.nd_num == 0 ? 1 : nd.nd_num; }
  /// Columns of a column block of the NZ result: 32 bytes of them, 64 bytes of FP32 and INT32
  /// unless they are split.
  unsigned block_columns() const {
    const unsigned bits = result_bits(cast());
    return bits == 32 ? (word.channel_split != 0 ? 8 : 16) : 256 / bits;
  }
};

/// The result in the order in which it is written: NZ column block by column block (columns beyond
/// n_size are zero), ND row by row, matrix by matrix. `l0c` starts at the source.
void fixpipe_gather(const FixpipePlan& plan, std::span<const uint8_t> l0c,
                    std::vector<uint8_t>& out);
/// The runs of the destination, from `address` on, in the order of fixpipe_gather's bytes.
GmSegments fixpipe_runs(const FixpipePlan& plan, uint64_t address);

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
// MTE2: GM to L1 (AIC) or UB (AIV): block copy, padded byte copy, ND to NZ, fill.
#pragma once

#include "abi/core_config.h"
#include "systemc/core/mover.h"

namespace cubist::core {

/// Checks a queued instruction and says what it moves. Its source is taken by read_segments().
CoreError prepare_mte2(const QueueEntry& entry, const LocalBuffers& buffers,
                       const memory::MemoryPort& memory, MoverJob& job);
/// Writes its destination.
void publish_mte2(const QueueEntry& entry, LocalBuffers& buffers, const MoverJob& job);

// The parts, as pure functions. `*_source` lists what is read, in the order in which `*_store`
// expects the bytes; `*_extent` is how far the destination reaches.
GmSegments copy_source(const abi::mte2::Copy& c, uint64_t address);
uint64_t copy_extent(const abi::mte2::Copy& c);
void copy_store(const abi::mte2::Copy& c, std::span<const uint8_t> bytes, std::span<uint8_t> dst);

GmSegments copy_pad_source(const abi::mte2::CopyPad& c, const abi::csr::CopyGap& gap,
                           uint64_t address);
uint64_t copy_pad_extent(const abi::mte2::CopyPad& c, const abi::csr::CopyGap& gap);
/// A padding byte at offset i of its row is byte i mod size of `value`.
void copy_pad_store(const abi::mte2::CopyPad& c, const abi::csr::CopyGap& gap, uint64_t value,
                    std::span<const uint8_t> bytes, std::span<uint8_t> dst);

GmSegments nd2nz_source(const abi::mte2::Nd2nz& c, const abi::csr::Nd2nzSrc& strides,
                        uint64_t address);
uint64_t nd2nz_extent(const abi::mte2::Nd2nz& c, const abi::csr::Nd2nzDst& strides);
void nd2nz_store(const abi::mte2::Nd2nz& c, const abi::csr::Nd2nzDst& strides,
                 std::span<const uint8_t> bytes, std::span<uint8_t> dst);

}  // namespace cubist::core

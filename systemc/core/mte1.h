// SPDX-License-Identifier: Apache-2.0
// MTE1: L1 to L0A, L0B and the bias table: fractals, im2col, bias.
#pragma once

#include "abi/core_config.h"
#include "systemc/core/mover.h"

namespace cubist::core {

/// Checks a queued instruction and says what it moves.
CoreError prepare_mte1(const QueueEntry& entry, const LocalBuffers& buffers, MoverJob& job);
/// Takes the source's bytes; after prepare.
void sample_mte1(const QueueEntry& entry, const LocalBuffers& buffers, MoverJob& job);
/// Writes the destination.
void publish_mte1(const QueueEntry& entry, LocalBuffers& buffers, const MoverJob& job);

// The parts, as pure functions.

/// Fractals of one step of a load2d: two when squares of 8-bit or 32-bit elements are transposed.
constexpr unsigned load2d_fractals(const abi::mte1::Load2d& c) {
  if (c.transpose == 0) return 1;
  return abi::element_bytes(static_cast<abi::ElementType>(c.type)) == 2 ? 1 : 2;
}
/// Gathers the fractals of a load2d, transposed if asked for, one after the other.
void load2d_gather(const abi::mte1::Load2d& c, const abi::csr::Load2dPair& pair,
                   std::span<const uint8_t> src, std::vector<uint8_t>& fractals);
void load2d_store(const abi::mte1::Load2d& c, const abi::csr::Load2dPair& pair,
                  std::span<const uint8_t> fractals, std::span<uint8_t> dst);

/// A feature map and the filter that runs over it.
struct Im2col {
  abi::csr::Load3dFmap map;
  abi::csr::Load3dFilter filter;
  abi::csr::Load3dPad pad;

  /// Output pixels; 0 when the filter does not fit.
  uint64_t out_height() const;
  uint64_t out_width() const;
  /// Elements of a block of 32 bytes; 0 for an unknown type.
  uint32_t c0() const {
    const unsigned size = abi::element_bytes(static_cast<abi::ElementType>(map.type));
    return size == 0 ? 0 : 32 / size;
  }
  /// Columns of the whole im2col matrix.
  uint64_t columns() const { return uint64_t{map.c1} * filter.filter_h * filter.filter_w * c0(); }
};
/// BAD_CONFIG when a size, stride or dilation is zero, or the filter does not fit.
CoreError check_im2col(const Im2col& g, const abi::mte1::Load3d& c);
/// The zZ fractals of the window; `map` starts at the feature map.
void load3d_gather(const Im2col& g, const abi::mte1::Load3d& c, std::span<const uint8_t> map,
                   std::vector<uint8_t>& fractals);

}  // namespace cubist::core

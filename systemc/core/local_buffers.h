// SPDX-License-Identifier: Apache-2.0
// The buffers of a core and where they lie in its private address map.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "abi/core_isa.h"
#include "systemc/core/core_config.h"
#include "systemc/core/core_error.h"

namespace cubist::core {

/// True for an address of device memory, on any die.
bool in_gm(uint64_t address);

/// A local address taken apart.
struct LocalAddress {
  abi::Region region;
  uint32_t offset;
};

class LocalBuffers {
 public:
  /// `cube_core`: L1, L0A, L0B, L0C, BT, FB; otherwise UB. Both have SCALAR. Contents start as zero
  /// and survive from block to block, as in SRAM.
  LocalBuffers(const CoreConfig& config, bool cube_core);

  /// Contents; empty when this core has no such buffer.
  std::span<uint8_t> buffer(abi::Region region) { return buffers_[static_cast<unsigned>(region)]; }
  std::span<const uint8_t> buffer(abi::Region region) const {
    return buffers_[static_cast<unsigned>(region)];
  }
  uint32_t size(abi::Region region) const {
    return static_cast<uint32_t>(buffers_[static_cast<unsigned>(region)].size());
  }

  /// Finds the buffer of `address`, which an instruction may use as its mask of regions allows.
  /// Errors: BUS when nothing of this core is there, BAD_CONFIG when the instruction cannot use
  /// that buffer, MISALIGNED. `what` names the operand ("destination").
  CoreError locate(uint64_t address, uint32_t regions, unsigned align, const char* what,
                   LocalAddress& found) const;
  /// BUFFER_OVERRUN when [offset, offset + bytes) leaves the buffer.
  CoreError check_extent(const LocalAddress& at, uint64_t bytes, const char* what) const;
  /// The same for bytes that are going to be read: also ECC when one of them is poisoned.
  CoreError check_source(const LocalAddress& at, uint64_t bytes, const char* what) const;

  /// Gives a byte an error that correction cannot restore. False when no buffer is there.
  bool poison(uint64_t address);
  void heal() { poisoned_.clear(); }

 private:
  std::array<std::vector<uint8_t>, abi::kRegions.size()> buffers_;
  std::vector<LocalAddress> poisoned_;
};

/// "L1 + 0x200", or the number for an address in no region.
std::string describe_local(uint64_t address);

}  // namespace cubist::core

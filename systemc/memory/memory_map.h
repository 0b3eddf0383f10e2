// SPDX-License-Identifier: Apache-2.0
// The chip's RAM by address: HBM, and the host memory that the bridge reaches.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "systemc/memory/backing_store.h"
#include "systemc/memory/memory_port.h"

namespace cubist::memory {

class MemoryMap final : public MemoryPort {
 public:
  /// `hbm_bytes` of device memory at `hbm_base`. Host ranges are added as they are allocated.
  MemoryMap(uint64_t hbm_base, uint64_t hbm_bytes, unsigned die = 0);

  /// Makes `bytes` of zeroed host memory reachable at `base` and returns them; they live as long as
  /// the map. Nothing (and no change) when the range overlaps another or the host has no memory.
  std::optional<std::span<uint8_t>> add_host_range(uint64_t base, uint64_t bytes);

  uint64_t hbm_base() const { return hbm_base_; }
  uint64_t hbm_bytes() const { return hbm_.size(); }
  bool is_hbm(uint64_t address) const {
    return address >= hbm_base_ && address - hbm_base_ < hbm_.size();
  }
  /// Host bytes held for HBM.
  uint64_t allocated() const { return hbm_.allocated(); }

  /// The first byte of [address, address + bytes) that is not RAM; nothing when all of it is.
  std::optional<uint64_t> first_unmapped(uint64_t address, uint64_t bytes) const;

  // --- MemoryPort ----------------------------------------------------------------------------
  bool contains(uint64_t address, uint64_t bytes) const override;
  bool read(uint64_t address, std::span<uint8_t> out) const override;
  bool write(uint64_t address, std::span<const uint8_t> in) override;
  bool fill(uint64_t address, uint64_t bytes, uint32_t pattern) override;
  const uint8_t* page(uint64_t address) const override;
  void mark_code(uint64_t address) override;
  uint64_t code_generation() const override { return code_generation_; }
  std::string describe(uint64_t address) const override;

  /// Copies [from, from + bytes) to `to` as if through a buffer of that size; false (and nothing
  /// copied) unless both lie in RAM.
  bool copy(uint64_t to, uint64_t from, uint64_t bytes);

 private:
  struct FreeMemory {
    void operator()(uint8_t* memory) const;
  };
  struct HostRange {
    uint64_t bytes;
    std::unique_ptr<uint8_t, FreeMemory> memory;
  };

  /// The host range that `address` lies in and its start, or nullptr.
  const HostRange* host_range(uint64_t address, uint64_t& base) const;
  void note_write(uint64_t address, uint64_t bytes);

  uint64_t hbm_base_;
  unsigned die_;
  BackingStore hbm_;
  std::map<uint64_t, HostRange> host_;  // By base.
  std::set<uint64_t> code_pages_;       // Numbers of 4 KiB pages.
  uint64_t code_generation_ = 0;
};

}  // namespace cubist::memory

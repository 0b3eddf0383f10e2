// SPDX-License-Identifier: Apache-2.0
// First-fit allocation of an address range; the same requests always give the same addresses.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace cubist::host {

/// Hands out blocks of [base, base + bytes). Keeps its books outside the memory it manages.
class AddressPool {
 public:
  AddressPool() = default;
  /// `alignment`: a power of two; base and every block are multiples of it.
  AddressPool(uint64_t base, uint64_t bytes, uint64_t alignment);

  /// The lowest block that is large enough, or nothing. Sizes are rounded up to the alignment; zero
  /// takes one unit, so that every block has an address of its own.
  std::optional<uint64_t> allocate(uint64_t bytes);
  /// False if no block starts there.
  bool release(uint64_t address);

  /// True when all of [address, address + bytes) lies in one block (as asked for, not rounded).
  bool contains(uint64_t address, uint64_t bytes) const;
  /// Where `address` lies in relation to the nearest block: "offset 0x20 of the 4096-byte
  /// allocation at 0x1000000000", "16 bytes past the end of ...". Empty if there is no block.
  std::string describe(uint64_t address) const;

  uint64_t total() const { return bytes_; }
  uint64_t used() const { return used_; }
  uint64_t peak() const { return peak_; }
  uint64_t largest_free() const;
  uint64_t base() const { return base_; }

 private:
  struct Block {
    uint64_t bytes;      ///< Taken, a multiple of the alignment.
    uint64_t requested;  ///< As asked for.
  };
  uint64_t base_ = 0, bytes_ = 0, alignment_ = 1;
  uint64_t used_ = 0, peak_ = 0;
  std::map<uint64_t, Block> blocks_;   ///< By address.
  std::map<uint64_t, uint64_t> free_;  ///< Address to size; never adjacent to each other.
};

}  // namespace cubist::host

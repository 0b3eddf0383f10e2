// SPDX-License-Identifier: Apache-2.0
// Bytes of a large memory, kept only where somebody wrote.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace cubist::memory {

/// A memory of any size that costs the host what was written, in units of 64 KiB. Unwritten memory
/// reads as zero. Offsets are relative to its start; callers have checked them against size().
class BackingStore {
 public:
  static constexpr uint64_t kChunkBytes = 64 << 10;

  explicit BackingStore(uint64_t bytes);

  uint64_t size() const { return size_; }
  void read(uint64_t offset, std::span<uint8_t> out) const;
  void write(uint64_t offset, std::span<const uint8_t> in);
  /// Repeats the four bytes of `pattern` (least significant first), the first of them at `offset`.
  /// Zeros are not stored where nothing was stored before.
  void fill(uint64_t offset, uint64_t bytes, uint32_t pattern);

  /// Host memory from `offset` to the end of its chunk, or nullptr when it was never written.
  const uint8_t* peek(uint64_t offset) const {
    const Group* group = groups_[offset / kGroupBytes].get();
    const uint8_t* chunk =
        group == nullptr ? nullptr : group->chunks[offset / kChunkBytes % kChunks].get();
    return chunk == nullptr ? nullptr : chunk + offset % kChunkBytes;
  }

  /// Host bytes held for this memory; follows the data written.
  uint64_t allocated() const { return allocated_; }

 private:
  static constexpr uint64_t kChunks = 512;
  static constexpr uint64_t kGroupBytes = kChunkBytes * kChunks;
  struct Group {
    std::array<std::unique_ptr<uint8_t[]>, kChunks> chunks;
  };

  uint8_t* touch(uint64_t offset);

  uint64_t size_;
  uint64_t allocated_ = 0;
  std::vector<std::unique_ptr<Group>> groups_;
};

/// Fills [to, to + bytes) with `pattern` as if its first byte were `phase` bytes into the pattern.
void fill_pattern(uint8_t* to, uint64_t bytes, uint32_t pattern, unsigned phase);

}  // namespace cubist::memory

// SPDX-License-Identifier: Apache-2.0
// The scalar unit's data cache: tags for timing. Values are coherent and come from memory.
#pragma once

#include <cstdint>
#include <vector>

namespace cubist::core {

/// Direct-mapped, read-allocate, write-through.
class ScalarCache {
 public:
  static constexpr unsigned kLineBytes = 64;

  /// `bytes` is a multiple of 64; 0 makes a cache that never hits.
  explicit ScalarCache(uint32_t bytes) : tags_(bytes / kLineBytes, kNone) {}

  /// Whether the line that holds `address` is present.
  bool contains(uint64_t address) const {
    const uint64_t line = address / kLineBytes;
    return !tags_.empty() && tags_[line % tags_.size()] == line;
  }
  void fill(uint64_t address) {
    const uint64_t line = address / kLineBytes;
    tags_[line % tags_.size()] = line;
  }
  void invalidate() { tags_.assign(tags_.size(), kNone); }

 private:
  static constexpr uint64_t kNone = ~uint64_t{0};
  std::vector<uint64_t> tags_;
};

}  // namespace cubist::core

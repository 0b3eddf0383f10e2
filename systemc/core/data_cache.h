// SPDX-License-Identifier: Apache-2.0
// The scalar unit's data cache, which nothing keeps coherent with memory: direct-mapped,
// write-back, allocating on loads and stores. Lines keep the bytes that a real cache would hold, so
// that a read of something that has changed in memory since is noticed; what the unit does about
// that is in scalar_memory.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "systemc/memory/memory_port.h"

namespace cubist::core {

class DataCache {
 public:
  static constexpr unsigned kLineBytes = 64;
  struct Line {
    uint64_t address = kNone;
    uint64_t dirty = 0;  ///< One bit a byte.
    std::array<uint8_t, kLineBytes> bytes{};
  };
  static constexpr uint64_t kNone = ~uint64_t{0};

  /// `bytes` is a multiple of 64; 0 makes a cache that never holds anything.
  explicit DataCache(uint32_t bytes) : lines_(bytes / kLineBytes) {}

  bool exists() const { return !lines_.empty(); }
  bool contains(uint64_t address) const { return find(address) != nullptr; }
  /// The line that must leave before the one of `address` can come, if it has to be written back.
  Line* dirty_victim(uint64_t address);
  /// Brings the line of `address` in, with what is in memory now.
  void fill(uint64_t address, const memory::MemoryPort& memory);
  /// Bytes of lines that are there.
  void load(uint64_t address, std::span<uint8_t> out) const;
  void store(uint64_t address, std::span<const uint8_t> in);
  void invalidate(uint64_t address);
  void invalidate_all();
  /// The line of `address`, or all lines, that must be written back; in the order of the sets.
  std::vector<Line*> dirty_lines(std::optional<uint64_t> address);

 private:
  const Line* find(uint64_t address) const;
  Line& place_of(uint64_t address) { return lines_[address / kLineBytes % lines_.size()]; }

  std::vector<Line> lines_;
};

/// Bytes that data caches of the chip have not written back, for those who read memory: they would
/// get what was there before.
class DirtyLines {
 public:
  /// The core's line has these dirty bytes now; none: it is clean or gone.
  void set(uint64_t line, uint32_t core, const std::string& path, uint64_t mask);
  bool empty() const { return lines_.empty(); }
  struct Found {
    uint64_t address;
    std::string path;  ///< Of the core that holds it.
  };
  /// The first such byte in [address, address + bytes), not counting those of core `except`.
  std::optional<Found> find(uint64_t address, uint64_t bytes, std::optional<uint32_t> except) const;

 private:
  struct Holder {
    uint64_t mask;
    std::string path;
  };
  std::map<std::pair<uint64_t, uint32_t>, Holder> lines_;  // By address and core.
};

}  // namespace cubist::core

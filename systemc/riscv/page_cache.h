// SPDX-License-Identifier: Apache-2.0
// Fast pages for data: a small direct-mapped table from page numbers to host memory.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

namespace cubist::riscv {

class PageCache {
 public:
  static constexpr unsigned kEntries = 64;
  static constexpr uint64_t kNoPage = ~uint64_t{0};  // No address has this page number.

  struct Entry {
    uint64_t read_page = kNoPage;   ///< Page number that may be read through `bias`.
    uint64_t write_page = kNoPage;  ///< Page number that may be written through `bias`.
    uintptr_t bias = 0;             ///< Host address less target address (wraps).
    uint64_t known_page = kNoPage;  ///< Page number this entry was filled for.
    bool readable = false;          ///< What the bus allows, protection aside.
    bool writable = false;
  };

  static unsigned index(uint64_t address) { return address >> 12 & (kEntries - 1); }
  Entry& entry(uint64_t address) { return entries_[index(address)]; }

  /// Host memory of an access of sizeof(T) inside one readable page, or nullptr.
  template <typename T>
  const uint8_t* read(uint64_t address) const {
    const Entry& e = entries_[index(address)];
    if (e.read_page != address >> 12 || (address & 4095) > 4096 - sizeof(T)) return nullptr;
    return reinterpret_cast<const uint8_t*>(e.bias + address);
  }
  template <typename T>
  uint8_t* write(uint64_t address) const {
    const Entry& e = entries_[index(address)];
    if (e.write_page != address >> 12 || (address & 4095) > 4096 - sizeof(T)) return nullptr;
    return reinterpret_cast<uint8_t*>(e.bias + address);
  }

  void clear() { entries_.fill(Entry{}); }

 private:
  std::array<Entry, kEntries> entries_{};
};

/// Little-endian memory access of any alignment; hosts of Cubist are little-endian.
template <typename T>
T read_host(const uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}
template <typename T>
void write_host(uint8_t* to, T value) {
  std::memcpy(to, &value, sizeof(T));
}

}  // namespace cubist::riscv

// SPDX-License-Identifier: Apache-2.0
// Predecoded instructions, a page at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "systemc/riscv/isa.h"
#include "systemc/riscv/trap.h"

namespace cubist::riscv {

inline constexpr uint64_t kPageBytes = 4096;

/// One slot for every 2 bytes of a 4 KiB page, filled when first executed, and two slots behind the
/// page that lead on to the next (an instruction may straddle the end).
struct CodePage {
  static constexpr unsigned kSlots = kPageBytes / 2;
  explicit CodePage(uint64_t page_address);

  uint64_t address;
  std::array<Decoded, kSlots + 2> slots;
};

/// Pages by address and mode (protection differs between modes). Pointers stay valid until clear().
class CodeCache {
 public:
  /// The page that holds `pc`, created empty when it is new.
  CodePage* page(uint64_t pc, Mode mode);
  void clear();
  /// Empties the slots of all instructions that have a byte in [address, address + bytes).
  void forget(uint64_t address, uint64_t bytes);

 private:
  static constexpr unsigned kQuick = 64;
  struct Quick {
    uint64_t key = ~uint64_t{0};
    CodePage* page = nullptr;
  };
  std::array<Quick, kQuick> quick_{};                              // In front of the map.
  std::unordered_map<uint64_t, std::unique_ptr<CodePage>> pages_;  // Looked up, never iterated.
};

}  // namespace cubist::riscv

// SPDX-License-Identifier: Apache-2.0
// A kernel ELF, checked and taken apart: what is loaded where, its functions, its kernel table.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cubist::host {

struct ElfSegment {
  uint64_t address = 0;       ///< As linked.
  uint64_t memory_bytes = 0;  ///< The part beyond `bytes` is zero.
  std::span<const uint8_t> bytes;
};

struct ElfSection {
  std::string_view name;
  uint64_t address = 0;
  std::span<const uint8_t> bytes;  ///< Empty for sections without content.
};

struct ElfSymbol {
  uint64_t address = 0, size = 0;
  std::string_view name;
};

/// A view of an ELF64 file for RISC-V; the bytes must outlive it. Every offset is checked, whatever
/// the file says.
class ElfImage {
 public:
  /// Throws Error (invalid_elf) with one line that names the file and what is wrong with it.
  ElfImage(std::span<const uint8_t> file, const std::string& name);

  const std::vector<ElfSegment>& segments() const { return segments_; }
  const std::vector<ElfSection>& sections() const { return sections_; }
  /// Functions in order of address.
  const std::vector<ElfSymbol>& functions() const { return functions_; }
  uint64_t entry() const { return entry_; }
  const ElfSection* section(std::string_view name) const;
  /// Lowest address of a segment, and the end of the highest.
  uint64_t low() const { return low_; }
  uint64_t high() const { return high_; }
  /// The text at a linked address, if a zero-terminated one of at most 256 bytes lies in a segment.
  std::string_view text_at(uint64_t address) const;

 private:
  [[noreturn]] void fail(const std::string& reason) const;
  std::span<const uint8_t> part(uint64_t offset, uint64_t bytes, const char* what) const;
  void read_segments(uint64_t offset, unsigned count, unsigned entry_bytes);
  void read_sections(uint64_t offset, unsigned count, unsigned entry_bytes, unsigned names);
  void read_symbols(const ElfSection& table, const ElfSection& strings);

  std::span<const uint8_t> file_;
  std::string name_;
  uint64_t entry_ = 0, low_ = ~uint64_t{0}, high_ = 0;
  std::vector<ElfSegment> segments_;
  std::vector<ElfSection> sections_;
  std::vector<ElfSymbol> functions_;
};

}  // namespace cubist::host

// SPDX-License-Identifier: Apache-2.0
// Loader of 64-bit RISC-V executables: segments, entry and symbols. Throws nothing: what is wrong
// with a file comes back as one line of text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cubist::riscv {

/// A loadable part of the program. Bytes behind `data` up to `memory_size` are zero.
struct ElfSegment {
  uint64_t virtual_address = 0;   ///< Where the program expects it.
  uint64_t physical_address = 0;  ///< Where it is loaded; the same without a boot-time copy.
  uint64_t memory_size = 0;       ///< In bytes, never 0 and never below data.size().
  std::vector<uint8_t> data;
  bool readable = false, writable = false, executable = false;
};

struct ElfSymbol {
  enum class Kind : uint8_t { other, object, function };
  std::string name;
  uint64_t address = 0;
  uint64_t size = 0;  ///< In bytes; 0 when the compiler gave none.
  Kind kind = Kind::other;
  bool absolute = false;  ///< A number, not a place in the program.
};

class ElfImage {
 public:
  uint64_t entry = 0;
  std::vector<ElfSegment> segments;  ///< In the order of the file; no two overlap.
  std::vector<ElfSymbol> symbols;    ///< Ordered by address; named ones only.

  /// The symbol of this name (the one with the lowest address if there are several), or nullptr.
  const ElfSymbol* find(std::string_view name) const;
  /// The symbol that covers `address`, or the nearest one below in the same segment if that symbol
  /// has no size; nullptr when there is none.
  const ElfSymbol* covering(uint64_t address) const;
  /// "name+0x1c", "name" at its start, or the address in hexadecimal.
  std::string locate(uint64_t address) const;
};

struct ElfLimits {
  uint64_t file_bytes = uint64_t{256} << 20;  ///< Largest file that is read.
  uint64_t memory_bytes = uint64_t{4} << 30;  ///< Largest sum of the segments' memory sizes.
};

/// Exactly one of the two is set.
struct ElfResult {
  std::optional<ElfImage> image;
  std::string error;  ///< One line: what is wrong, where, and what was expected.
};

/// Reads a file. Errors name `path`.
ElfResult load_elf(const std::string& path, const ElfLimits& limits = {});

/// Parses an ELF file held in memory. Errors begin with `name`.
ElfResult parse_elf(const uint8_t* bytes, std::size_t size, const std::string& name,
                    const ElfLimits& limits = {});

}  // namespace cubist::riscv

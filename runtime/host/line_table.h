// SPDX-License-Identifier: Apache-2.0
// Source lines of a program: the DWARF line table (versions 3 to 5) of an ELF file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cubist::host {

struct SourceLine {
  std::string file;  ///< As the compiler was called, with its folder where known.
  uint32_t line = 0;
  /// "matmul.cpp:42"
  std::string brief() const;
};

/// Sections of the file; empty where it has none.
struct LineSections {
  std::span<const uint8_t> line, line_strings, strings;
};

class LineTable {
 public:
  LineTable() = default;
  /// Reads what it understands; a table that is damaged or of another version ends there, silently:
  /// lines only help people.
  explicit LineTable(const LineSections& sections);

  /// The line of the instruction at `address`, if the table has one.
  std::optional<SourceLine> find(uint64_t address) const;
  /// The same, but for an instruction that was inlined from a file with this in its path: the
  /// nearest line before it that is of another file, which is about where it was called.
  std::optional<SourceLine> find_caller(uint64_t address, std::string_view inlined) const;
  size_t size() const { return rows_.size(); }

 private:
  struct Row {
    uint64_t address;
    uint32_t file;  // Index in files_; kEnd: no code from here on.
    uint32_t line;
  };
  static constexpr uint32_t kEnd = ~uint32_t{0};
  class Reader;

  bool read_unit(Reader& unit, const LineSections& sections);
  bool read_files(Reader& header, unsigned version, const LineSections& sections);
  void run_program(Reader& program, const struct LineProgram& parameters);

  std::vector<Row> rows_;  // By address.
  std::vector<std::string> files_;
  std::vector<uint32_t> unit_files_;  // Of the unit being read: its numbers to ours.
};

}  // namespace cubist::host

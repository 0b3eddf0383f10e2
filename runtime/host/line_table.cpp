// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/line_table.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace cubist::host {

/// What the header says about a unit's line program.
struct LineProgram {
  unsigned least_instruction = 1, line_range = 1, opcode_base = 1;
  int line_base = 0;
  std::array<uint8_t, 256> operands{};  // Of each standard opcode.
};

namespace {

// DWARF 5, sections 6.2.4 and 6.2.5.
enum Form : uint64_t {
  kData2 = 0x05,
  kData4 = 0x06,
  kData8 = 0x07,
  kString = 0x08,
  kBlock = 0x09,
  kData1 = 0x0b,
  kStrp = 0x0e,
  kUdata = 0x0f,
  kData16 = 0x1e,
  kLineStrp = 0x1f
};
enum Content : uint64_t { kPath = 1, kDirectory = 2 };
enum Standard : uint8_t {
  kCopy = 1,
  kAdvancePc = 2,
  kAdvanceLine = 3,
  kSetFile = 4,
  kConstAddPc = 8,
  kFixedAdvancePc = 9
};
enum Extended : uint8_t { kEndSequence = 1, kSetAddress = 2 };

std::string text_at(std::span<const uint8_t> strings, uint64_t offset) {
  if (offset >= strings.size()) return {};
  const auto* begin = reinterpret_cast<const char*>(strings.data()) + offset;
  return {begin, strnlen(begin, strings.size() - offset)};
}

std::string joined(const std::string& folder, const std::string& name) {
  return folder.empty() || name.empty() || name[0] == '/' ? name : folder + "/" + name;
}

}  // namespace

std::string SourceLine::brief() const {
  const size_t slash = file.rfind('/');
  return (slash == std::string::npos ? file : file.substr(slash + 1)) + ":" + std::to_string(line);
}

/// Little-endian numbers one after the other; behind the end everything is zero and `good` false.
class LineTable::Reader {
 public:
  explicit Reader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  bool good() const { return good_; }
  bool done() const { return !good_ || bytes_.empty(); }
  std::span<const uint8_t> take(uint64_t count) {
    if (count > bytes_.size()) {
      good_ = false;
      bytes_ = {};
      return {};
    }
    const auto part = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return part;
  }
  uint64_t number(unsigned bytes) {
    uint64_t value = 0;
    const auto part = take(bytes);
    for (size_t i = 0; i < part.size(); ++i) value |= uint64_t{part[i]} << (8 * i);
    return value;
  }
  uint64_t uleb() {
    uint64_t value = 0;
    for (unsigned shift = 0; good_; shift += 7) {
      const uint64_t byte = number(1);
      if (shift < 64) value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) break;
    }
    return value;
  }
  int64_t sleb() {
    uint64_t value = 0;
    unsigned shift = 0;
    for (uint64_t byte = 0x80; good_ && (byte & 0x80) != 0; shift += 7) {
      byte = number(1);
      if (shift < 64) value |= (byte & 0x7f) << shift;
      if ((byte & 0xc0) == 0x40 && shift + 7 < 64) value |= ~uint64_t{0} << (shift + 7);
    }
    return static_cast<int64_t>(value);
  }
  std::string text() {
    const auto* begin = reinterpret_cast<const char*>(bytes_.data());
    const size_t length = bytes_.empty() ? 0 : strnlen(begin, bytes_.size());
    std::string result(begin, length);
    take(length + 1);
    return result;
  }

 private:
  std::span<const uint8_t> bytes_;
  bool good_ = true;
};

LineTable::LineTable(const LineSections& sections) {
  Reader all(sections.line);
  while (!all.done()) {
    uint64_t length = all.number(4);
    if (length == 0xffffffff) break;  // 64-bit DWARF: no compiler for this target makes it.
    Reader unit(all.take(length));
    if (!all.good() || !read_unit(unit, sections)) break;
  }
  // At one address, where one piece of code ends another may begin: the end comes first.
  std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
    return a.address != b.address ? a.address < b.address : (a.file == kEnd) > (b.file == kEnd);
  });
}

bool LineTable::read_unit(Reader& unit, const LineSections& sections) {
  const auto version = static_cast<unsigned>(unit.number(2));
  if (version < 3 || version > 5) return true;  // Not ours to read; the next unit may be.
  if (version == 5 && (unit.number(1) != 8 || unit.number(1) != 0)) return true;
  Reader header(unit.take(unit.number(4)));
  LineProgram p;
  p.least_instruction = static_cast<unsigned>(header.number(1));
  if (version >= 4) header.number(1);  // Operations of an instruction: 1 on this target.
  header.number(1);                    // Whether rows begin statements: all rows serve us.
  p.line_base = static_cast<int>(static_cast<int64_t>(header.number(1) << 56) >> 56);
  p.line_range = static_cast<unsigned>(header.number(1));
  p.opcode_base = static_cast<unsigned>(header.number(1));
  if (p.line_range == 0 || p.opcode_base == 0) return false;
  for (unsigned i = 1; i < p.opcode_base; ++i)
    p.operands[i] = static_cast<uint8_t>(header.number(1));
  if (!read_files(header, version, sections) || !header.good()) return false;
  run_program(unit, p);
  return unit.good();
}

bool LineTable::read_files(Reader& h, unsigned version, const LineSections& sections) {
  unit_files_.clear();
  const auto add = [this](std::string name) {
    unit_files_.push_back(static_cast<uint32_t>(files_.size()));
    files_.push_back(std::move(name));
  };
  std::vector<std::string> folders;
  if (version < 5) {
    folders.emplace_back();  // 0: where the compiler ran.
    for (std::string folder = h.text(); !folder.empty(); folder = h.text()) {
      folders.push_back(folder);
    }
    add({});  // Files count from 1.
    for (std::string name = h.text(); !name.empty(); name = h.text()) {
      const uint64_t folder = h.uleb();
      h.uleb();
      h.uleb();
      add(joined(folder < folders.size() ? folders[folder] : std::string(), name));
    }
    return true;
  }
  for (const bool are_files : {false, true}) {
    std::vector<std::pair<uint64_t, uint64_t>> format(h.number(1));
    for (auto& [content, form] : format) {
      content = h.uleb();
      form = h.uleb();
    }
    for (uint64_t count = h.uleb(); count != 0 && h.good(); --count) {
      std::string name;
      uint64_t folder = 0;
      for (const auto& [content, form] : format) {
        std::string text;
        uint64_t number = 0;
        switch (form) {
          case kString:
            text = h.text();
            break;
          case kLineStrp:
            text = text_at(sections.line_strings, h.number(4));
            break;
          case kStrp:
            text = text_at(sections.strings, h.number(4));
            break;
          case kUdata:
            number = h.uleb();
            break;
          case kData1:
            number = h.number(1);
            break;
          case kData2:
            number = h.number(2);
            break;
          case kData4:
            number = h.number(4);
            break;
          case kData8:
            number = h.number(8);
            break;
          case kData16:
            h.take(16);
            break;
          case kBlock:
            h.take(h.uleb());
            break;
          default:
            return false;
        }
        if (content == kPath) name = text;
        if (content == kDirectory) folder = number;
      }
      if (are_files) {
        add(joined(folder < folders.size() ? folders[folder] : std::string(), name));
      } else {
        folders.push_back(folders.empty() ? name : joined(folders[0], name));
      }
    }
  }
  return true;
}

void LineTable::run_program(Reader& program, const LineProgram& p) {
  uint64_t address = 0, file = 1, line = 1;
  size_t first = rows_.size();  // Of the present sequence.
  const auto row = [&] {
    rows_.push_back({address, file < unit_files_.size() ? unit_files_[file] : kEnd,
                     static_cast<uint32_t>(line)});
  };
  const auto advance = [&](uint64_t operations) { address += operations * p.least_instruction; };
  while (!program.done()) {
    const auto opcode = static_cast<uint8_t>(program.number(1));
    if (opcode >= p.opcode_base) {
      const unsigned adjusted = opcode - p.opcode_base;
      advance(adjusted / p.line_range);
      line += static_cast<uint64_t>(p.line_base + static_cast<int>(adjusted % p.line_range));
      row();
      continue;
    }
    switch (opcode) {
      case 0: {
        Reader extended(program.take(program.uleb()));
        const uint64_t what = extended.number(1);
        if (what == kSetAddress) address = extended.number(8);
        if (what != kEndSequence) break;
        // The linker moves functions that it dropped to address 0, where an image's start is.
        const bool dropped = first < rows_.size() && rows_[first].address == 0;
        if (dropped) rows_.resize(first);
        if (!dropped) rows_.push_back({address, kEnd, 0});
        first = rows_.size();
        address = 0;
        file = line = 1;
        break;
      }
      case kCopy:
        row();
        break;
      case kAdvancePc:
        advance(program.uleb());
        break;
      case kAdvanceLine:
        line += static_cast<uint64_t>(program.sleb());
        break;
      case kSetFile:
        file = program.uleb();
        break;
      case kConstAddPc:
        advance((255 - p.opcode_base) / p.line_range);
        break;
      case kFixedAdvancePc:
        address += program.number(2);
        break;
      default:
        for (unsigned i = 0; i < p.operands[opcode]; ++i) program.uleb();
        break;
    }
  }
  rows_.resize(first);  // A sequence without an end.
}

std::optional<SourceLine> LineTable::find(uint64_t address) const {
  return find_caller(address, {});
}

std::optional<SourceLine> LineTable::find_caller(uint64_t address, std::string_view inlined) const {
  const auto after =
      std::upper_bound(rows_.begin(), rows_.end(), address,
                       [](uint64_t value, const Row& r) { return value < r.address; });
  // Line 0 is code that belongs to no line; beyond an end lies other code.
  std::optional<SourceLine> own;
  for (auto row = after; row != rows_.begin();) {
    --row;
    if (row->file == kEnd || (row->line == 0 && !own)) return own;
    const std::string& file = files_[row->file];
    if (row->line == 0) continue;
    if (!own) own = SourceLine{file, row->line};
    const bool skip = !inlined.empty() && file.find(inlined) != std::string::npos;
    if (!skip) return SourceLine{file, row->line};
  }
  return own;
}

}  // namespace cubist::host

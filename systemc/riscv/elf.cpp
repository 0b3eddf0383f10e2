// SPDX-License-Identifier: Apache-2.0
// Fields and offsets: System V ABI, "Object Files", 64-bit layout; RISC-V ELF psABI for e_flags.
#include "systemc/riscv/elf.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace cubist::riscv {
namespace {

constexpr uint64_t kHeaderBytes = 64, kProgramHeaderBytes = 56, kSectionHeaderBytes = 64,
                   kSymbolBytes = 24;
constexpr uint16_t kExecutable = 2, kMachineRiscv = 243;
constexpr uint32_t kFlagRve = 8;  // e_flags: 16 registers only
constexpr uint32_t kLoad = 1, kSymbolTable = 2, kStringTable = 3;
constexpr uint16_t kAbsolute = 0xfff1, kUndefined = 0;

std::string hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

/// The file as bytes, with a sticky first error.
class Parser {
 public:
  Parser(const uint8_t* bytes, uint64_t size, const ElfLimits& limits)
      : bytes_(bytes), size_(size), limits_(limits) {}

  bool parse(ElfImage& image) {
    return header(image) && segments(image) && placement(image) && symbols(image);
  }
  const std::string& error() const { return error_; }

 private:
  bool fail(const std::string& text) {
    error_ = text;
    return false;
  }

  bool inside(uint64_t offset, uint64_t length) const {
    return offset <= size_ && length <= size_ - offset;
  }

  // Little-endian field at an offset already known to be inside the file.
  template <typename T>
  T field(uint64_t offset) const {
    T value = 0;
    for (unsigned i = 0; i < sizeof(T); ++i) {
      value = static_cast<T>(value | static_cast<T>(static_cast<T>(bytes_[offset + i]) << (8 * i)));
    }
    return value;
  }

  bool header(ElfImage& image) {
    static constexpr uint8_t kMagic[4] = {0x7f, 'E', 'L', 'F'};
    if (size_ < sizeof kMagic || std::memcmp(bytes_, kMagic, sizeof kMagic) != 0) {
      return fail("is not an ELF file (it does not begin with 7f 45 4c 46)");
    }
    if (size_ < kHeaderBytes) {
      return fail("is truncated: an ELF header has 64 bytes, the file has " +
                  std::to_string(size_));
    }
    if (bytes_[4] != 2) return fail("is not a 64-bit ELF file; build for rv64");
    if (bytes_[5] != 1) return fail("is not little-endian");
    if (bytes_[6] != 1) return fail("has ELF version " + std::to_string(bytes_[6]) + ", not 1");
    const auto machine = field<uint16_t>(18);
    if (machine != kMachineRiscv) {
      return fail("is for machine " + std::to_string(machine) + ", not for RISC-V (243)");
    }
    const auto type = field<uint16_t>(16);
    if (type != kExecutable) {
      return fail("has ELF type " + std::to_string(type) +
                  "; expected an executable linked to fixed addresses (2)");
    }
    if ((field<uint32_t>(48) & kFlagRve) != 0) return fail("uses the RVE register set");
    image.entry = field<uint64_t>(24);
    return true;
  }

  bool segments(ElfImage& image) {
    const auto table = field<uint64_t>(32);
    const auto entry_bytes = field<uint16_t>(54);
    const auto count = field<uint16_t>(56);
    if (count == 0) return fail("has no program headers, so nothing to load");
    if (entry_bytes != kProgramHeaderBytes) {
      return fail("has program headers of " + std::to_string(entry_bytes) + " bytes, not 56");
    }
    if (!inside(table, uint64_t{count} * kProgramHeaderBytes)) {
      return fail("is truncated: its " + std::to_string(count) + " program headers at offset " +
                  hex(table) + " lie outside its " + std::to_string(size_) + " bytes");
    }
    uint64_t total = 0;
    for (unsigned i = 0; i < count; ++i) {
      const uint64_t at = table + i * kProgramHeaderBytes;
      if (field<uint32_t>(at) != kLoad) continue;
      if (!segment(image, at, "segment " + std::to_string(i), total)) return false;
    }
    if (image.segments.empty()) return fail("has no loadable segment");
    return true;
  }

  bool segment(ElfImage& image, uint64_t at, const std::string& what, uint64_t& total) {
    const auto flags = field<uint32_t>(at + 4);
    const auto offset = field<uint64_t>(at + 8);
    const auto file_size = field<uint64_t>(at + 32);
    ElfSegment s;
    s.virtual_address = field<uint64_t>(at + 16);
    s.physical_address = field<uint64_t>(at + 24);
    s.memory_size = field<uint64_t>(at + 40);
    if (s.memory_size < file_size) {
      return fail(what + " has " + std::to_string(file_size) + " bytes in the file but only " +
                  std::to_string(s.memory_size) + " in memory");
    }
    if (s.memory_size == 0) return true;
    if (!inside(offset, file_size)) {
      return fail("is truncated: " + what + " needs " + std::to_string(file_size) +
                  " bytes at offset " + hex(offset) + ", the file has " + std::to_string(size_));
    }
    for (const uint64_t address : {s.virtual_address, s.physical_address}) {
      if (address + (s.memory_size - 1) < address) {
        return fail(what + " at " + hex(address) + " wraps around the address space");
      }
    }
    total += std::min(s.memory_size, limits_.memory_bytes + 1);
    if (total > limits_.memory_bytes) {
      return fail(what + " needs " + hex(s.memory_size) + " bytes of memory; all segments " +
                  "together may have " + hex(limits_.memory_bytes));
    }
    s.executable = (flags & 1) != 0;
    s.writable = (flags & 2) != 0;
    s.readable = (flags & 4) != 0;
    s.data.assign(bytes_ + offset, bytes_ + offset + file_size);
    image.segments.push_back(std::move(s));
    return true;
  }

  /// Segments must not overlap, and the entry must be in one of them. Whether that one is marked
  /// executable is not asked: linker scripts of bare-metal programs often leave the flags out.
  bool placement(const ElfImage& image) {
    std::vector<const ElfSegment*> order;
    for (const ElfSegment& s : image.segments) order.push_back(&s);
    std::sort(order.begin(), order.end(), [](const ElfSegment* a, const ElfSegment* b) {
      return a->physical_address < b->physical_address;
    });
    for (std::size_t i = 1; i < order.size(); ++i) {
      const ElfSegment& low = *order[i - 1];
      if (order[i]->physical_address - low.physical_address < low.memory_size) {
        return fail("has overlapping segments: " + hex(low.memory_size) + " bytes at " +
                    hex(low.physical_address) + " reach into the one at " +
                    hex(order[i]->physical_address));
      }
    }
    if ((image.entry & 1) != 0) return fail("has its entry at the odd address " + hex(image.entry));
    const bool entry_is_loaded = std::any_of(
        image.segments.begin(), image.segments.end(),
        [&](const ElfSegment& s) { return image.entry - s.virtual_address < s.memory_size; });
    if (!entry_is_loaded) {
      return fail("has its entry at " + hex(image.entry) + ", which is in no loadable segment");
    }
    return true;
  }

  bool symbols(ElfImage& image) {
    const auto table = field<uint64_t>(40);
    const auto entry_bytes = field<uint16_t>(58);
    const auto count = field<uint16_t>(60);
    if (table == 0 || count == 0) return true;  // Stripped.
    if (entry_bytes != kSectionHeaderBytes) {
      return fail("has section headers of " + std::to_string(entry_bytes) + " bytes, not 64");
    }
    if (!inside(table, uint64_t{count} * kSectionHeaderBytes)) {
      return fail("is truncated: its " + std::to_string(count) + " section headers at offset " +
                  hex(table) + " lie outside its " + std::to_string(size_) + " bytes");
    }
    for (unsigned i = 0; i < count; ++i) {
      const uint64_t at = table + i * kSectionHeaderBytes;
      if (field<uint32_t>(at + 4) != kSymbolTable) continue;
      const auto link = field<uint32_t>(at + 40);
      if (link >= count) {
        return fail("has a symbol table whose string table is section " + std::to_string(link) +
                    " of " + std::to_string(count));
      }
      if (!symbol_table(image, at, table + link * kSectionHeaderBytes)) return false;
    }
    std::stable_sort(image.symbols.begin(), image.symbols.end(),
                     [](const ElfSymbol& a, const ElfSymbol& b) { return a.address < b.address; });
    return true;
  }

  bool symbol_table(ElfImage& image, uint64_t section, uint64_t string_section) {
    const auto offset = field<uint64_t>(section + 24), length = field<uint64_t>(section + 32);
    const auto strings = field<uint64_t>(string_section + 24);
    const auto string_bytes = field<uint64_t>(string_section + 32);
    if (field<uint64_t>(section + 56) != kSymbolBytes || length % kSymbolBytes != 0) {
      return fail("has a symbol table whose entries are not 24 bytes long");
    }
    if (field<uint32_t>(string_section + 4) != kStringTable) {
      return fail("has a symbol table that is linked to no string table");
    }
    if (!inside(offset, length) || !inside(strings, string_bytes)) {
      return fail("is truncated: its symbol table lies outside its " + std::to_string(size_) +
                  " bytes");
    }
    for (uint64_t at = offset; at < offset + length; at += kSymbolBytes) {
      const auto name = field<uint32_t>(at);
      const uint8_t type = bytes_[at + 4] & 15;
      const auto place = field<uint16_t>(at + 6);
      if (name == 0 || place == kUndefined || type > 2) continue;  // Sections, files.
      if (name >= string_bytes) {
        return fail("has a symbol whose name is at " + hex(name) + " of a string table of " +
                    hex(string_bytes) + " bytes");
      }
      const auto* text = reinterpret_cast<const char*>(bytes_ + strings + name);
      const void* end = std::memchr(text, 0, string_bytes - name);
      if (end == nullptr) return fail("has a string table that does not end with a zero");
      ElfSymbol s;
      s.name.assign(text, static_cast<const char*>(end));
      s.address = field<uint64_t>(at + 8);
      s.size = field<uint64_t>(at + 16);
      s.kind = static_cast<ElfSymbol::Kind>(type);
      s.absolute = place == kAbsolute;
      image.symbols.push_back(std::move(s));
    }
    return true;
  }

  const uint8_t* bytes_;
  uint64_t size_;
  ElfLimits limits_;
  std::string error_;
};

/// Names that the assembler makes for itself.
bool is_local_label(const std::string& name) {
  return name[0] == '$' || name.rfind(".L", 0) == 0;
}

}  // namespace

const ElfSymbol* ElfImage::find(std::string_view name) const {
  const auto it = std::find_if(symbols.begin(), symbols.end(),
                               [&](const ElfSymbol& s) { return s.name == name; });
  return it == symbols.end() ? nullptr : &*it;
}

const ElfSymbol* ElfImage::covering(uint64_t address) const {
  const auto segment = std::find_if(segments.begin(), segments.end(), [&](const ElfSegment& s) {
    return address - s.virtual_address < s.memory_size;
  });
  if (segment == segments.end()) return nullptr;
  auto it = std::upper_bound(symbols.begin(), symbols.end(), address,
                             [](uint64_t a, const ElfSymbol& s) { return a < s.address; });
  const ElfSymbol* best = nullptr;
  while (it != symbols.begin()) {
    const ElfSymbol& s = *--it;
    if (s.address < segment->virtual_address) break;
    if (best != nullptr && s.address != best->address) break;
    if (s.absolute || is_local_label(s.name)) continue;
    if (s.size != 0 && address - s.address >= s.size) continue;
    if (best == nullptr || s.kind > best->kind) best = &s;
  }
  return best;
}

std::string ElfImage::locate(uint64_t address) const {
  const ElfSymbol* symbol = covering(address);
  if (symbol == nullptr) return hex(address);
  return address == symbol->address ? symbol->name
                                    : symbol->name + "+" + hex(address - symbol->address);
}

ElfResult parse_elf(const uint8_t* bytes, std::size_t size, const std::string& name,
                    const ElfLimits& limits) {
  ElfResult result;
  ElfImage image;
  Parser parser(bytes, size, limits);
  if (parser.parse(image)) {
    result.image = std::move(image);
  } else {
    result.error = name + ": " + parser.error();
  }
  return result;
}

ElfResult load_elf(const std::string& path, const ElfLimits& limits) {
  ElfResult result;
  std::error_code status_error;
  const auto status = std::filesystem::status(path, status_error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    result.error = path + ": is not a regular file";
    return result;
  }
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file ? static_cast<std::streamoff>(file.tellg()) : -1;
  if (size < 0) {
    result.error = path + ": cannot be opened for reading";
    return result;
  }
  if (static_cast<uint64_t>(size) > limits.file_bytes) {
    result.error = path + ": has " + std::to_string(size) + " bytes; ELF files up to " +
                   std::to_string(limits.file_bytes) + " bytes are read";
    return result;
  }
  std::vector<uint8_t> bytes(static_cast<std::size_t>(size));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), size);
  if (!file) {
    result.error = path + ": cannot be read";
    return result;
  }
  return parse_elf(bytes.data(), bytes.size(), path, limits);
}

}  // namespace cubist::riscv

// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/elf_image.h"

#include <elf.h>

#include <algorithm>
#include <cstring>

#include "runtime/cubist.h"

namespace cubist::host {
namespace {

constexpr uint64_t kMaxImageBytes = uint64_t{64} << 20;

template <typename T>
T read_as(std::span<const uint8_t> bytes, uint64_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::string_view string_in(std::span<const uint8_t> strings, uint64_t offset) {
  if (offset >= strings.size()) return {};
  const auto* begin = reinterpret_cast<const char*>(strings.data()) + offset;
  const size_t room = strings.size() - offset;
  const void* end = std::memchr(begin, 0, room);
  return {begin, end ? static_cast<size_t>(static_cast<const char*>(end) - begin) : room};
}

}  // namespace

void ElfImage::fail(const std::string& reason) const {
  throw Error(ErrorCode::invalid_elf, name_ + ": " + reason);
}

std::span<const uint8_t> ElfImage::part(uint64_t offset, uint64_t bytes, const char* what) const {
  if (offset > file_.size() || bytes > file_.size() - offset) {
    fail(std::string("truncated: ") + what + " reaches to byte " + std::to_string(offset + bytes) +
         ", the file has " + std::to_string(file_.size()));
  }
  return file_.subspan(offset, bytes);
}

ElfImage::ElfImage(std::span<const uint8_t> file, const std::string& name)
    : file_(file), name_(name) {
  if (file.size() < sizeof(Elf64_Ehdr) || std::memcmp(file.data(), ELFMAG, SELFMAG) != 0) {
    fail("not an ELF file; expected an ELF for 64-bit RISC-V");
  }
  const auto header = read_as<Elf64_Ehdr>(file, 0);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
    fail("not a 64-bit little-endian ELF; expected an ELF for 64-bit RISC-V");
  }
  if (header.e_machine != EM_RISCV) {
    fail("an ELF for machine " + std::to_string(header.e_machine) + "; expected RISC-V (" +
         std::to_string(EM_RISCV) + "), as cubist_add_kernels builds it");
  }
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN) {
    fail("not linked (an object file?); expected an executable ELF");
  }
  entry_ = header.e_entry;
  read_segments(header.e_phoff, header.e_phnum, header.e_phentsize);
  if (header.e_shnum != 0) {
    read_sections(header.e_shoff, header.e_shnum, header.e_shentsize, header.e_shstrndx);
  }
}

void ElfImage::read_segments(uint64_t offset, unsigned count, unsigned entry_bytes) {
  if (count == 0 || entry_bytes < sizeof(Elf64_Phdr)) fail("has no program headers");
  const auto table = part(offset, uint64_t{count} * entry_bytes, "the program header table");
  for (unsigned i = 0; i < count; ++i) {
    const auto header = read_as<Elf64_Phdr>(table, uint64_t{i} * entry_bytes);
    if (header.p_type != PT_LOAD || header.p_memsz == 0) continue;
    if (header.p_filesz > header.p_memsz) fail("a segment is larger in the file than in memory");
    if (header.p_memsz > kMaxImageBytes || header.p_vaddr > kMaxImageBytes) {
      fail("a segment of " + std::to_string(header.p_memsz) + " bytes at address " +
           std::to_string(header.p_vaddr) + " does not fit a kernel image, which is linked at 0");
    }
    segments_.push_back(
        {header.p_vaddr, header.p_memsz, part(header.p_offset, header.p_filesz, "a segment")});
    low_ = std::min(low_, header.p_vaddr);
    high_ = std::max(high_, header.p_vaddr + header.p_memsz);
  }
  if (segments_.empty()) fail("has nothing to load");
}

void ElfImage::read_sections(uint64_t offset, unsigned count, unsigned entry_bytes,
                             unsigned names) {
  if (entry_bytes < sizeof(Elf64_Shdr)) fail("has section headers of an unknown size");
  const auto table = part(offset, uint64_t{count} * entry_bytes, "the section header table");
  std::vector<Elf64_Shdr> headers;
  for (unsigned i = 0; i < count; ++i) {
    headers.push_back(read_as<Elf64_Shdr>(table, uint64_t{i} * entry_bytes));
    const Elf64_Shdr& header = headers.back();
    const bool has_bytes = header.sh_type != SHT_NOBITS && header.sh_type != SHT_NULL;
    sections_.push_back({{},
                         header.sh_addr,
                         has_bytes ? part(header.sh_offset, header.sh_size, "a section")
                                   : std::span<const uint8_t>{}});
  }
  if (names < count) {
    for (unsigned i = 0; i < count; ++i) {
      sections_[i].name = string_in(sections_[names].bytes, headers[i].sh_name);
    }
  }
  for (unsigned i = 0; i < count; ++i) {
    if (headers[i].sh_type == SHT_SYMTAB && headers[i].sh_link < count) {
      read_symbols(sections_[i], sections_[headers[i].sh_link]);
    }
  }
}

void ElfImage::read_symbols(const ElfSection& table, const ElfSection& strings) {
  for (uint64_t at = 0; at + sizeof(Elf64_Sym) <= table.bytes.size(); at += sizeof(Elf64_Sym)) {
    const auto symbol = read_as<Elf64_Sym>(table.bytes, at);
    if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF) continue;
    const std::string_view name = string_in(strings.bytes, symbol.st_name);
    if (!name.empty()) functions_.push_back({symbol.st_value, symbol.st_size, name});
  }
  std::stable_sort(functions_.begin(), functions_.end(),
                   [](const ElfSymbol& a, const ElfSymbol& b) { return a.address < b.address; });
}

const ElfSection* ElfImage::section(std::string_view name) const {
  for (const ElfSection& section : sections_) {
    if (section.name == name) return &section;
  }
  return nullptr;
}

std::string_view ElfImage::text_at(uint64_t address) const {
  for (const ElfSegment& segment : segments_) {
    if (address < segment.address || address - segment.address >= segment.bytes.size()) continue;
    const auto rest = segment.bytes.subspan(address - segment.address);
    const std::string_view text = string_in(rest, 0);
    return text.size() < rest.size() && text.size() <= 256 ? text : std::string_view{};
  }
  return {};
}

}  // namespace cubist::host

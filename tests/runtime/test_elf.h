// SPDX-License-Identifier: Apache-2.0
// Makes small kernel ELFs for tests, byte by byte.
#pragma once

#include <elf.h>

#include <cstring>
#include <string>
#include <vector>

#include "abi/cubist_abi.h"
#include "abi/kernel_abi.h"

namespace cubist::test {

/// One loaded segment of 256 bytes at 0, one kernel table, one function symbol "body" at 0x40
/// (0x80 bytes).
inline std::vector<uint8_t> make_elf(const std::vector<cubist_kernel_info>& kernels,
                                     uint16_t machine = EM_RISCV) {
  std::vector<uint8_t> file(sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr));
  const auto append = [&](const void* data, size_t bytes) {
    const size_t at = file.size();
    file.resize(at + bytes);
    if (bytes != 0) std::memcpy(file.data() + at, data, bytes);
    return at;
  };
  std::vector<uint8_t> code(256);
  for (size_t i = 0; i < code.size(); ++i) code[i] = static_cast<uint8_t>(i);
  const size_t code_at = append(code.data(), code.size());
  const size_t table_bytes = kernels.size() * sizeof(cubist_kernel_info);
  const size_t table_at = append(kernels.data(), table_bytes);
  const std::string names("\0.cubist.kernels\0.symtab\0.strtab\0body\0", 38);
  const size_t names_at = append(names.data(), names.size());
  Elf64_Sym symbols[2]{};
  symbols[1].st_name = 33;
  symbols[1].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
  symbols[1].st_shndx = 1;
  symbols[1].st_value = 0x40;
  symbols[1].st_size = 0x80;
  const size_t symbols_at = append(symbols, sizeof symbols);
  Elf64_Shdr sections[4]{};
  sections[1].sh_name = 1;
  sections[1].sh_type = SHT_PROGBITS;
  sections[1].sh_offset = table_at;
  sections[1].sh_size = table_bytes;
  sections[2].sh_name = 17;
  sections[2].sh_type = SHT_SYMTAB;
  sections[2].sh_offset = symbols_at;
  sections[2].sh_size = sizeof symbols;
  sections[2].sh_link = 3;
  sections[3].sh_name = 25;
  sections[3].sh_type = SHT_STRTAB;
  sections[3].sh_offset = names_at;
  sections[3].sh_size = names.size();
  const size_t sections_at = append(sections, sizeof sections);

  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_DYN;
  header.e_machine = machine;
  header.e_phoff = sizeof(Elf64_Ehdr);
  header.e_phnum = 1;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_shoff = sections_at;
  header.e_shnum = 4;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shstrndx = 3;
  std::memcpy(file.data(), &header, sizeof header);
  Elf64_Phdr program{};
  program.p_type = PT_LOAD;
  program.p_offset = code_at;
  program.p_filesz = code.size();
  program.p_memsz = 512;
  std::memcpy(file.data() + sizeof header, &program, sizeof program);
  return file;
}

inline cubist_kernel_info kernel_info(const std::string& name, uint64_t entry, uint32_t kind) {
  cubist_kernel_info info{};
  info.entry = static_cast<uint32_t>(entry);
  info.kind = static_cast<uint8_t>(kind);
  info.abi_version = CUBIST_ABI_VERSION;
  name.copy(info.name, sizeof info.name - 1);
  return info;
}

}  // namespace cubist::test

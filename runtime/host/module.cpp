// SPDX-License-Identifier: Apache-2.0
// Loading kernel ELFs: checked on the host, copied into device memory like any other data.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "abi/kernel_abi.h"
#include "runtime/host/device_state.h"
#include "runtime/host/elf_image.h"

namespace cubist {
namespace host {
namespace {

constexpr uint64_t kImageAlignment = 4096;
constexpr uint64_t kMaxFileBytes = uint64_t{64} << 20;

std::vector<uint8_t> read_file(const std::string& path) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(path, problem);
  if (problem) {
    throw Error(ErrorCode::invalid_elf,
                path + ": cannot read the kernel ELF: " + problem.message());
  }
  if (size > kMaxFileBytes) {
    throw Error(ErrorCode::invalid_elf, path + ": " + std::to_string(size) +
                                            " bytes are too many for a kernel ELF (at most " +
                                            std::to_string(kMaxFileBytes) + ")");
  }
  std::ifstream stream(path, std::ios::binary);
  std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(stream), {}};
  if (stream.bad() || bytes.size() != size) {
    throw Error(ErrorCode::invalid_elf, path + ": cannot read the kernel ELF");
  }
  return bytes;
}

void read_kernels(const ElfImage& elf, uint64_t base, ModuleState& state) {
  const ElfSection* table = elf.section(CUBIST_KERNEL_SECTION);
  if (!table || table->bytes.empty()) {
    throw Error(ErrorCode::invalid_elf,
                state.path +
                    ": has no kernel table (section " CUBIST_KERNEL_SECTION
                    "); declare kernels with CUBIST_KERNEL and build with cubist_add_kernels");
  }
  if (table->bytes.size() % sizeof(cubist_kernel_info) != 0) {
    throw Error(ErrorCode::invalid_elf, state.path + ": the kernel table has an odd size");
  }
  std::set<std::string> names;
  for (size_t at = 0; at < table->bytes.size(); at += sizeof(cubist_kernel_info)) {
    cubist_kernel_info info;
    std::memcpy(&info, table->bytes.data() + at, sizeof info);
    const std::string name(info.name, strnlen(info.name, sizeof info.name));
    if (info.abi_version != CUBIST_ABI_VERSION) {
      throw Error(ErrorCode::invalid_elf,
                  state.path + ": kernel '" + name + "' was built for ABI version " +
                      std::to_string(info.abi_version) + ", this is version " +
                      std::to_string(CUBIST_ABI_VERSION) + "; rebuild it");
    }
    const bool mix = info.kind == CUBIST_KIND_MIX;
    const bool bad_aivs = mix ? info.aivs == 0 || info.aivs > CUBIST_MAX_SUB_BLOCKS ||
                                    info.aiv_entry >= elf.high() || info.aiv_entry % 2 != 0
                              : info.aivs != 0;
    if (info.kind > CUBIST_KIND_MIX || info.entry >= elf.high() || info.entry % 2 != 0 ||
        bad_aivs) {
      throw Error(ErrorCode::invalid_elf, state.path + ": kernel '" + name +
                                              "' has an impossible entry in the kernel table");
    }
    if (!names.insert(name).second) {
      throw Error(ErrorCode::invalid_elf, state.path + ": has two kernels named '" + name + "'");
    }
    state.kernels.push_back({name, static_cast<CoreKind>(info.kind), base + info.entry,
                             mix ? base + info.aiv_entry : 0, info.aivs,
                             (info.flags & CUBIST_KERNEL_AT_ONCE) != 0});
  }
}

}  // namespace

std::string ModuleState::symbolise(uint64_t pc) const {
  auto it = std::upper_bound(functions.begin(), functions.end(), pc,
                             [](uint64_t value, const Function& f) { return value < f.address; });
  if (it == functions.begin()) return {};
  --it;
  const uint64_t offset = pc - it->address;
  if (it->size != 0 ? offset >= it->size : pc >= image.address() + image.size()) return {};
  char text[32];
  std::snprintf(text, sizeof text, "+0x%llx", static_cast<unsigned long long>(offset));
  return it->name + text;
}

std::optional<SourceLine> ModuleState::source(uint64_t pc) const {
  if (pc < base || pc >= image.address() + image.size()) return std::nullopt;
  if (!lines_) lines_.emplace(LineSections{line_section, line_strings, strings});
  return lines_->find_caller(pc - base, "/abi/");
}

std::string ModuleState::place(uint64_t pc) const {
  std::string text = symbolise(pc);
  if (const auto line = source(pc)) text += (text.empty() ? "" : ", ") + line->brief();
  return text;
}

}  // namespace host

Module Device::load_module(const std::string& path) {
  const std::vector<uint8_t> bytes = host::read_file(path);
  return load_module(bytes, path);
}

Module Device::load_module(std::span<const uint8_t> bytes, const std::string& name) {
  const host::ElfImage elf(bytes, name);
  auto state = std::make_shared<host::ModuleState>();
  state->device = state_;
  state->path = name;
  state->image = allocate(elf.high() + host::kImageAlignment);
  const uint64_t base = (state->image.address() + host::kImageAlignment - 1) /
                        host::kImageAlignment * host::kImageAlignment;
  state->base = base;
  host::read_kernels(elf, base, *state);
  const auto keep = [&elf](const char* name, std::vector<uint8_t>& bytes) {
    if (const host::ElfSection* s = elf.section(name))
      bytes.assign(s->bytes.begin(), s->bytes.end());
  };
  keep(".debug_line", state->line_section);
  keep(".debug_line_str", state->line_strings);
  keep(".debug_str", state->strings);
  for (const host::ElfSymbol& f : elf.functions()) {
    state->functions.push_back({base + f.address, f.size, std::string(f.name)});
  }
  std::vector<uint8_t> image(elf.high());
  for (const host::ElfSegment& segment : elf.segments()) {
    std::copy(segment.bytes.begin(), segment.bytes.end(),
              image.begin() + static_cast<ptrdiff_t>(segment.address));
  }
  copy_to_device(base, image.data(), image.size());
  state_->remember(state);
  Module module;
  module.state_ = std::move(state);
  return module;
}

}  // namespace cubist

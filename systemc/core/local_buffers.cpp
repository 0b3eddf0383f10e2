// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/local_buffers.h"

#include "abi/cubist_abi.h"

namespace cubist::core {
namespace {

constexpr uint64_t kDieBits = uint64_t{0x3f} << CUBIST_DIE_SHIFT;

std::string region_names(uint32_t regions) {
  std::string text;
  for (unsigned i = 0; i < abi::kRegions.size(); ++i) {
    if ((regions >> i & 1) == 0) continue;
    text += (text.empty() ? "" : " or ") + std::string(abi::kRegions[i].name);
  }
  return text;
}

}  // namespace

std::string hex(uint64_t value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  do {
    text.insert(text.begin(), kDigits[value & 15]);
    value >>= 4;
  } while (value != 0);
  return "0x" + text;
}

bool in_gm(uint64_t address) {
  const abi::RegionInfo& hbm = abi::kRegions[static_cast<unsigned>(abi::Region::HBM)];
  const uint64_t in_die = address & ~kDieBits;
  return in_die >= hbm.base && in_die - hbm.base < hbm.size;
}

std::string describe_local(uint64_t address) {
  const abi::RegionInfo* region = abi::find_region(address);
  if (region == nullptr) return hex(address);
  return std::string(region->name) + " + " + hex(address - region->base);
}

LocalBuffers::LocalBuffers(const CoreConfig& config, bool cube_core) {
  const auto make = [this](abi::Region region, uint32_t bytes) {
    buffers_[static_cast<unsigned>(region)].resize(bytes);
  };
  make(abi::Region::SCALAR, config.scalar_bytes);
  if (cube_core) {
    make(abi::Region::L1, config.l1_bytes);
    make(abi::Region::L0A, config.l0a_bytes);
    make(abi::Region::L0B, config.l0b_bytes);
    make(abi::Region::L0C, config.l0c_bytes);
    make(abi::Region::BT, config.bt_bytes);
    make(abi::Region::FB, config.fb_bytes);
  } else {
    make(abi::Region::UB, config.ub_bytes);
  }
}

CoreError LocalBuffers::locate(uint64_t address, uint32_t regions, unsigned align, const char* what,
                               LocalAddress& found) const {
  CoreError error;
  error.address = address;
  const abi::RegionInfo* info = abi::find_region(address);
  const auto index = info == nullptr ? size_t{0} : static_cast<size_t>(info - &abi::kRegions[0]);
  if (info == nullptr || buffers_[index].empty()) {
    error.code = abi::error_code::BUS;
    error.text = std::string(what) + " " + hex(address) +
                 " is in no buffer of this core, expected " + region_names(regions);
    return error;
  }
  if ((regions >> index & 1) == 0) {
    error.code = abi::error_code::BAD_CONFIG;
    error.text = std::string(what) + " " + describe_local(address) +
                 " is not a place this instruction reaches, expected " + region_names(regions);
    return error;
  }
  found.region = static_cast<abi::Region>(index);
  found.offset = static_cast<uint32_t>(address - info->base);
  // L1 and UB are made of 32-byte blocks; an instruction's stricter alignment is that of L0 and BT.
  if (align > 32 && (found.region == abi::Region::L1 || found.region == abi::Region::UB))
    align = 32;
  if (found.offset % align != 0) {
    error.code = abi::error_code::MISALIGNED;
    error.text = std::string(what) + " " + describe_local(address) + " is not a multiple of " +
                 std::to_string(align) + " bytes";
    return error;
  }
  return {};
}

CoreError LocalBuffers::check_extent(const LocalAddress& at, uint64_t bytes,
                                     const char* what) const {
  const uint64_t have = size(at.region);
  if (at.offset <= have && bytes <= have - at.offset) return {};
  const abi::RegionInfo& info = abi::kRegions[static_cast<unsigned>(at.region)];
  CoreError error;
  error.code = abi::error_code::BUFFER_OVERRUN;
  error.address = info.base + at.offset;
  error.text = std::string(what) + " needs " + std::to_string(bytes) + " bytes from " +
               std::string(info.name) + " + " + hex(at.offset) + ", which has " +
               std::to_string(have) + " bytes";
  return error;
}

CoreError LocalBuffers::check_source(const LocalAddress& at, uint64_t bytes,
                                     const char* what) const {
  if (CoreError error = check_extent(at, bytes, what)) return error;
  for (const LocalAddress& bad : poisoned_) {
    if (bad.region != at.region || bad.offset < at.offset || bad.offset - at.offset >= bytes) {
      continue;
    }
    const abi::RegionInfo& info = abi::kRegions[static_cast<unsigned>(bad.region)];
    CoreError error;
    error.code = abi::error_code::ECC;
    error.address = info.base + bad.offset;
    error.text = std::string(what) + " has an error that correction could not restore at " +
                 std::string(info.name) + " + " + hex(bad.offset);
    return error;
  }
  return {};
}

bool LocalBuffers::poison(uint64_t address) {
  const abi::RegionInfo* info = abi::find_region(address);
  if (info == nullptr) return false;
  const auto region = static_cast<abi::Region>(info - &abi::kRegions[0]);
  // The hart reads its private memory past all checks.
  if (region == abi::Region::SCALAR || address - info->base >= size(region)) return false;
  poisoned_.push_back({region, static_cast<uint32_t>(address - info->base)});
  return true;
}

}  // namespace cubist::core

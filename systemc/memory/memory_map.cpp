// SPDX-License-Identifier: Apache-2.0
#include "systemc/memory/memory_map.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace cubist::memory {
namespace {

constexpr uint64_t kPageShift = 12;

std::string hex(uint64_t value) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

void MemoryMap::FreeMemory::operator()(uint8_t* memory) const {
  std::free(memory);
}

MemoryMap::MemoryMap(uint64_t hbm_base, uint64_t hbm_bytes, unsigned die)
    : hbm_base_(hbm_base), die_(die), hbm_(hbm_bytes) {}

std::optional<std::span<uint8_t>> MemoryMap::add_host_range(uint64_t base, uint64_t bytes) {
  if (bytes == 0 || base + bytes < base) return std::nullopt;
  const bool overlaps_hbm = base < hbm_base_ + hbm_.size() && hbm_base_ < base + bytes;
  const auto next = host_.lower_bound(base);
  const bool overlaps_next = next != host_.end() && next->first < base + bytes;
  const bool overlaps_last =
      next != host_.begin() && std::prev(next)->first + std::prev(next)->second.bytes > base;
  if (overlaps_hbm || overlaps_next || overlaps_last) return std::nullopt;
  // calloc leaves untouched pages to the operating system.
  auto* memory = static_cast<uint8_t*>(std::calloc(bytes, 1));
  if (memory == nullptr) return std::nullopt;
  host_.emplace(base, HostRange{bytes, std::unique_ptr<uint8_t, FreeMemory>(memory)});
  return std::span<uint8_t>(memory, bytes);
}

const MemoryMap::HostRange* MemoryMap::host_range(uint64_t address, uint64_t& base) const {
  auto found = host_.upper_bound(address);
  if (found == host_.begin()) return nullptr;
  --found;
  if (address - found->first >= found->second.bytes) return nullptr;
  base = found->first;
  return &found->second;
}

std::optional<uint64_t> MemoryMap::first_unmapped(uint64_t address, uint64_t bytes) const {
  while (bytes != 0) {
    uint64_t room = 0;
    uint64_t base = 0;
    if (is_hbm(address)) {
      room = hbm_.size() - (address - hbm_base_);
    } else if (const HostRange* range = host_range(address, base)) {
      room = range->bytes - (address - base);
    } else {
      return address;
    }
    if (room >= bytes) return std::nullopt;
    address += room;
    bytes -= room;
  }
  return std::nullopt;
}

bool MemoryMap::contains(uint64_t address, uint64_t bytes) const {
  if (is_hbm(address) && bytes <= hbm_.size() - (address - hbm_base_)) return true;
  return !first_unmapped(address, bytes);
}

bool MemoryMap::read(uint64_t address, std::span<uint8_t> out) const {
  if (!contains(address, out.size())) return false;
  while (!out.empty()) {
    uint64_t base = 0;
    if (is_hbm(address)) {
      const auto part = std::min<uint64_t>(out.size(), hbm_.size() - (address - hbm_base_));
      hbm_.read(address - hbm_base_, out.first(part));
      out = out.subspan(part);
      address += part;
    } else {
      const HostRange* range = host_range(address, base);
      const auto part = std::min<uint64_t>(out.size(), range->bytes - (address - base));
      std::memcpy(out.data(), range->memory.get() + (address - base), part);
      out = out.subspan(part);
      address += part;
    }
  }
  return true;
}

bool MemoryMap::write(uint64_t address, std::span<const uint8_t> in) {
  if (!contains(address, in.size())) return false;
  note_write(address, in.size());
  while (!in.empty()) {
    uint64_t base = 0;
    if (is_hbm(address)) {
      const auto part = std::min<uint64_t>(in.size(), hbm_.size() - (address - hbm_base_));
      hbm_.write(address - hbm_base_, in.first(part));
      in = in.subspan(part);
      address += part;
    } else {
      const HostRange* range = host_range(address, base);
      const auto part = std::min<uint64_t>(in.size(), range->bytes - (address - base));
      std::memcpy(range->memory.get() + (address - base), in.data(), part);
      in = in.subspan(part);
      address += part;
    }
  }
  return true;
}

bool MemoryMap::fill(uint64_t address, uint64_t bytes, uint32_t pattern) {
  if (!contains(address, bytes)) return false;
  note_write(address, bytes);
  for (uint64_t done = 0; done < bytes;) {
    const uint64_t at = address + done;
    const unsigned phase = done % 4;
    uint64_t base = 0;
    uint64_t part = 0;
    if (is_hbm(at)) {
      part = std::min(bytes - done, hbm_.size() - (at - hbm_base_));
      const uint32_t turned =
          phase == 0 ? pattern : pattern >> (8 * phase) | pattern << (32 - 8 * phase);
      hbm_.fill(at - hbm_base_, part, turned);
    } else {
      const HostRange* range = host_range(at, base);
      part = std::min(bytes - done, range->bytes - (at - base));
      fill_pattern(range->memory.get() + (at - base), part, pattern, phase);
    }
    done += part;
  }
  return true;
}

bool MemoryMap::copy(uint64_t to, uint64_t from, uint64_t bytes) {
  if (!contains(to, bytes) || !contains(from, bytes)) return false;
  constexpr uint64_t kPiece = 64 << 10;
  std::vector<uint8_t> piece(std::min(bytes, kPiece));
  const bool backwards = to > from && to - from < bytes;
  for (uint64_t done = 0; done < bytes;) {
    const uint64_t part = std::min(bytes - done, kPiece);
    const uint64_t offset = backwards ? bytes - done - part : done;
    const std::span<uint8_t> view(piece.data(), part);
    read(from + offset, view);
    write(to + offset, view);
    done += part;
  }
  return true;
}

const uint8_t* MemoryMap::page(uint64_t address) const {
  const uint64_t start = address >> kPageShift << kPageShift;
  uint64_t base = 0;
  if (is_hbm(start)) return hbm_.peek(start - hbm_base_);
  const HostRange* range = host_range(start, base);
  if (range == nullptr || range->bytes - (start - base) < 1u << kPageShift) return nullptr;
  return range->memory.get() + (start - base);
}

void MemoryMap::mark_code(uint64_t address) {
  code_pages_.insert(address >> kPageShift);
}

void MemoryMap::note_write(uint64_t address, uint64_t bytes) {
  if (code_pages_.empty() || bytes == 0) return;
  const auto first = code_pages_.lower_bound(address >> kPageShift);
  if (first != code_pages_.end() && *first <= (address + bytes - 1) >> kPageShift) {
    ++code_generation_;
  }
}

std::string MemoryMap::describe(uint64_t address) const {
  const std::string die = " (die " + std::to_string(die_) + ")";
  if (is_hbm(address)) return "HBM + " + hex(address - hbm_base_) + die;
  uint64_t base = 0;
  if (host_range(address, base) != nullptr) {
    return "host memory " + hex(base) + " + " + hex(address - base);
  }
  // Distance to a range: from below to its start, from above to its end.
  const auto distance = [address](uint64_t start, uint64_t bytes) {
    return address < start ? start - address : address - (start + bytes - 1);
  };
  uint64_t start = hbm_base_;
  uint64_t bytes = hbm_.size();
  std::string name = "HBM";
  for (const auto& [range_base, range] : host_) {
    if (distance(range_base, range.bytes) < distance(start, bytes)) {
      start = range_base;
      bytes = range.bytes;
      name = "host memory";
    }
  }
  return "unmapped; nearest is " + name + " " + hex(start) + ".." + hex(start + bytes - 1);
}

}  // namespace cubist::memory

// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/data_cache.h"

#include <algorithm>

namespace cubist::core {
namespace {

constexpr uint64_t line_of(uint64_t address) {
  return address & ~uint64_t{DataCache::kLineBytes - 1};
}

/// Bits of the bytes of [address, address + bytes) that lie in the line.
uint64_t mask_of(uint64_t line, uint64_t address, uint64_t bytes) {
  const uint64_t first = std::max(line, address), end = std::min(line + 64, address + bytes);
  if (first >= end) return 0;
  const uint64_t ones = end - first == 64 ? ~uint64_t{0} : (uint64_t{1} << (end - first)) - 1;
  return ones << (first - line);
}

}  // namespace

const DataCache::Line* DataCache::find(uint64_t address) const {
  if (lines_.empty()) return nullptr;
  const Line& line = lines_[address / kLineBytes % lines_.size()];
  return line.address == line_of(address) ? &line : nullptr;
}

DataCache::Line* DataCache::dirty_victim(uint64_t address) {
  Line& line = place_of(address);
  return line.dirty != 0 && line.address != line_of(address) ? &line : nullptr;
}

void DataCache::fill(uint64_t address, const memory::MemoryPort& memory) {
  Line& line = place_of(address);
  line.address = line_of(address);
  line.dirty = 0;
  memory.read(line.address, line.bytes);
}

void DataCache::load(uint64_t address, std::span<uint8_t> out) const {
  for (uint8_t& byte : out) {
    byte = find(address)->bytes[address % kLineBytes];
    ++address;
  }
}

void DataCache::store(uint64_t address, std::span<const uint8_t> in) {
  for (const uint8_t byte : in) {
    Line& line = place_of(address);
    line.bytes[address % kLineBytes] = byte;
    line.dirty |= uint64_t{1} << address % kLineBytes;
    ++address;
  }
}

void DataCache::invalidate(uint64_t address) {
  if (contains(address)) place_of(address) = Line{};
}

void DataCache::invalidate_all() {
  for (Line& line : lines_) {
    line.address = kNone;
    line.dirty = 0;
  }
}

std::vector<DataCache::Line*> DataCache::dirty_lines(std::optional<uint64_t> address) {
  std::vector<Line*> dirty;
  if (address) {
    if (contains(*address) && place_of(*address).dirty != 0) dirty.push_back(&place_of(*address));
    return dirty;
  }
  for (Line& line : lines_) {
    if (line.dirty != 0) dirty.push_back(&line);
  }
  return dirty;
}

void DirtyLines::set(uint64_t line, uint32_t core, const std::string& path, uint64_t mask) {
  if (mask == 0) {
    lines_.erase({line, core});
  } else {
    lines_[{line, core}] = {mask, path};
  }
}

std::optional<DirtyLines::Found> DirtyLines::find(uint64_t address, uint64_t bytes,
                                                  std::optional<uint32_t> except) const {
  for (auto at = lines_.lower_bound({line_of(address), 0});
       at != lines_.end() && at->first.first < address + bytes; ++at) {
    if (except && at->first.second == *except) continue;
    const uint64_t line = at->first.first;
    const uint64_t touched = at->second.mask & mask_of(line, address, bytes);
    if (touched == 0) continue;
    unsigned bit = 0;
    while ((touched >> bit & 1) == 0) ++bit;
    return Found{line + bit, at->second.path};
  }
  return std::nullopt;
}

}  // namespace cubist::core

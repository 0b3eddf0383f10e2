// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/address_pool.h"

#include <algorithm>
#include <cstdio>

namespace cubist::host {

AddressPool::AddressPool(uint64_t base, uint64_t bytes, uint64_t alignment)
    : base_(base), bytes_(bytes / alignment * alignment), alignment_(alignment) {
  if (bytes_ != 0) free_[base_] = bytes_;
}

std::optional<uint64_t> AddressPool::allocate(uint64_t bytes) {
  if (bytes > bytes_) return std::nullopt;  // also keeps the rounding below from overflowing
  const uint64_t size = std::max<uint64_t>((bytes + alignment_ - 1) / alignment_, 1) * alignment_;
  for (auto it = free_.begin(); it != free_.end(); ++it) {
    const auto [address, available] = *it;
    if (available < size) continue;
    free_.erase(it);
    if (available > size) free_[address + size] = available - size;
    blocks_[address] = {size, bytes};
    used_ += size;
    peak_ = std::max(peak_, used_);
    return address;
  }
  return std::nullopt;
}

bool AddressPool::release(uint64_t address) {
  const auto block = blocks_.find(address);
  if (block == blocks_.end()) return false;
  uint64_t begin = address, end = address + block->second.bytes;
  used_ -= block->second.bytes;
  blocks_.erase(block);
  auto next = free_.lower_bound(begin);
  if (next != free_.end() && next->first == end) {
    end += next->second;
    next = free_.erase(next);
  }
  if (next != free_.begin()) {
    const auto previous = std::prev(next);
    if (previous->first + previous->second == begin) {
      begin = previous->first;
      free_.erase(previous);
    }
  }
  free_[begin] = end - begin;
  return true;
}

bool AddressPool::contains(uint64_t address, uint64_t bytes) const {
  auto it = blocks_.upper_bound(address);
  if (it == blocks_.begin()) return false;
  --it;
  const uint64_t offset = address - it->first;
  return offset <= it->second.requested && bytes <= it->second.requested - offset;
}

std::string AddressPool::describe(uint64_t address) const {
  if (blocks_.empty()) return {};
  const auto after = blocks_.upper_bound(address);
  // Far away from everything the distance explains nothing.
  constexpr uint64_t kNear = uint64_t{16} << 20;
  const bool near_next = after != blocks_.end() && after->first - address < kNear;
  const bool near_previous =
      after != blocks_.begin() &&
      address - std::prev(after)->first < std::prev(after)->second.requested + kNear;
  if (!near_next && !near_previous) return "no allocation is near";
  char text[160];
  const auto block_text = [&](const char* relation, uint64_t distance,
                              const std::pair<const uint64_t, Block>& block) {
    std::snprintf(text, sizeof text, "0x%llx%s the %llu-byte allocation at 0x%llx",
                  static_cast<unsigned long long>(distance), relation,
                  static_cast<unsigned long long>(block.second.requested),
                  static_cast<unsigned long long>(block.first));
    return std::string(text);
  };
  if (after != blocks_.begin()) {
    const auto before = std::prev(after);
    const uint64_t offset = address - before->first;
    if (offset < before->second.requested) return "offset " + block_text(" of", offset, *before);
    const uint64_t past = offset - before->second.requested;
    if (after == blocks_.end() || past <= after->first - address) {
      return block_text(" bytes past the end of", past, *before);
    }
  }
  return block_text(" bytes before", after->first - address, *after);
}

uint64_t AddressPool::largest_free() const {
  uint64_t largest = 0;
  for (const auto& [address, bytes] : free_) largest = std::max(largest, bytes);
  return largest;
}

}  // namespace cubist::host

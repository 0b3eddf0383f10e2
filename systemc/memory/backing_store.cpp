// SPDX-License-Identifier: Apache-2.0
#include "systemc/memory/backing_store.h"

#include <algorithm>
#include <cstring>

namespace cubist::memory {

void fill_pattern(uint8_t* to, uint64_t bytes, uint32_t pattern, unsigned phase) {
  for (uint64_t i = 0; i < std::min<uint64_t>(bytes, 4); ++i) {
    to[i] = static_cast<uint8_t>(pattern >> ((phase + i) % 4 * 8));
  }
  // Doubling copies keep the period, because what is copied is a multiple of four bytes long.
  for (uint64_t done = 4; done < bytes; done *= 2) {
    std::memcpy(to + done, to, std::min(done, bytes - done));
  }
}

BackingStore::BackingStore(uint64_t bytes)
    : size_(bytes), groups_((bytes + kGroupBytes - 1) / kGroupBytes) {}

uint8_t* BackingStore::touch(uint64_t offset) {
  auto& group = groups_[offset / kGroupBytes];
  if (!group) {
    group = std::make_unique<Group>();
    allocated_ += sizeof(Group);
  }
  auto& chunk = group->chunks[offset / kChunkBytes % kChunks];
  if (!chunk) {
    chunk = std::make_unique<uint8_t[]>(kChunkBytes);
    allocated_ += kChunkBytes;
  }
  return chunk.get() + offset % kChunkBytes;
}

void BackingStore::read(uint64_t offset, std::span<uint8_t> out) const {
  while (!out.empty()) {
    const auto part = std::min<uint64_t>(out.size(), kChunkBytes - offset % kChunkBytes);
    if (const uint8_t* from = peek(offset)) {
      std::memcpy(out.data(), from, part);
    } else {
      std::memset(out.data(), 0, part);
    }
    offset += part;
    out = out.subspan(part);
  }
}

void BackingStore::write(uint64_t offset, std::span<const uint8_t> in) {
  while (!in.empty()) {
    const auto part = std::min<uint64_t>(in.size(), kChunkBytes - offset % kChunkBytes);
    std::memcpy(touch(offset), in.data(), part);
    offset += part;
    in = in.subspan(part);
  }
}

void BackingStore::fill(uint64_t offset, uint64_t bytes, uint32_t pattern) {
  for (uint64_t done = 0; done < bytes;) {
    const auto part = std::min(bytes - done, kChunkBytes - (offset + done) % kChunkBytes);
    if (pattern != 0 || peek(offset + done) != nullptr) {
      fill_pattern(touch(offset + done), part, pattern, done % 4);
    }
    done += part;
  }
}

}  // namespace cubist::memory

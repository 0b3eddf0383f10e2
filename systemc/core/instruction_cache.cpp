// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/instruction_cache.h"

#include "systemc/memory/memory_port.h"

namespace cubist::core {

InstructionCache::InstructionCache(uint32_t bytes, unsigned ways, uint32_t granule_bytes)
    : ways_(ways),
      granule_bytes_(granule_bytes),
      lines_(bytes / kLineBytes),
      next_(bytes / kLineBytes / ways) {}

bool InstructionCache::contains(uint64_t address) const {
  const uint64_t number = address / kLineBytes;
  const size_t set = set_of(number);
  for (size_t way = set; way < set + ways_; ++way) {
    if (lines_[way].number == number) return true;
  }
  return false;
}

GmSegments InstructionCache::missing(uint64_t address, const memory::MemoryPort& memory) const {
  GmSegments runs;
  const uint64_t first = address & ~(granule_bytes_ - 1);
  for (uint64_t line = first; line < first + granule_bytes_; line += kLineBytes) {
    if (!contains(line) && memory.contains(line, kLineBytes)) add_segment(runs, line, kLineBytes);
  }
  return runs;
}

std::vector<uint64_t> InstructionCache::fill(const GmSegments& runs,
                                             const memory::MemoryPort& memory) {
  std::vector<uint64_t> evicted;
  for (const GmSegment& run : runs) {
    for (uint64_t address = run.address; address < run.address + run.bytes; address += kLineBytes) {
      const uint64_t number = address / kLineBytes;
      uint8_t& turn = next_[number % next_.size()];
      Line& line = lines_[set_of(number) + turn];
      turn = static_cast<uint8_t>((turn + 1u) % ways_);
      if (line.number != kNone) evicted.push_back(line.number * kLineBytes);
      line.number = number;
      memory.read(address, line.bytes);
    }
  }
  return evicted;
}

void InstructionCache::drop_changed(const memory::MemoryPort& memory) {
  std::array<uint8_t, kLineBytes> now{};
  for (Line& line : lines_) {
    if (line.number == kNone) continue;
    memory.read(line.number * kLineBytes, now);
    if (now != line.bytes) line.number = kNone;
  }
}

}  // namespace cubist::core

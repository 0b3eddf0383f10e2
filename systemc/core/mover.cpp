// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/mover.h"

#include "systemc/memory/memory_port.h"

namespace cubist::core {

void add_segment(GmSegments& segments, uint64_t address, uint64_t bytes) {
  if (!segments.empty() && segments.back().address + segments.back().bytes == address) {
    segments.back().bytes += bytes;
  } else {
    segments.push_back({address, bytes});
  }
}

uint64_t total_bytes(const GmSegments& segments) {
  uint64_t bytes = 0;
  for (const GmSegment& s : segments) bytes += s.bytes;
  return bytes;
}

const char* path_name(MoverPath path) {
  static constexpr const char* kNames[kMoverPaths] = {
      "gm_to_l1",  "gm_to_ub",  "ub_to_gm",  "l1_to_gm", "l0c_to_gm",
      "l0c_to_l1", "l1_to_l0a", "l1_to_l0b", "l1_to_bt", "l1_to_fb"};
  return kNames[static_cast<unsigned>(path)];
}

double bytes_per_cycle(MoverPath path, const CoreConfig& c) {
  switch (path) {
    case MoverPath::gm_to_l1:
      return c.gm_to_l1.bytes_per_cycle;
    case MoverPath::gm_to_ub:
      return c.gm_to_ub.bytes_per_cycle;
    case MoverPath::ub_to_gm:
      return c.ub_to_gm.bytes_per_cycle;
    case MoverPath::l1_to_gm:
      return c.l1_to_gm.bytes_per_cycle;
    case MoverPath::l0c_to_gm:
      return c.l0c_to_gm.bytes_per_cycle;
    case MoverPath::l0c_to_l1:
      return c.l0c_to_l1.bytes_per_cycle;
    case MoverPath::l1_to_l0a:
      return c.l1_to_l0a.bytes_per_cycle;
    case MoverPath::l1_to_l0b:
      return c.l1_to_l0b.bytes_per_cycle;
    case MoverPath::l1_to_bt:
      return c.l1_to_bt.bytes_per_cycle;
    case MoverPath::l1_to_fb:
      return c.l1_to_fb.bytes_per_cycle;
  }
  return 1;
}

CoreError bad_config(std::string text) {
  CoreError error;
  error.code = abi::error_code::BAD_CONFIG;
  error.text = std::move(text);
  return error;
}

CoreError check_csr(const QueueEntry& entry, uint16_t number) {
  const abi::CsrInfo* info = abi::find_csr(number);
  const uint64_t word = entry.csr(number);
  const abi::FieldInfo* wrong = abi::check_fields(info->fields, word);
  if (wrong == nullptr) return {};
  return bad_config(std::string(info->name) + ": " + std::string(wrong->name) + " is " +
                    std::to_string(wrong->of(word)) + ", expected " + std::to_string(wrong->min) +
                    ".." + std::to_string(wrong->max));
}

CoreError check_gm(const GmSegments& segments, const memory::MemoryPort& memory, const char* what) {
  for (const GmSegment& s : segments) {
    if (in_gm(s.address) && memory.contains(s.address, s.bytes)) continue;
    CoreError error;
    error.code = abi::error_code::BUS;
    error.address = s.address;
    error.text = std::string(what) + " of " + std::to_string(s.bytes) + " bytes at " +
                 hex(s.address) + " is not in device memory (" + memory.describe(s.address) + ")";
    return error;
  }
  return {};
}

void read_segments(const memory::MemoryPort& memory, const GmSegments& segments,
                   std::vector<uint8_t>& staging) {
  staging.resize(total_bytes(segments));
  size_t at = 0;
  for (const GmSegment& s : segments) {
    memory.read(s.address, std::span<uint8_t>(staging).subspan(at, s.bytes));
    at += s.bytes;
  }
}

void write_segments(memory::MemoryPort& memory, const GmSegments& segments,
                    std::span<const uint8_t> staging) {
  size_t at = 0;
  for (const GmSegment& s : segments) {
    memory.write(s.address, staging.subspan(at, s.bytes));
    at += s.bytes;
  }
}

}  // namespace cubist::core

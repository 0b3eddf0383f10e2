// SPDX-License-Identifier: Apache-2.0
#include "tools/riscv/bare_machine.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "systemc/riscv/page_cache.h"

namespace cubist::riscv {
namespace {

std::string hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

void BareMachine::Free::operator()(uint8_t* memory) const {
  std::free(memory);
}

// calloc() of a large block maps zero pages, which cost nothing until they are written.
BareMachine::BareMachine(uint64_t ram_bytes)
    : ram_bytes_(ram_bytes), ram_(static_cast<uint8_t*>(std::calloc(ram_bytes, 1))) {
  if (!ram_) ram_bytes_ = 0;
}

BareMachine::~BareMachine() = default;

uint8_t* BareMachine::ram(uint64_t address, uint64_t size) const {
  const uint64_t offset = address - kRamBase;
  if (offset >= ram_bytes_ || size > ram_bytes_ - offset) return nullptr;
  return ram_.get() + offset;
}

std::string BareMachine::load_image(const ElfImage& image) {
  for (const ElfSegment& segment : image.segments) {
    uint8_t* to = ram(segment.physical_address, segment.memory_size);
    if (to == nullptr) {
      return "a segment of " + hex(segment.memory_size) + " bytes at " +
             hex(segment.physical_address) + " does not fit into the RAM of " + hex(ram_bytes_) +
             " bytes at " + hex(kRamBase) + "; link the program to that address";
    }
    if (!segment.data.empty()) std::memcpy(to, segment.data.data(), segment.data.size());
  }
  if (const ElfSymbol* symbol = image.find("tohost")) {
    if (ram(symbol->address, 8) == nullptr) {
      return "the symbol tohost is at " + hex(symbol->address) + ", outside the RAM of " +
             hex(ram_bytes_) + " bytes at " + hex(kRamBase);
    }
    tohost_address_ = symbol->address;
  }
  return "";
}

FastPage BareMachine::page(uint64_t address) {
  // Stores to the page of tohost must be seen, so it has no fast path.
  if (tohost_address_ && address < *tohost_address_ + 8 && *tohost_address_ < address + 4096) {
    return {};
  }
  uint8_t* host = ram(address, 4096);
  return {host, host != nullptr, host != nullptr};
}

BusReply BareMachine::fetch(uint64_t address, unsigned size) {
  return load(address, size);
}

BusReply BareMachine::load(uint64_t address, unsigned size) {
  BusReply reply;
  const uint8_t* host = ram(address, size);
  if (host == nullptr) {
    reply.status = BusStatus::fault;
  } else {
    std::memcpy(&reply.data, host, size);
  }
  return reply;
}

BusReply BareMachine::store(uint64_t address, unsigned size, uint64_t data) {
  BusReply reply;
  uint8_t* host = ram(address, size);
  if (host == nullptr) {
    reply.status = BusStatus::fault;
    return reply;
  }
  std::memcpy(host, &data, size);
  if (tohost_address_ && address < *tohost_address_ + 8 && *tohost_address_ < address + size) {
    const auto value = read_host<uint64_t>(ram(*tohost_address_, 8));
    if (value != 0 && !tohost_value_) {
      tohost_value_ = value;
      if (tohost_hook_) tohost_hook_();
    }
  }
  return reply;
}

BusReply BareMachine::custom(uint32_t, uint64_t, uint64_t, uint64_t, bool&, bool& illegal) {
  illegal = true;
  return {};
}

bool BareMachine::read_csr(uint16_t, uint64_t&) {
  return false;
}
bool BareMachine::write_csr(uint16_t, uint64_t) {
  return false;
}

}  // namespace cubist::riscv

// SPDX-License-Identifier: Apache-2.0
// Bytes of the chip's shared memory (HBM, host memory), apart from when they move.
//
// Timing travels as address-and-size requests over TLM-2.0 sockets; the bytes of an instruction
// move once, through a MemoryPort, at the instruction's start (sources) and completion
// (destination).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace cubist::memory {

/// Functional access to everything that is RAM in the chip's address map. Also the debug transport:
/// it works at any time and costs no simulated time.
class MemoryPort {
 public:
  virtual ~MemoryPort() = default;

  /// True when [address, address + bytes) lies wholly in existing memory. Never overflows.
  virtual bool contains(uint64_t address, uint64_t bytes) const = 0;

  /// False (and nothing copied) unless contains(). Untouched memory reads as zero.
  virtual bool read(uint64_t address, std::span<uint8_t> out) const = 0;
  virtual bool write(uint64_t address, std::span<const uint8_t> in) = 0;
  virtual bool fill(uint64_t address, uint64_t bytes, uint32_t pattern) = 0;

  /// Host memory of one 4 KiB page for reading, or nullptr when it was never written (all zero) or
  /// does not exist. Valid until the next write to that page by anyone.
  virtual const uint8_t* page(uint64_t address) const = 0;

  /// Marks a page as holding code somebody has decoded; a later write to any marked page changes
  /// code_generation(), which tells harts to decode anew at the next fence.i or block start.
  virtual void mark_code(uint64_t address) = 0;
  virtual uint64_t code_generation() const = 0;

  /// "HBM + 0x1200 (die 0)" or "unmapped; nearest is HBM 0x1000000000..0x1fffffffff": for messages.
  virtual std::string describe(uint64_t address) const = 0;
};

}  // namespace cubist::memory

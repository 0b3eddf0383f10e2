// SPDX-License-Identifier: Apache-2.0
// The banks of the unified buffer: how many cycles a vector instruction's repeats take at them.
//
// A row of a bank is one 32-byte block. Neighbouring blocks lie in neighbouring bank groups; a bank
// group holds several banks, each with one port that reads or writes one row a cycle, and the group
// passes one read and one write a cycle.
//
// Reads of one repeat that need a group more than once take that many cycles (read-read), writes
// likewise (write-write). A repeat's blocks are written `write_delay` cycles after they were read.
// When the repeat to be written and the repeat to be read want the same bank in one cycle, they
// take turns (read-write).
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace cubist::core {

struct BankConfig {
  unsigned groups = 16;          ///< Bank groups, a power of two up to 32.
  unsigned bank_bytes = 4096;    ///< Bytes of one bank.
  unsigned write_delay = 13;     ///< Cycles from the read of a repeat to its write.
  unsigned held_back_reads = 2;  ///< Blocks whose read may be put off into the next repeat's cycle.
};

/// What one operand touches: block b of repeat r is the block at
/// base + r * repeat_bytes + b * block_bytes, for b below `blocks`.
struct BankStream {
  uint64_t base = 0;
  uint32_t block_bytes = 0, repeat_bytes = 0;
  uint32_t blocks = 0;       ///< Blocks of a repeat, at most 32.
  uint32_t last_blocks = 0;  ///< Of the last repeat, which a counter may cut short.
  uint32_t used = ~0u;       ///< Bit b is clear when the mask leaves nothing of block b to do.

  bool operator==(const BankStream&) const = default;
};

/// An instruction as the banks see it.
struct BankAccess {
  std::array<BankStream, 4> reads{};
  unsigned read_count = 0;
  BankStream write;
  uint64_t repeats = 0;
  uint32_t interval = 1;  ///< Cycles between repeats that the arithmetic needs by itself.

  void add_read(const BankStream& stream) { reads[read_count++] = stream; }
};

/// Cycles, and those of them that conflicts cost.
struct BankCost {
  uint64_t cycles = 0;       ///< From the first read to the last write, less `write_delay`.
  uint64_t read_read = 0;    ///< Cycles added by reads of one bank group.
  uint64_t write_write = 0;  ///< Cycles added by writes of one bank group.
  uint64_t read_write = 0;   ///< Cycles added by a read and a write of one bank.
};

/// Two reads of the same operand (equal streams), and blocks of a stream with block stride 0, are
/// one access. Takes time in proportion to the repeats.
BankCost bank_cost(const BankConfig& config, const BankAccess& access);

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
// How long a vector instruction takes: a head by operation, then its repeats at the published
// throughput or at what the banks of the unified buffer allow, whichever is slower.
#pragma once

#include <cstdint>
#include <vector>

#include "systemc/core/vector/ub_banks.h"
#include "systemc/core/vector/vector_unit.h"

namespace cubist::core {

struct VectorConfig {
  unsigned head_cycles = 24;         ///< Of vadd; the other heads keep their published distance.
  unsigned count_floor_cycles = 16;  ///< Least cycles of the repeats in counter mode.
  BankConfig banks;
};

/// Duration of one instruction and where it went.
struct VectorCost {
  uint64_t cycles = 0;
  uint64_t read_read = 0, write_write = 0, read_write = 0;  ///< Cycles that bank conflicts added.

  uint64_t conflicts() const { return read_read + write_write + read_write; }
};

/// Cycles that the arithmetic needs for a full repeat, by the published table of throughput, in
/// hundredths of a cycle; 0 for an unknown operation.
uint32_t repeat_hundredths(const VectorInstruction& instruction);

/// Cycles before the first repeat, for a head of vadd of 24.
uint32_t published_head(uint8_t op);

class VectorTiming {
 public:
  explicit VectorTiming(const VectorConfig& config);

  /// Duration of a checked instruction. Depends on nothing else: answers are kept, since kernels
  /// repeat the same few instructions.
  const VectorCost& cost(const VectorInstruction& instruction);

 private:
  struct Entry {
    VectorInstruction instruction;
    bool valid = false;
    VectorCost cost;
  };
  VectorCost compute(const VectorInstruction& instruction) const;

  VectorConfig config_;
  std::vector<Entry> kept_;
};

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
// The vector unit of an AIV: values of one vector instruction on the unified buffer.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace cubist::core {

/// One vector instruction as the queue entry carries it (operation numbers and fields as in
/// firmware/abi/abi.toml, [vector]).
struct VectorInstruction {
  uint8_t op = 0;
  uint32_t dst = 0, src0 = 0, src1 = 0;  ///< Byte offsets within the unified buffer.
  uint64_t config = 0;                   ///< The packed configuration word.
  uint64_t mask0 = 0, mask1 = 0;         ///< VMASK0, VMASK1 as captured.
  uint64_t scalar = 0;                   ///< VSCALAR as captured.

  bool operator==(const VectorInstruction&) const = default;
};

struct VectorError {
  uint16_t code = 0;  ///< 0, or BUFFER_OVERRUN, BAD_CONFIG, MISALIGNED, ILLEGAL_INSTRUCTION.
  std::string text;
};

/// Empty code when the instruction is legal for a buffer of `ub_bytes`.
VectorError check_vector(const VectorInstruction& instruction, uint32_t ub_bytes);

/// Executes a checked instruction: samples its sources from `ub` and writes its result to `ub` in
/// one step. Bit-identical on every host. vector_timing.h has its duration.
void execute_vector(const VectorInstruction& instruction, std::span<uint8_t> ub);

}  // namespace cubist::core

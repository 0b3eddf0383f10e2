// SPDX-License-Identifier: Apache-2.0
// The vector unit of an AIV: values of one vector instruction on the unified buffer.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace cubist::core {

/// One vector instruction as the queue entry carries it (operation numbers and fields as in
/// firmware/abi/abi.toml, [vector]). Addresses are byte offsets within the unified buffer.
struct VectorInstruction {
  uint8_t op = 0;
  uint32_t dst = 0, src0 = 0, src1 = 0;
  uint64_t config = 0;                    ///< The packed configuration word.
  uint64_t mask0 = 0, mask1 = 0;          ///< VMASK0, VMASK1 as captured.
  uint64_t scalar = 0;                    ///< VSCALAR as captured: a value.
  uint32_t place = 0;                     ///< VSCALAR of vgather, vgatherb and vgathermask.
  bool has_place = false;                 ///< vgathermask: false when VSCALAR was 0.
  uint32_t select = 0;                    ///< VSELECT.
  uint64_t merge_src = 0, merge_len = 0;  ///< VMERGE_SRC, VMERGE_LEN as captured.

  bool operator==(const VectorInstruction&) const = default;
};

struct VectorError {
  uint16_t code = 0;  ///< 0, or BUFFER_OVERRUN, BAD_CONFIG, MISALIGNED, ILLEGAL_INSTRUCTION.
  std::string text;
};

/// Empty code when the instruction is legal for this buffer; the offsets of a gather, and the bits
/// that say how much vgathermask writes, are read from it unless `values` is false: a run without
/// values has none.
VectorError check_vector(const VectorInstruction& instruction, std::span<const uint8_t> ub,
                         bool values = true);

/// Executes a checked instruction: samples its sources from `ub` and writes its result to `ub` in
/// one step. Bit-identical on every host. vector_timing.h has its duration.
void execute_vector(const VectorInstruction& instruction, std::span<uint8_t> ub);

}  // namespace cubist::core

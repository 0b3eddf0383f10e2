// SPDX-License-Identifier: Apache-2.0
// What stops a core: an error code of firmware/abi/abi.toml with place and circumstances.
#pragma once

#include <cstdint>
#include <string>

namespace cubist::core {

struct CoreError {
  uint16_t code = 0;  ///< 0 means no error.
  uint64_t pc = 0;    ///< Of the instruction at fault.
  uint64_t address =
      0;  ///< What it could not use; for DEADLOCK and FLAG_OVERFLOW the flag (below).
  uint8_t pipe = 0, op = 0;
  uint8_t cause = 0;  ///< RISC-V exception code, of errors of the scalar unit.
  std::string text;   ///< One line: what, where, what was expected.

  explicit operator bool() const { return code != 0; }
  /// Register ERROR_INFO.
  uint64_t info() const { return pipe | uint64_t{op} << 8 | uint64_t{cause} << 16; }
};

/// How an error names a flag: source pipe in bits 0 to 7, id in bits 8 to 15, destination pipe in
/// bits 16 to 23. The lower half is the configuration word of the wait_flag.
constexpr uint64_t flag_address(unsigned source, unsigned destination, unsigned id) {
  return source | uint64_t{id} << 8 | uint64_t{destination} << 16;
}

/// "0x4000".
std::string hex(uint64_t value);

}  // namespace cubist::core

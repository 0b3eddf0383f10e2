// SPDX-License-Identifier: Apache-2.0
// The matrix engine as a core sees it. Two implementations answer alike to the bit and to the
// cycle: the fast model and the Verilated RTL; a third runs both and compares.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cubist::core {

/// Operand types of one instruction; A and B have the same type, except that INT8 signs are free.
enum class CubeType : uint8_t {
  fp16 = 0,
  bf16 = 1,
  hf32 = 2,
  fp32 = 3,
  s8 = 4,
  u8 = 5,
  s8u8 = 6,
  u8s8 = 7
};

/// Where the accumulator starts.
enum class CubeInit : uint8_t {
  zero = 0,        ///< C = A*B
  accumulate = 1,  ///< C = C + A*B, C taken from L0C
  bias = 2,        ///< C = bias + A*B, one FP32 (or INT32) row of n values from the bias table
};

/// One mmad. Addresses are byte offsets within their buffer. A is zZ in L0A, B is nZ in L0B, C is
/// zN in L0C: 16 x C0 fractals of 512 bytes (1024 bytes in L0C), C0 = 32 bytes / size of an
/// element. A: fractal (i, j) of an m x k matrix at a + (i * ceil(k/C0) + j) * 512. B: fractal (i,
/// j) of a k x n matrix at b + (i * ceil(n/16) + j) * 512, each stored n-major (k inner). C:
/// fractal (i, j) of an m x n matrix at c + (j * ceil(m/16) + i) * 1024, row-major inside.
struct CubeInstruction {
  uint16_t m = 0, k = 0, n = 0;  ///< 1..4095; any value, not only multiples of 16.
  CubeType type = CubeType::fp16;
  CubeInit init = CubeInit::zero;
  uint32_t a = 0, b = 0, c = 0, bias = 0;
};

/// The buffers belong to the core; the engine reads and writes them through this.
struct CubeBuffers {
  std::span<uint8_t> l0a, l0b, l0c, bias;
};

/// Cycles on the core's clock, absolute.
struct CubeTiming {
  uint64_t accepted = 0;  ///< The engine took the instruction; the next may be offered one later.
  uint64_t done = 0;      ///< Its last accumulator fractal is in L0C.
};

/// Array shape and pipeline; the RTL's parameters of the same names.
struct CubeConfig {
  unsigned m = 16, k = 16, n = 16;
  unsigned depth = 4;  ///< Registers between the operands' arrival and the write to L0C.
  unsigned l0a_bytes = 64 << 10, l0b_bytes = 64 << 10, l0c_bytes = 128 << 10, bias_bytes = 1 << 10;
};

/// The one source of stalls, asked by model and RTL alike: in a stalled cycle the engine issues no
/// read of L0A, L0B and L0C; what is in flight goes on.
class CubeArbiter {
 public:
  virtual ~CubeArbiter() = default;
  /// The answer for a cycle never changes.
  virtual bool stalled(uint64_t cycle) const = 0;
};

/// One engine. The caller has checked the instruction against check_instruction().
class CubeUnit {
 public:
  virtual ~CubeUnit() = default;

  /// Runs one instruction that is offered at cycle `offered` (not before the last `accepted` + 1).
  /// Values are in L0C on return; in simulated time they are there from `done` on, and a program
  /// that orders its pipes with flags cannot see the difference.
  virtual CubeTiming execute(const CubeInstruction& instruction, const CubeBuffers& buffers,
                             uint64_t offered) = 0;

  /// The last result is in L0C and nothing has been offered since: shows on the waveform what the
  /// pipeline's end still had to show. Without a waveform it does nothing.
  virtual void settle() {}

  /// Forgets all pipeline state, as after reset.
  virtual void reset() = 0;

  /// Who stalls the engine from now on; nullptr, as at the start, for nobody. Not owned.
  virtual void set_arbiter(const CubeArbiter* arbiter) = 0;

  /// Multiply-accumulates asked for so far: m*k*n of each instruction.
  virtual uint64_t macs() const = 0;
  /// Instructions that RTL ran or checked.
  virtual uint64_t rtl_instructions() const { return 0; }
};

/// Empty when the instruction is legal for this engine; else one line saying what is wrong.
std::string check_instruction(const CubeInstruction& instruction, const CubeConfig& config);

/// Bytes of L0A, L0B, L0C and bias table that an instruction touches, from its addresses on.
struct CubeFootprint {
  uint32_t a, b, c, bias;
};
CubeFootprint footprint(const CubeInstruction& instruction);

std::unique_ptr<CubeUnit> make_cube_model(const CubeConfig& config);

/// Cycles only: the same as all others', and L0C is left as it is.
std::unique_ptr<CubeUnit> make_timing_cube(const CubeConfig& config);

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
// Constrained-random stimulus for the matrix engine: operands, instructions and stalls from a seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "systemc/core/cube/cube_unit.h"

namespace cubist::testbench {

/// splitmix64: small, seeded, the same on every host.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next();
  /// 0 .. bound - 1.
  uint32_t below(uint32_t bound) { return static_cast<uint32_t>((next() >> 32) * bound >> 32); }
  bool chance(unsigned percent) { return below(100) < percent; }
  /// Standard normal, by adding uniform variates (no library function that differs between hosts).
  double normal();

 private:
  uint64_t state_;
};

/// What operands look like. Each provokes something else in the adder.
enum class Data : uint8_t {
  bits,      ///< Any pattern: NaN, infinities, subnormals, all exponents.
  normal,    ///< N(0,1), the usual case.
  relu,      ///< N(0,1) with the negative half zero.
  outliers,  ///< N(0,1), 2 % of them times 100.
  cauchy,    ///< Heavy tails: ratio of two normals.
  gaps,      ///< Finite, exponents uniform over the type's whole range.
  near,      ///< Exponents within a few steps: carries and cancellation.
  corners,   ///< Zeros, subnormal and normal limits, infinities, NaN.
  cancel,    ///< Each product comes with its negative, plus small ones.
  sparse,    ///< Few bits set, exponents half a significand apart: ties, and what tips them.
};
inline constexpr unsigned kDataKinds = 10;
const char* name_of(Data data);

const char* name_of(core::CubeType type);
/// Parses "fp16" ... "u8s8"; false when unknown.
bool parse_type(const std::string& text, core::CubeType& type);

/// One element of A or B, in the low bits.
uint32_t random_element(Random& random, core::CubeType type, Data data);
/// One accumulator: FP32 for floating types, INT32 otherwise.
uint32_t random_accumulator(Random& random, core::CubeType type, Data data);

/// The four buffers with their memory.
struct BufferSet {
  explicit BufferSet(const core::CubeConfig& config);
  core::CubeBuffers view();
  std::vector<uint8_t> l0a, l0b, l0c, bias;
};

struct StreamOptions {
  bool fixed_type = false;  ///< Else any type.
  core::CubeType type = core::CubeType::fp16;
  unsigned largest = 48;  ///< Of m, k, n in most instructions; 4 % go up to the buffers' limits.
  unsigned stall_percent = 0;
  unsigned limit_percent = 0;  ///< Instructions with one side as long as the buffers allow.
};

/// A legal instruction whose operands are then in `buffers`. Accumulators are chosen so that
/// instructions often meet the results of the one before.
core::CubeInstruction random_instruction(Random& random, const core::CubeConfig& config,
                                         const StreamOptions& options, BufferSet& buffers);

/// Fills all operands (and bias and accumulators when they are read) of an instruction.
void fill_operands(Random& random, const core::CubeInstruction& instruction, Data data,
                   BufferSet& buffers);

/// Stalls a given share of cycles, chosen by a hash of the cycle number.
class RandomArbiter final : public core::CubeArbiter {
 public:
  RandomArbiter(uint64_t seed, unsigned percent) : seed_(seed), percent_(percent) {}
  bool stalled(uint64_t cycle) const override;

 private:
  uint64_t seed_;
  unsigned percent_;
};

}  // namespace cubist::testbench

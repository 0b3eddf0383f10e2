// SPDX-License-Identifier: Apache-2.0
// A unified buffer and one instruction on it.
#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "systemc/core/vector/vector_fields.h"

namespace cubist::test {

inline constexpr uint32_t kUb = 192 * 1024;
inline constexpr uint32_t kSrc0 = 0, kSrc1 = 0x8000, kDst = 0x10000;

/// Sources at kSrc0 and kSrc1, result at kDst, all without gaps, every element taking part.
struct VectorBench {
  std::vector<uint8_t> ub = std::vector<uint8_t>(kUb);
  core::VectorInstruction in;

  VectorBench(uint8_t op, core::VectorType type, unsigned repeats, unsigned mode = 0) {
    in.op = op;
    in.src0 = kSrc0;
    in.src1 = kSrc1;
    in.dst = kDst;
    in.config = repeats | 1ull << 8 | 1ull << 16 | 1ull << 24 | 8ull << 32 | 8ull << 40 |
                8ull << 48 | uint64_t{static_cast<uint8_t>(type)} << 56 | uint64_t{mode} << 61;
    in.mask0 = in.mask1 = ~0ull;
  }
  /// Repeat strides in blocks; a conversion's narrow side steps 4 blocks or 2.
  void repeat_strides(uint64_t dst, uint64_t src0) {
    in.config = (in.config & ~(0xffffull << 32)) | dst << 32 | src0 << 40;
  }
  void count(uint64_t elements) {
    in.config |= 1ull << 60;
    in.mask0 = elements;
  }
  bool takes_part(uint32_t lane) const {
    return ((lane < 64 ? in.mask0 >> lane : in.mask1 >> (lane - 64)) & 1) != 0;
  }
  void run() {
    const core::VectorError error = core::check_vector(in, ub);
    INFO(error.text);
    REQUIRE(error.code == 0);
    core::execute_vector(in, ub);
  }
  template <class T>
  void put(uint32_t base, uint32_t index, T value) {
    std::memcpy(&ub[base + index * sizeof(T)], &value, sizeof(T));
  }
  template <class T>
  T get(uint32_t base, uint32_t index) const {
    T value;
    std::memcpy(&value, &ub[base + index * sizeof(T)], sizeof(T));
    return value;
  }
};

}  // namespace cubist::test

// SPDX-License-Identifier: Apache-2.0
// One small C = init + A * B in a unit's buffers, with its elements addressed by row and column.
#pragma once

#include <cstdint>
#include <vector>

#include "systemc/core/cube/cube_layout.h"
#include "testbench/cube/cube_stimulus.h"

namespace cubist::test {

class CubeTile {
 public:
  explicit CubeTile(const core::CubeInstruction& instruction)
      : instruction_(instruction), buffers_(core::CubeConfig{}) {}

  core::CubeInstruction& instruction() { return instruction_; }
  testbench::BufferSet& buffers() { return buffers_; }

  void set_a(unsigned row, unsigned k, uint32_t v) { put(buffers_.l0a, a_at(row, k), v, bytes()); }
  void set_b(unsigned k, unsigned column, uint32_t v) {
    put(buffers_.l0b, b_at(k, column), v, bytes());
  }
  void set_c(unsigned row, unsigned column, uint32_t v) {
    put(buffers_.l0c, c_at(row, column), v, 4);
  }
  uint32_t a(unsigned row, unsigned k) const { return get(buffers_.l0a, a_at(row, k), bytes()); }
  uint32_t b(unsigned k, unsigned column) const {
    return get(buffers_.l0b, b_at(k, column), bytes());
  }
  uint32_t c(unsigned row, unsigned column) const {
    return get(buffers_.l0c, c_at(row, column), 4);
  }
  uint32_t start(unsigned row, unsigned column) const {
    if (instruction_.init == core::CubeInit::accumulate) return c(row, column);
    if (instruction_.init == core::CubeInit::bias)
      return get(buffers_.bias, instruction_.bias + 4 * column, 4);
    return 0;
  }
  std::vector<uint32_t> row(unsigned r) const {
    std::vector<uint32_t> v;
    for (unsigned k = 0; k < instruction_.k; ++k) v.push_back(a(r, k));
    return v;
  }
  std::vector<uint32_t> column(unsigned n) const {
    std::vector<uint32_t> v;
    for (unsigned k = 0; k < instruction_.k; ++k) v.push_back(b(k, n));
    return v;
  }

 private:
  unsigned bytes() const { return core::element_bytes(instruction_.type); }
  uint32_t a_at(unsigned r, unsigned k) const {
    return instruction_.a +
           core::a_offset(instruction_.type, r, k,
                          core::ceil_div(instruction_.k, core::fractal_k(instruction_.type)));
  }
  uint32_t b_at(unsigned k, unsigned n) const {
    return instruction_.b +
           core::b_offset(instruction_.type, k, n, core::ceil_div(instruction_.n, core::kFractal));
  }
  uint32_t c_at(unsigned r, unsigned n) const {
    return instruction_.c + core::c_offset(r, n, core::ceil_div(instruction_.m, core::kFractal));
  }
  static void put(std::vector<uint8_t>& memory, uint32_t at, uint32_t v, unsigned bytes) {
    for (unsigned j = 0; j < bytes; ++j) memory[at + j] = static_cast<uint8_t>(v >> 8 * j);
  }
  static uint32_t get(const std::vector<uint8_t>& memory, uint32_t at, unsigned bytes) {
    uint32_t v = 0;
    for (unsigned j = 0; j < bytes; ++j) v |= static_cast<uint32_t>(memory[at + j]) << 8 * j;
    return v;
  }

  core::CubeInstruction instruction_;
  testbench::BufferSet buffers_;
};

}  // namespace cubist::test

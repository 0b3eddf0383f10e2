// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/cube/cube_layout.h"

#include <sstream>

namespace cubist::core {
namespace {

std::string bad_size(const char* name, unsigned value) {
  std::ostringstream s;
  s << "mmad: " << name << " is " << value << ", expected 1..4095";
  return s.str();
}

/// Empty when [offset, offset + bytes) is aligned and inside a buffer.
std::string bad_range(const char* buffer, uint32_t offset, uint32_t bytes, unsigned size,
                      unsigned alignment) {
  std::ostringstream s;
  if (offset % alignment != 0) {
    s << "mmad: " << buffer << " address 0x" << std::hex << offset << std::dec
      << " is not a multiple of " << alignment;
  } else if (offset > size || bytes > size - offset) {
    s << "mmad: needs " << bytes << " bytes of " << buffer << " from 0x" << std::hex << offset
      << std::dec << ", but " << buffer << " has " << size << " bytes; use a smaller tile";
  }
  return s.str();
}

}  // namespace

CubeFootprint footprint(const CubeInstruction& i) {
  const uint32_t mt = ceil_div(i.m, kFractal), nt = ceil_div(i.n, kFractal);
  const uint32_t kt = ceil_div(i.k, fractal_k(i.type));
  return {mt * kt * kFractalBytes, kt * nt * kFractalBytes, mt * nt * kAccFractalBytes,
          i.init == CubeInit::bias ? nt * kFractal * 4 : 0};
}

std::string check_instruction(const CubeInstruction& i, const CubeConfig& config) {
  if (static_cast<unsigned>(i.type) > static_cast<unsigned>(CubeType::u8s8)) {
    return "mmad: type code " + std::to_string(static_cast<unsigned>(i.type)) +
           " is unknown, expected 0..7 (fp16, bf16, hf32, fp32, s8, u8, s8u8, u8s8)";
  }
  if (static_cast<unsigned>(i.init) > static_cast<unsigned>(CubeInit::bias)) {
    return "mmad: initialisation code " + std::to_string(static_cast<unsigned>(i.init)) +
           " is unknown, expected 0..2 (zero, accumulate, bias)";
  }
  if (i.m < 1 || i.m > 4095) return bad_size("m", i.m);
  if (i.k < 1 || i.k > 4095) return bad_size("k", i.k);
  if (i.n < 1 || i.n > 4095) return bad_size("n", i.n);
  const CubeFootprint need = footprint(i);
  std::string error = bad_range("L0A", i.a, need.a, config.l0a_bytes, 512);
  if (error.empty()) error = bad_range("L0B", i.b, need.b, config.l0b_bytes, 512);
  if (error.empty()) error = bad_range("L0C", i.c, need.c, config.l0c_bytes, 1024);
  if (error.empty() && i.init == CubeInit::bias) {
    error = bad_range("the bias table", i.bias, need.bias, config.bias_bytes, 64);
  }
  return error;
}

}  // namespace cubist::core

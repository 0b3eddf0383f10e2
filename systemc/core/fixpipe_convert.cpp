// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/fixpipe_convert.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace cubist::core {
namespace {

constexpr size_t kMost = 64;  // accumulators converted at a time

int saturated(float x, int offset, int low, int high) {
  if (x != x) return 0;
  const double sum = std::nearbyint(static_cast<double>(x)) + offset;
  return static_cast<int>(std::clamp<double>(sum, low, high));
}

/// Values before the final cast, in FP32.
void prepare(FixpipeCast cast, FixpipeRelu relu, std::span<const FixpipeColumn> columns,
             std::span<const uint32_t> in, float* out) {
  for (size_t i = 0; i < in.size(); ++i) {
    out[i] = integer_accumulators(cast) ? static_cast<float>(static_cast<int32_t>(in[i]))
                                        : float_from_bits(in[i]);
  }
  if (relu != FixpipeRelu::none) {
    for (size_t i = 0; i < in.size(); ++i) {
      const bool negative = (bits_from_float(out[i]) >> 31) != 0 && out[i] == out[i];
      const float other = relu == FixpipeRelu::slope ? out[i] * columns[i].slope : 0.0f;
      out[i] = negative ? other : out[i];
    }
  }
  if (scaled(cast)) {
    for (size_t i = 0; i < in.size(); ++i) out[i] *= columns[i].scale;
  }
}

template <class T>
void put(uint8_t* to, size_t i, T value) {
  std::memcpy(to + i * sizeof(T), &value, sizeof(T));
}

}  // namespace

FixpipeColumn column_of(uint64_t quantisation, uint32_t slope_bits) {
  FixpipeColumn column;
  column.scale = float_from_bits(static_cast<uint32_t>(quantisation));
  const int offset = static_cast<int>(quantisation >> 32 & 0x1ff);
  column.offset = offset < 256 ? offset : offset - 512;
  column.slope = float_from_bits(slope_bits);
  return column;
}

void convert_row(FixpipeCast cast, FixpipeRelu relu, std::span<const FixpipeColumn> columns,
                 std::span<const uint32_t> in, uint8_t* to) {
  if (cast == FixpipeCast::int32) {
    for (size_t i = 0; i < in.size(); ++i) {
      put(to, i, relu != FixpipeRelu::none && in[i] >> 31 != 0 ? uint32_t{0} : in[i]);
    }
    return;
  }
  if (cast == FixpipeCast::fp32 && relu == FixpipeRelu::none) {
    std::memcpy(to, in.data(), in.size_bytes());
    return;
  }
  std::array<float, kMost> value;
  while (in.size() > kMost) {
    convert_row(cast, relu, columns.first(kMost), in.first(kMost), to);
    to += kMost * result_bits(cast) / 8;
    in = in.subspan(kMost);
    columns = columns.subspan(kMost);
  }
  prepare(cast, relu, columns, in, value.data());
  for (size_t i = 0; i < in.size(); ++i) {
    const int offset = columns[i].offset;
    switch (cast) {
      case FixpipeCast::fp16:
      case FixpipeCast::int32_fp16:
      case FixpipeCast::fp32_fp16:
        put(to, i, half_from_float(value[i]));
        break;
      case FixpipeCast::bf16:
      case FixpipeCast::fp32_bf16:
        put(to, i, bfloat_from_float(value[i]));
        break;
      case FixpipeCast::int32_s16:
        put(to, i, static_cast<uint16_t>(saturated(value[i], offset, -32768, 32767)));
        break;
      case FixpipeCast::int32_s8:
      case FixpipeCast::fp32_s8:
        put(to, i, static_cast<uint8_t>(saturated(value[i], offset, -128, 127)));
        break;
      case FixpipeCast::int32_u8:
      case FixpipeCast::fp32_u8:
        put(to, i, static_cast<uint8_t>(saturated(value[i], offset, 0, 255)));
        break;
      case FixpipeCast::int32_s4:
      case FixpipeCast::fp32_s4: {
        const auto nibble = static_cast<unsigned>(saturated(value[i], offset, -8, 7)) & 15u;
        uint8_t& byte = to[i / 2];
        byte = static_cast<uint8_t>(i % 2 == 0 ? nibble : byte | nibble << 4);
        break;
      }
      case FixpipeCast::fp32:
        put(to, i, bits_from_float(value[i]));
        break;
      default:
        put(to, i, bits_from_float(canonical(value[i])));
        break;
    }
  }
}

}  // namespace cubist::core

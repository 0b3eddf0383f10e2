// SPDX-License-Identifier: Apache-2.0
// Conversions between element types. Every source value is exact in double, which is rounded once.
#include "systemc/core/vector/vector_lanes.h"

namespace cubist::core {
namespace {

struct FromF16 {
  using Raw = uint16_t;
  static double value(Raw raw) { return float_from_half(raw); }
};
struct FromF32 {
  using Raw = uint32_t;
  static double value(Raw raw) { return float_from_bits(raw); }
};
struct FromBf16 {
  using Raw = uint16_t;
  static double value(Raw raw) { return float_from_bfloat(raw); }
};
struct FromS8 {
  using Raw = uint8_t;
  static double value(Raw raw) { return static_cast<int8_t>(raw); }
};
struct FromU8 {
  using Raw = uint8_t;
  static double value(Raw raw) { return raw; }
};
struct FromS16 {
  using Raw = uint16_t;
  static double value(Raw raw) { return static_cast<int16_t>(raw); }
};
struct FromS32 {
  using Raw = uint32_t;
  static double value(Raw raw) { return static_cast<int32_t>(raw); }
};

template <class From>
void convert(VectorRun& run) {
  using In = typename From::Raw;
  const unsigned mode = run.plan.mode;
  const auto to_int = [mode](In raw, double low, double high) {
    return int_from_double(From::value(raw), mode, low, high);
  };
  switch (run.in.op) {
    case kVconvF32:
      if (run.plan.from == VectorType::f32) {  // to a whole number, which FP32 holds exactly
        return run.map<In, uint32_t>([mode](In raw) {
          const double x = From::value(raw);
          return F32::narrow(static_cast<float>(
              std::copysign(std::fabs(x) < 0x1p23 ? round_integer(x, mode) : x, x)));
        });
      }
      if (mode == 0 || sizeof(In) < 4) {  // rounds to nearest even, or is exact
        return run.map<In, uint32_t>(
            [](In raw) { return F32::narrow(static_cast<float>(From::value(raw))); });
      }
      return run.map<In, uint32_t>(
          [mode](In raw) { return round_to_format(From::value(raw), kFormatF32, mode); });
    case kVconvF16:
      if (mode == 0 && run.plan.from == VectorType::f32) {
        return run.map<In, uint16_t>(
            [](In raw) { return half_from_float(static_cast<float>(From::value(raw))); });
      }
      if (mode == 0) {
        return run.map<In, uint16_t>([](In raw) { return half_from_double(From::value(raw)); });
      }
      return run.map<In, uint16_t>([mode](In raw) {
        return static_cast<uint16_t>(round_to_format(From::value(raw), kFormatF16, mode));
      });
    case kVconvBf16:
      if (mode == 0) {
        return run.map<In, uint16_t>(
            [](In raw) { return bfloat_from_float(static_cast<float>(From::value(raw))); });
      }
      return run.map<In, uint16_t>([mode](In raw) {
        return static_cast<uint16_t>(round_to_format(From::value(raw), kFormatBf16, mode));
      });
    case kVconvS32:
      return run.map<In, uint32_t>([to_int](In raw) {
        return static_cast<uint32_t>(to_int(raw, -2147483648.0, 2147483647.0));
      });
    case kVconvS16:
      return run.map<In, uint16_t>(
          [to_int](In raw) { return static_cast<uint16_t>(to_int(raw, -32768.0, 32767.0)); });
    case kVconvS8:
      return run.map<In, uint8_t>(
          [to_int](In raw) { return static_cast<uint8_t>(to_int(raw, -128.0, 127.0)); });
    default:  // kVconvU8
      return run.map<In, uint8_t>(
          [to_int](In raw) { return static_cast<uint8_t>(to_int(raw, 0.0, 255.0)); });
  }
}

}  // namespace

void run_conversion(VectorRun& run) {
  switch (run.plan.from) {
    case VectorType::f16:
      return convert<FromF16>(run);
    case VectorType::f32:
      return convert<FromF32>(run);
    case VectorType::bf16:
      return convert<FromBf16>(run);
    case VectorType::s8:
      return convert<FromS8>(run);
    case VectorType::u8:
      return convert<FromU8>(run);
    case VectorType::s16:
      return convert<FromS16>(run);
    default:
      return convert<FromS32>(run);
  }
}

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
// Executes vector instructions repeat by repeat: a repeat reads all its sources, then writes; a
// later repeat sees what an earlier one wrote, as when a destination repeat stride of zero
// accumulates.
#include "systemc/core/vector/vector_unit.h"

#include <array>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "systemc/core/vector/vector_fields.h"
#include "systemc/core/vector/vector_math.h"

namespace cubist::core {
namespace {

constexpr uint32_t kMaxLanes = 128;

// A lane type: how its elements lie in the buffer and what they are computed in.
struct F16 {
  using Raw = uint16_t;
  using Work = float;
  static Work widen(Raw raw) { return float_from_half(raw); }
  static Raw narrow(Work value) { return half_from_float(value); }
  static Raw from_double(double value) { return half_from_double(value); }
};
struct F32 {
  using Raw = uint32_t;
  using Work = float;
  static Work widen(Raw raw) { return float_from_bits(raw); }
  static Raw narrow(Work value) { return bits_from_float(canonical(value)); }
  static Raw from_double(double value) { return narrow(static_cast<float>(value)); }
};
struct S16 {
  using Raw = uint16_t;
  using Work = uint32_t;
  static Work widen(Raw raw) { return static_cast<uint32_t>(static_cast<int16_t>(raw)); }
  static Raw narrow(Work value) { return static_cast<Raw>(value); }
};
struct S32 {
  using Raw = uint32_t;
  using Work = uint32_t;
  static Work widen(Raw raw) { return raw; }
  static Raw narrow(Work value) { return value; }
};

using Lanes = std::array<uint32_t, kMaxLanes>;  // raw elements, zero-extended

class Execution {
 public:
  Execution(const VectorInstruction& in, std::span<uint8_t> ub)
      : in_(in), ub_(ub), plan_(plan_vector(in)) {}

  const VectorPlan& plan() const { return plan_; }

  void load(const Operand& operand, uint64_t r, Lanes& lanes) const {
    const uint32_t per_block = kBlockBytes / operand.size;
    for (uint32_t e = 0; e < plan_.lanes; e += per_block) {
      const uint64_t address = operand.at(r, e);
      // A masked-off block may lie outside the buffer; it is not read.
      if (address + kBlockBytes <= ub_.size()) {
        load_run(address, operand.size, std::min(per_block, plan_.lanes - e), &lanes[e]);
      } else {
        for (uint32_t i = e; i < e + per_block && i < plan_.lanes; ++i) {
          const uint64_t at = operand.at(r, i);
          lanes[i] = 0;
          if (at + operand.size <= ub_.size()) load_run(at, operand.size, 1, &lanes[i]);
        }
      }
    }
  }

  void store(uint64_t r, const Lanes& lanes) {
    const Operand& dst = plan_.dst;
    if (plan_.full(in_, r)) {
      const uint32_t per_block = kBlockBytes / dst.size;
      for (uint32_t e = 0; e < plan_.lanes; e += per_block) {
        store_run(dst.at(r, e), dst.size, std::min(per_block, plan_.lanes - e), &lanes[e]);
      }
      return;
    }
    for (uint32_t e = 0; e < plan_.lanes; ++e) {
      if (plan_.active(in_, r, e)) store_run(dst.at(r, e), dst.size, 1, &lanes[e]);
    }
  }

  /// For each repeat: out[e] = f(r, e) over all lanes; masked-off lanes are computed and dropped.
  template <class L, class F>
  void unary(F f) {
    Lanes a, out;
    for (uint64_t r = 0; r < plan_.repeats; ++r) {
      load(plan_.src0, r, a);
      for (uint32_t e = 0; e < plan_.lanes; ++e) out[e] = f(raw<L>(a[e]));
      store(r, out);
    }
  }
  template <class L, class F>
  void binary(F f) {
    Lanes a, b, out;
    for (uint64_t r = 0; r < plan_.repeats; ++r) {
      load(plan_.src0, r, a);
      load(plan_.src1, r, b);
      for (uint32_t e = 0; e < plan_.lanes; ++e) {
        out[e] = L::narrow(f(L::widen(raw<L>(a[e])), L::widen(raw<L>(b[e]))));
      }
      store(r, out);
    }
  }
  /// dst = a * b + dst, rounded once; b from src1 or the scalar.
  template <class L>
  void multiply_add(bool scalar) {
    Lanes a, b, c;
    for (uint64_t r = 0; r < plan_.repeats; ++r) {
      load(plan_.src0, r, a);
      if (scalar)
        b.fill(static_cast<uint32_t>(in_.scalar));
      else
        load(plan_.src1, r, b);
      load(plan_.dst, r, c);
      for (uint32_t e = 0; e < plan_.lanes; ++e) {
        const float x = L::widen(raw<L>(a[e])), y = L::widen(raw<L>(b[e]));
        const float z = L::widen(raw<L>(c[e]));
        if constexpr (std::is_same_v<L, F16>) {
          // The product of two halves is exact in double, and a half that the sum would be rounded
          // to wrongly from 53 bits does not exist within FP16's exponent range.
          c[e] = half_from_double(static_cast<double>(x) * y + z);
        } else {
          c[e] = L::narrow(std::fma(x, y, z));
        }
      }
      store(r, c);
    }
  }
  /// Tree over the active elements of `count` lanes from `first`; `f` combines two values.
  template <class L, class F>
  uint32_t tree(uint64_t r, const Lanes& a, uint32_t first, uint32_t count, F f, bool& any) const {
    std::array<float, kMaxLanes> value;
    std::array<bool, kMaxLanes> live;
    for (uint32_t i = 0; i < count; ++i) {
      value[i] = L::widen(raw<L>(a[first + i]));
      live[i] = plan_.active(in_, r, first + i);
    }
    for (uint32_t half = count / 2; half > 0; half /= 2) {
      for (uint32_t i = 0; i < half; ++i) {
        if (live[i] && live[i + half]) {
          value[i] = L::widen(L::narrow(f(value[i], value[i + half])));
        } else if (live[i + half]) {
          value[i] = value[i + half];
          live[i] = true;
        }
      }
    }
    any = live[0];
    return L::narrow(value[0]);
  }
  template <class L, class F>
  void reduce(F f) {
    Lanes a;
    for (uint64_t r = 0; r < plan_.repeats; ++r) {
      load(plan_.src0, r, a);
      bool any = false;
      const uint32_t result = tree<L>(r, a, 0, plan_.lanes, f, any);
      if (any)
        store_run(plan_.dst.base + r * plan_.dst.repeat * plan_.dst.size, plan_.dst.size, 1,
                  &result);
    }
  }
  template <class L, class F>
  void group(F f) {
    Lanes a;
    const uint32_t per_block = kBlockBytes / plan_.dst.size;
    for (uint64_t r = 0; r < plan_.repeats; ++r) {
      load(plan_.src0, r, a);
      for (uint32_t b = 0; b < 8; ++b) {
        bool any = false;
        const uint32_t result = tree<L>(r, a, b * per_block, per_block, f, any);
        if (any)
          store_run(plan_.dst.base + (r * 8 + b) * plan_.dst.size, plan_.dst.size, 1, &result);
      }
    }
  }
  void transpose() {
    for (uint64_t r = 0; r < plan_.repeats; ++r) {
      std::array<uint16_t, 256> tile;
      for (uint32_t row = 0; row < 16; ++row) {
        const uint64_t at = in_.src0 + (r * plan_.src0.repeat + row * plan_.src0.block) * 32;
        std::memcpy(&tile[row * 16], &ub_[at], 32);
      }
      for (uint32_t row = 0; row < 16; ++row) {
        std::array<uint16_t, 16> line;
        for (uint32_t column = 0; column < 16; ++column) line[column] = tile[column * 16 + row];
        const uint64_t at = in_.dst + (r * plan_.dst.repeat + row * plan_.dst.block) * 32;
        std::memcpy(&ub_[at], line.data(), 32);
      }
    }
  }
  uint32_t scalar() const { return static_cast<uint32_t>(in_.scalar); }

 private:
  template <class L>
  static typename L::Raw raw(uint32_t value) {
    return static_cast<typename L::Raw>(value);
  }
  void load_run(uint64_t address, uint32_t size, uint32_t count, uint32_t* out) const {
    const uint8_t* from = &ub_[address];
    if (size == 2) {
      for (uint32_t i = 0; i < count; ++i) {
        uint16_t value;
        std::memcpy(&value, from + i * 2, 2);
        out[i] = value;
      }
    } else if (size == 4) {
      std::memcpy(out, from, count * 4);
    } else {
      for (uint32_t i = 0; i < count; ++i) out[i] = from[i];
    }
  }
  void store_run(uint64_t address, uint32_t size, uint32_t count, const uint32_t* values) {
    uint8_t* to = &ub_[address];
    if (size == 4) {
      std::memcpy(to, values, count * 4);
      return;
    }
    for (uint32_t i = 0; i < count; ++i) {
      const auto value = static_cast<uint16_t>(values[i]);  // no operation writes bytes
      std::memcpy(to + i * 2, &value, 2);
    }
  }

  const VectorInstruction& in_;
  std::span<uint8_t> ub_;
  const VectorPlan plan_;
};

template <class L>
void run_real(Execution& x, uint8_t op) {
  const float s = L::widen(static_cast<typename L::Raw>(x.scalar()));
  const auto add = [](float a, float b) { return a + b; };
  const auto unary = [&x](auto f) {
    x.unary<L>([f](typename L::Raw raw) { return L::narrow(f(L::widen(raw))); });
  };
  switch (op) {
    case kVadd:
      x.binary<L>(add);
      break;
    case kVsub:
      x.binary<L>([](float a, float b) { return a - b; });
      break;
    case kVmul:
      x.binary<L>([](float a, float b) { return a * b; });
      break;
    case kVdiv:
      x.binary<L>([](float a, float b) { return a / b; });
      break;
    case kVmax:
      x.binary<L>(max_value);
      break;
    case kVmin:
      x.binary<L>(min_value);
      break;
    case kVmadd:
      x.multiply_add<L>(false);
      break;
    case kVrelu:
      unary([](float a) { return max_value(a, 0.0f); });
      break;
    case kVabs:
      unary([](float a) { return float_from_bits(bits_from_float(a) & 0x7fffffffu); });
      break;
    case kVexp:
      x.unary<L>([](typename L::Raw raw) {
        return L::from_double(exp_double(static_cast<double>(L::widen(raw))));
      });
      break;
    case kVsqrt:
      unary([](float a) { return std::sqrt(a); });
      break;
    case kVrec:
      unary([](float a) { return 1.0f / a; });
      break;
    case kVrsqrt:
      unary([](float a) { return 1.0f / std::sqrt(a); });
      break;
    case kVcopy:
      x.unary<L>([](typename L::Raw raw) { return raw; });
      break;
    case kVadds:
      unary([s](float a) { return a + s; });
      break;
    case kVmuls:
      unary([s](float a) { return a * s; });
      break;
    case kVmaxs:
      unary([s](float a) { return max_value(a, s); });
      break;
    case kVmins:
      unary([s](float a) { return min_value(a, s); });
      break;
    case kVaxpy:
      x.multiply_add<L>(true);
      break;
    case kVcadd:
      x.reduce<L>(add);
      break;
    case kVcmax:
      x.reduce<L>(max_value);
      break;
    case kVcmin:
      x.reduce<L>(min_value);
      break;
    case kVcgadd:
      x.group<L>(add);
      break;
    case kVcgmax:
      x.group<L>(max_value);
      break;
    case kVcgmin:
      x.group<L>(min_value);
      break;
    default:
      break;
  }
}

template <class L>
void run_whole(Execution& x, uint8_t op) {
  const uint32_t s = L::widen(static_cast<typename L::Raw>(x.scalar()));
  const auto larger = [](uint32_t a, uint32_t b) {
    return static_cast<int32_t>(a) > static_cast<int32_t>(b) ? a : b;
  };
  const auto smaller = [](uint32_t a, uint32_t b) {
    return static_cast<int32_t>(a) < static_cast<int32_t>(b) ? a : b;
  };
  const auto unary = [&x](auto f) {
    x.unary<L>([f](typename L::Raw raw) { return L::narrow(f(L::widen(raw))); });
  };
  switch (op) {
    case kVadd:
      x.binary<L>([](uint32_t a, uint32_t b) { return a + b; });
      break;
    case kVsub:
      x.binary<L>([](uint32_t a, uint32_t b) { return a - b; });
      break;
    case kVmul:
      x.binary<L>([](uint32_t a, uint32_t b) { return a * b; });
      break;
    case kVmax:
      x.binary<L>(larger);
      break;
    case kVmin:
      x.binary<L>(smaller);
      break;
    case kVand:
      x.binary<L>([](uint32_t a, uint32_t b) { return a & b; });
      break;
    case kVor:
      x.binary<L>([](uint32_t a, uint32_t b) { return a | b; });
      break;
    case kVrelu:
      unary([&](uint32_t a) { return larger(a, 0); });
      break;
    case kVcopy:
      unary([](uint32_t a) { return a; });
      break;
    case kVadds:
      unary([s](uint32_t a) { return a + s; });
      break;
    case kVmuls:
      unary([s](uint32_t a) { return a * s; });
      break;
    case kVmaxs:
      unary([&, s](uint32_t a) { return larger(a, s); });
      break;
    case kVmins:
      unary([&, s](uint32_t a) { return smaller(a, s); });
      break;
    default:
      break;
  }
}

// A source element as a double: every source type is exact in it.
double source_value(VectorType type, uint32_t raw) {
  switch (type) {
    case VectorType::f16:
      return float_from_half(static_cast<uint16_t>(raw));
    case VectorType::f32:
      return float_from_bits(raw);
    case VectorType::bf16:
      return float_from_bfloat(static_cast<uint16_t>(raw));
    case VectorType::s8:
      return static_cast<int8_t>(raw);
    case VectorType::u8:
      return static_cast<uint8_t>(raw);
    case VectorType::s16:
      return static_cast<int16_t>(raw);
    default:
      return static_cast<int32_t>(raw);
  }
}

struct AnyRaw {
  using Raw = uint32_t;
};

void run_convert(Execution& x, uint8_t op) {
  const VectorType from = x.plan().from;
  const unsigned mode = x.plan().mode;
  if (op == kVconvF32 && from == VectorType::f16) {
    x.unary<AnyRaw>(
        [](uint32_t raw) { return F32::narrow(float_from_half(static_cast<uint16_t>(raw))); });
  } else if (op == kVconvF16 && from == VectorType::f32) {
    x.unary<AnyRaw>([](uint32_t raw) { return half_from_float(float_from_bits(raw)); });
  } else if (op == kVconvF32) {
    x.unary<AnyRaw>([from](uint32_t raw) { return F32::from_double(source_value(from, raw)); });
  } else if (op == kVconvF16) {
    x.unary<AnyRaw>([from](uint32_t raw) { return half_from_double(source_value(from, raw)); });
  } else if (op == kVconvBf16) {
    x.unary<AnyRaw>([](uint32_t raw) { return bfloat_from_float(float_from_bits(raw)); });
  } else {
    x.unary<AnyRaw>([from, mode](uint32_t raw) {
      return static_cast<uint32_t>(int_from_double(source_value(from, raw), mode));
    });
  }
}

}  // namespace

void execute_vector(const VectorInstruction& in, std::span<uint8_t> ub) {
  Execution x(in, ub);
  switch (x.plan().form) {
    case VectorForm::transpose:
      x.transpose();
      break;
    case VectorForm::convert:
      run_convert(x, in.op);
      break;
    case VectorForm::fill:
      x.unary<AnyRaw>([&x](uint32_t) { return x.scalar(); });
      break;
    default:
      switch (x.plan().from) {
        case VectorType::f16:
          run_real<F16>(x, in.op);
          break;
        case VectorType::f32:
          run_real<F32>(x, in.op);
          break;
        case VectorType::s16:
          run_whole<S16>(x, in.op);
          break;
        default:
          run_whole<S32>(x, in.op);
          break;
      }
  }
}

}  // namespace cubist::core

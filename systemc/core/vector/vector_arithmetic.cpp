// SPDX-License-Identifier: Apache-2.0
// Element-wise operations: one or two sources, or a source and a scalar.
#include <cmath>

#include "systemc/core/vector/vector_lanes.h"

namespace cubist::core {
namespace {

template <class L>
using Raw = typename L::Raw;

/// dst = f(src0, src1) on widened elements.
template <class L, class F>
void binary(VectorRun& run, F f) {
  Lanes<Raw<L>> a, b, out;
  for (uint64_t r = 0; r < run.plan.repeats; ++r) {
    run.load(run.plan.src0, r, a);
    run.load(run.plan.src1, r, b);
    for (uint32_t e = 0; e < kLanes<Raw<L>>; ++e) {
      out[e] = L::narrow(f(L::widen(a[e]), L::widen(b[e])));
    }
    run.store(r, out);
  }
}

template <class L, class F>
void unary(VectorRun& run, F f) {
  run.map<Raw<L>, Raw<L>>([f](Raw<L> raw) { return L::narrow(f(L::widen(raw))); });
}

/// dst = f(src0, second, dst) in FP32 as a double rounded to odd, then rounded once. The second
/// operand is src1 or the scalar.
template <class L, class F>
void multiply_add(VectorRun& run, bool scalar, F f) {
  Lanes<Raw<L>> a, b, c;
  b.fill(static_cast<Raw<L>>(run.in.scalar));
  for (uint64_t r = 0; r < run.plan.repeats; ++r) {
    run.load(run.plan.src0, r, a);
    if (!scalar) run.load(run.plan.src1, r, b);
    run.load(run.plan.dst, r, c);
    for (uint32_t e = 0; e < kLanes<Raw<L>>; ++e) {
      c[e] = L::from_double(f(L::widen(a[e]), L::widen(b[e]), L::widen(c[e])));
    }
    run.store(r, c);
  }
}

template <class L>
void run_real(VectorRun& run) {
  const float s = L::widen(static_cast<Raw<L>>(run.in.scalar));
  switch (run.in.op) {
    case kVadd:
      return binary<L>(run, [](float a, float b) { return a + b; });
    case kVsub:
      return binary<L>(run, [](float a, float b) { return a - b; });
    case kVmul:
      return binary<L>(run, [](float a, float b) { return a * b; });
    case kVdiv:
      return binary<L>(run, [](float a, float b) { return a / b; });
    case kVmax:
      return binary<L>(run, max_value);
    case kVmin:
      return binary<L>(run, min_value);
    case kVaddrelu:
      return binary<L>(run, [](float a, float b) { return max_value(a + b, 0.0f); });
    case kVsubrelu:
      return binary<L>(run, [](float a, float b) { return max_value(a - b, 0.0f); });
    case kVmadd:
      return multiply_add<L>(run, false, multiply_add_odd);
    case kVmla:
      return multiply_add<L>(
          run, false, [](float a, float b, float dst) { return multiply_add_odd(a, dst, b); });
    case kVaxpy:
      return multiply_add<L>(run, true, multiply_add_odd);
    case kVrelu:
      return unary<L>(run, [](float a) { return max_value(a, 0.0f); });
    case kVabs:
      return unary<L>(run,
                      [](float a) { return float_from_bits(bits_from_float(a) & 0x7fffffffu); });
    case kVexp:
      return run.map<Raw<L>, Raw<L>>([](Raw<L> raw) {
        return L::from_double(exp_double(static_cast<double>(L::widen(raw))));
      });
    case kVln:
      return run.map<Raw<L>, Raw<L>>(
          [](Raw<L> raw) { return L::from_double(ln_double(static_cast<double>(L::widen(raw)))); });
    case kVsqrt:
      return unary<L>(run, [](float a) { return std::sqrt(a); });
    case kVrec:
      return unary<L>(run, [](float a) { return 1.0f / a; });
    case kVrsqrt:
      return unary<L>(run, [](float a) { return 1.0f / std::sqrt(a); });
    case kVadds:
      return unary<L>(run, [s](float a) { return a + s; });
    case kVmuls:
      return unary<L>(run, [s](float a) { return a * s; });
    case kVmaxs:
      return unary<L>(run, [s](float a) { return max_value(a, s); });
    case kVmins:
      return unary<L>(run, [s](float a) { return min_value(a, s); });
    case kVlrelu:
      return unary<L>(run, [s](float a) { return a < 0.0f ? a * s : a; });
    default:
      return;
  }
}

// Wrap-around is that of two's complement, which unsigned arithmetic gives.
int32_t wrapped(uint32_t value) {
  return static_cast<int32_t>(value);
}

template <class L>
void run_whole(VectorRun& run) {
  const int32_t s = L::widen(static_cast<Raw<L>>(run.in.scalar));
  const auto u = [](int32_t value) { return static_cast<uint32_t>(value); };
  switch (run.in.op) {
    case kVadd:
      return binary<L>(run, [u](int32_t a, int32_t b) { return wrapped(u(a) + u(b)); });
    case kVsub:
      return binary<L>(run, [u](int32_t a, int32_t b) { return wrapped(u(a) - u(b)); });
    case kVmul:
      return binary<L>(run, [u](int32_t a, int32_t b) { return wrapped(u(a) * u(b)); });
    case kVmax:
      return binary<L>(run, [](int32_t a, int32_t b) { return a > b ? a : b; });
    case kVmin:
      return binary<L>(run, [](int32_t a, int32_t b) { return a < b ? a : b; });
    case kVand:
      return binary<L>(run, [](int32_t a, int32_t b) { return a & b; });
    case kVor:
      return binary<L>(run, [](int32_t a, int32_t b) { return a | b; });
    case kVnot:
      return unary<L>(run, [](int32_t a) { return ~a; });
    case kVrelu:
      return unary<L>(run, [](int32_t a) { return a > 0 ? a : 0; });
    case kVadds:
      return unary<L>(run, [u, s](int32_t a) { return wrapped(u(a) + u(s)); });
    case kVmuls:
      return unary<L>(run, [u, s](int32_t a) { return wrapped(u(a) * u(s)); });
    case kVmaxs:
      return unary<L>(run, [s](int32_t a) { return a > s ? a : s; });
    case kVmins:
      return unary<L>(run, [s](int32_t a) { return a < s ? a : s; });
    default:
      return;
  }
}

/// Shifts by the whole scalar: from the width on everything is shifted out.
template <class R>
void run_shift(VectorRun& run) {
  using Signed = std::make_signed_t<R>;
  constexpr unsigned kWidth = 8 * sizeof(R);
  const auto by = static_cast<unsigned>(std::min<uint64_t>(run.in.scalar & 0xffffffff, kWidth));
  const auto less = std::min(by, kWidth - 1);
  if (run.in.op == kVshl) {
    return run.map<R, R>(
        [by](R a) { return static_cast<R>(by == kWidth ? 0u : uint64_t{a} << by); });
  }
  if (is_signed(run.plan.from)) {
    return run.map<R, R>([less](R a) { return static_cast<R>(static_cast<Signed>(a) >> less); });
  }
  run.map<R, R>([by](R a) { return static_cast<R>(uint64_t{a} >> by); });
}

}  // namespace

void run_arithmetic(VectorRun& run) {
  const bool wide = size_of(run.plan.from) == 4;
  switch (run.in.op) {
    case kVcopy:
      return wide ? run.map<uint32_t, uint32_t>([](uint32_t a) { return a; })
                  : run.map<uint16_t, uint16_t>([](uint16_t a) { return a; });
    case kVshl:
    case kVshr:
      return wide ? run_shift<uint32_t>(run) : run_shift<uint16_t>(run);
    default:
      break;
  }
  switch (run.plan.from) {
    case VectorType::f16:
      return run_real<F16>(run);
    case VectorType::f32:
      return run_real<F32>(run);
    default:
      return wide ? run_whole<S32>(run) : run_whole<S16>(run);
  }
}

}  // namespace cubist::core

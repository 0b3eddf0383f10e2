// SPDX-License-Identifier: Apache-2.0
// Legality of a vector instruction: known operation and type, alignment, bounds.
#include "abi/cubist_abi.h"
#include "systemc/core/vector/vector_fields.h"

namespace cubist::core {
namespace {

bool type_allowed(uint8_t op, VectorType type) {
  using T = VectorType;
  const bool real = type == T::f16 || type == T::f32;
  const bool whole = type == T::s16 || type == T::s32;
  switch (op) {
    case kVadd:
    case kVsub:
    case kVmul:
    case kVmax:
    case kVmin:
    case kVcopy:
    case kVadds:
    case kVmuls:
    case kVmaxs:
    case kVmins:
    case kVdup:
      return real || whole;
    case kVand:
    case kVor:
      return type == T::s16;
    case kVrelu:
      return real || type == T::s32;
    case kVconvF32:
      return type == T::f16 || type == T::s32 || type == T::bf16;
    case kVconvF16:
      return type == T::f32 || type == T::s32 || type == T::u8 || type == T::s8;
    case kVconvS32:
      return real;
    case kVconvBf16:
      return type == T::f32;
    case kVtrans:
      return type == T::f16 || type == T::s16;
    default:
      return real;
  }
}

VectorForm form_of(uint8_t op) {
  if (op <= kVmadd) return VectorForm::binary;
  if (op >= kVrelu && op <= kVcopy) return VectorForm::unary;
  if (op >= kVadds && op <= kVaxpy) return VectorForm::scalar;
  if (op == kVdup) return VectorForm::fill;
  if (op >= kVcadd && op <= kVcmin) return VectorForm::reduce;
  if (op >= kVcgadd && op <= kVcgmin) return VectorForm::group;
  if (op >= kVconvF32 && op <= kVconvBf16) return VectorForm::convert;
  if (op == kVtrans) return VectorForm::transpose;
  return VectorForm::none;
}

VectorType result_type(uint8_t op, VectorType from) {
  switch (op) {
    case kVconvF32:
      return VectorType::f32;
    case kVconvF16:
      return VectorType::f16;
    case kVconvS32:
      return VectorType::s32;
    case kVconvBf16:
      return VectorType::bf16;
    default:
      return from;
  }
}

uint64_t bits(uint64_t word, unsigned lo, unsigned count) {
  return word >> lo & ((uint64_t{1} << count) - 1);
}

std::string where(const char* what, uint64_t begin, uint64_t end, uint32_t ub_bytes) {
  return std::string(what) + " reaches bytes " + std::to_string(begin) + ".." +
         std::to_string(end) + " of a unified buffer of " + std::to_string(ub_bytes) + " bytes";
}

}  // namespace

VectorPlan plan_vector(const VectorInstruction& in) {
  VectorPlan plan;
  plan.form = form_of(in.op);
  plan.from = static_cast<VectorType>(bits(in.config, 56, 4));
  plan.to = result_type(in.op, plan.from);
  plan.repeats = bits(in.config, 0, 8);
  plan.counting = bits(in.config, 60, 1) != 0;
  plan.mode = static_cast<unsigned>(bits(in.config, 61, 3));
  const uint32_t source = size_of(plan.from), target = size_of(plan.to);
  plan.lanes = kRepeatBytes / std::max({source, target, uint32_t{2}});
  plan.dst = {in.dst, static_cast<uint32_t>(bits(in.config, 8, 8)),
              static_cast<uint32_t>(bits(in.config, 32, 8)), target};
  plan.src0 = {in.src0, static_cast<uint32_t>(bits(in.config, 16, 8)),
               static_cast<uint32_t>(bits(in.config, 40, 8)), source};
  plan.src1 = {in.src1, static_cast<uint32_t>(bits(in.config, 24, 8)),
               static_cast<uint32_t>(bits(in.config, 48, 8)), source};
  if (plan.counting && plan.form != VectorForm::transpose) {
    plan.counter = in.mask0;
    plan.repeats = (plan.counter + plan.lanes - 1) / plan.lanes;
  } else {
    plan.counting = false;
  }
  return plan;
}

VectorError check_vector(const VectorInstruction& in, uint32_t ub_bytes) {
  const VectorPlan plan = plan_vector(in);
  if (plan.form == VectorForm::none) {
    return {CUBIST_ERROR_ILLEGAL_INSTRUCTION,
            "vector operation " + std::to_string(in.op) + " does not exist"};
  }
  if (!type_allowed(in.op, plan.from)) {
    return {CUBIST_ERROR_BAD_CONFIG, "vector operation " + std::to_string(in.op) +
                                         " has no element type " +
                                         std::to_string(static_cast<int>(plan.from))};
  }
  if (plan.mode > 5 || (plan.mode != 0 && in.op != kVconvS32)) {
    return {CUBIST_ERROR_BAD_CONFIG, "rounding mode " + std::to_string(plan.mode) +
                                         "; modes 1 to 5 exist for vconv_s32 only"};
  }
  if (plan.counting && in.mask0 > (uint64_t{1} << 20)) {
    return {CUBIST_ERROR_BAD_CONFIG, "counter mode with " + std::to_string(in.mask0) +
                                         " elements; at most 1048576 are possible"};
  }
  const bool has_src0 = plan.form != VectorForm::fill;
  const bool has_src1 = plan.form == VectorForm::binary;
  const bool packed = plan.form == VectorForm::reduce || plan.form == VectorForm::group;
  const uint32_t dst_align = packed ? plan.dst.size : kBlockBytes;
  if (in.dst % dst_align != 0 || (has_src0 && in.src0 % kBlockBytes != 0) ||
      (has_src1 && in.src1 % kBlockBytes != 0)) {
    return {CUBIST_ERROR_MISALIGNED, "a vector operand is not aligned to 32 bytes"};
  }
  const auto fits = [&](const Operand& operand, const char* name) -> std::string {
    for (uint64_t r = 0; r < plan.repeats; ++r) {
      for (uint32_t e = 0; e < plan.lanes; e += kBlockBytes / 4) {
        uint32_t last = e;  // the last active element of this group decides how far it reaches
        bool any = false;
        for (uint32_t i = e; i < e + kBlockBytes / 4 && i < plan.lanes; ++i) {
          if (plan.active(in, r, i)) last = i, any = true;
        }
        const uint64_t end = operand.at(r, last) + operand.size;
        if (any && end > ub_bytes) return where(name, operand.at(r, last), end - 1, ub_bytes);
      }
    }
    return {};
  };
  std::string problem;
  if (plan.form == VectorForm::transpose) {
    for (uint64_t r = 0; r < plan.repeats && problem.empty(); ++r) {
      for (const Operand* operand : {&plan.src0, &plan.dst}) {
        const uint64_t end = operand->base + (r * operand->repeat + 15 * operand->block + 1) * 32;
        if (end > ub_bytes) problem = where("a transpose", operand->base, end - 1, ub_bytes);
      }
    }
  } else {
    if (has_src0) problem = fits(plan.src0, "src0");
    if (problem.empty() && has_src1) problem = fits(plan.src1, "src1");
    if (problem.empty() && packed && plan.repeats > 0) {
      const uint64_t step = plan.form == VectorForm::group ? 8 : plan.dst.repeat;
      const uint64_t width = plan.form == VectorForm::group ? 8 : 1;
      const uint64_t end = plan.dst.base + ((plan.repeats - 1) * step + width) * plan.dst.size;
      if (end > ub_bytes) problem = where("dst", plan.dst.base, end - 1, ub_bytes);
    } else if (problem.empty()) {
      problem = fits(plan.dst, "dst");
    }
  }
  if (!problem.empty()) return {CUBIST_ERROR_BUFFER_OVERRUN, problem};
  return {};
}

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/vector/vector_fields.h"

namespace cubist::core {
namespace {

uint64_t bits(uint64_t word, unsigned lo, unsigned count) {
  return word >> lo & ((uint64_t{1} << count) - 1);
}

/// Forms that neither mask nor counter touches.
bool whole(VectorForm form) {
  return form == VectorForm::transpose || form == VectorForm::expand || form == VectorForm::sort ||
         form == VectorForm::merge;
}

}  // namespace

VectorPlan plan_vector(const VectorInstruction& in) {
  VectorPlan plan;
  const abi::InstructionInfo* info =
      abi::find_instruction(static_cast<unsigned>(abi::Pipe::V), in.op);
  if (info == nullptr || info->form == VectorForm::none) return plan;
  plan.form = info->form;
  plan.from = static_cast<VectorType>(bits(in.config, 56, 4));
  plan.to = info->to < 0 ? plan.from : static_cast<VectorType>(info->to);
  plan.repeats = bits(in.config, 0, 8);
  plan.counting = bits(in.config, 60, 1) != 0;
  plan.mode = static_cast<unsigned>(bits(in.config, 61, 3));
  // An unknown type is for the check to refuse; two bytes keep the plan sound until then.
  const uint32_t source = std::max(1u, size_of(plan.from)), target = std::max(1u, size_of(plan.to));
  plan.lanes = kRepeatBytes / std::max({source, target, uint32_t{2}});
  if (plan.form == VectorForm::sort) plan.lanes = 32;
  if (plan.form == VectorForm::expand) plan.lanes = 8;
  plan.dst = {in.dst, static_cast<uint32_t>(bits(in.config, 8, 8)),
              static_cast<uint32_t>(bits(in.config, 32, 8)), target};
  plan.src0 = {in.src0, static_cast<uint32_t>(bits(in.config, 16, 8)),
               static_cast<uint32_t>(bits(in.config, 40, 8)), source};
  plan.src1 = {in.src1, static_cast<uint32_t>(bits(in.config, 24, 8)),
               static_cast<uint32_t>(bits(in.config, 48, 8)), source};
  if (plan.counting && !whole(plan.form)) {
    plan.counter = in.mask0;
    plan.repeats = (plan.counter + plan.lanes - 1) / plan.lanes;
  } else {
    plan.counting = false;
  }
  return plan;
}

Packed packed_results(const VectorInstruction& in, const VectorPlan& plan) {
  const uint32_t size = plan.dst.size;
  switch (plan.form) {
    case VectorForm::reduce: {
      const uint32_t results = plan.mode == 1 || plan.mode == 2 ? 2 : 1;
      return {in.dst, plan.dst.repeat * results * size, results * size};
    }
    case VectorForm::group:
      return {in.dst, 8 * size, 8 * size};
    default:
      return {in.dst, plan.lanes / 2 * size, plan.lanes / 2 * size};
  }
}

}  // namespace cubist::core

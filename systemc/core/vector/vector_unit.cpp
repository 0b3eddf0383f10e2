// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/vector/vector_unit.h"

#include "systemc/core/vector/vector_lanes.h"

namespace cubist::core {

void execute_vector(const VectorInstruction& in, std::span<uint8_t> ub) {
  VectorRun run(in, ub);
  switch (run.plan.form) {
    case VectorForm::binary:
    case VectorForm::unary:
    case VectorForm::scalar:
      return run_arithmetic(run);
    case VectorForm::reduce:
    case VectorForm::group:
    case VectorForm::pair:
      return run_reduction(run);
    case VectorForm::convert:
      return run_conversion(run);
    case VectorForm::compare:
    case VectorForm::compare_scalar:
    case VectorForm::select:
    case VectorForm::select_scalar:
      return run_choice(run);
    case VectorForm::fill:
    case VectorForm::expand:
    case VectorForm::gather:
    case VectorForm::compress:
    case VectorForm::transpose:
      return run_movement(run);
    case VectorForm::sort:
    case VectorForm::merge:
      return run_sorting(run);
    case VectorForm::none:
      return;
  }
}

}  // namespace cubist::core

// SPDX-License-Identifier: Apache-2.0
// Kernels that do nothing: what a launch costs.
#include "cube/common.h"
#include "kernels/calibration_args.h"

CUBIST_KERNEL(bench_empty_aic, aic)(const cubist_bench_empty_args* args) {
  cubist::kernel::cube::fetch_args(args);
}

CUBIST_KERNEL(bench_empty_aiv, aiv)(const cubist_bench_empty_args* args) {
  cubist::kernel::cube::fetch_args(args);
}

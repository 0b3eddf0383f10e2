// SPDX-License-Identifier: Apache-2.0
// Runs one row on a chip of its own and measures it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/validate/precondition.h"
#include "tools/validate/published.h"

namespace cubist::validate {

struct RunOptions {
  std::string chip;
  std::vector<std::string> settings;  ///< "path=value"
  Precondition precondition;
  unsigned scale = 1;  ///< Divides the first dimension of tensors.
  std::string trace;   ///< Perfetto trace of the row, or empty.
};

struct RowResult {
  std::string error;                      ///< Not empty: the row could not be measured.
  std::map<std::string, double> columns;  ///< "task_us", "mte2_us", ...
  double l2_hit_percent = 0;              ///< Of the kernel's requests.
  double gm_mb = 0, hbm_read_mb = 0, hbm_write_mb = 0, row_hit_percent = 0;
  uint64_t requests = 0;
  double simulated_us = 0, cpu_s = 0;
};

/// Builds the chip: once in a process, as SystemC elaborates once.
RowResult run_row(const Row& row, const RunOptions& options);

}  // namespace cubist::validate

// SPDX-License-Identifier: Apache-2.0
// Rows in processes of their own: SystemC elaborates once in a process, and every row starts from a
// fresh chip.
#pragma once

#include <functional>
#include <vector>

#include "tools/validate/row_run.h"

namespace cubist::validate {

/// Calls `done` with the result of each row, in the order of `rows`, at most `jobs` of which run at
/// a time. Returns false when SIGINT or SIGTERM ended it early; rows that had not ended are left
/// out then. What a row throws comes back as its RowResult::error.
bool run_rows(const std::vector<Row>& rows, const RunOptions& options, unsigned jobs,
              const std::function<void(const Row&, const RowResult&)>& done);

}  // namespace cubist::validate

// SPDX-License-Identifier: Apache-2.0
// A row as something that can be launched: buffers, launch block, number of blocks.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/cubist.h"
#include "tools/validate/published.h"

namespace cubist::validate {

struct Workload {
  std::string kernel;           ///< Its name in the image.
  std::vector<Buffer> buffers;  ///< Inputs first.
  size_t inputs = 0;            ///< How many of them the host has written.
  std::vector<uint64_t> words;  ///< The launch block.
  uint64_t gm_bytes = 0;        ///< What the kernel moves from and to GM in all.
  double ticks_per_us = 0;      ///< Not 0: the row's "ticks" column counts these.
};

/// Allocates buffers on `device` and fills in the launch block. `scale` divides the first dimension
/// of the tensors. Throws base::UserError for a row that names an unknown kernel or argument.
Workload make_workload(const Row& row, unsigned blocks, unsigned scale, Device& device);

/// "cube" or "vector".
CoreKind kind_of(const Row& row);

}  // namespace cubist::validate

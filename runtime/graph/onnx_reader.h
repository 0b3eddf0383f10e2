// SPDX-License-Identifier: Apache-2.0
// Reads ONNX models, opsets 9 to 17, into a Graph.
#pragma once

#include <string>
#include <string_view>

#include "runtime/graph/graph.h"

namespace cubist::graph {

inline constexpr std::int64_t kMinOpset = 9;
inline constexpr std::int64_t kMaxOpset = 17;

/// Reads a model. Constant, Identity and Dropout (at inference) are folded away; initializers
/// become constants, also where the model lists them as inputs; nodes are sorted so that each
/// follows what it reads. Throws Error: kFile (missing, unreadable, above 2 GiB), kFormat (not
/// ONNX, truncated, inconsistent: duplicate names, cycles, tensor data of the wrong size),
/// kUnsupported (all unsupported nodes at once).
Graph read_onnx(const std::string& path);

/// The same from bytes; `where` stands for the file name in messages. External tensor data are
/// refused.
Graph parse_onnx(std::string_view bytes, const std::string& where);

}  // namespace cubist::graph

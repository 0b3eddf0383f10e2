// SPDX-License-Identifier: Apache-2.0
// Whole files into memory, with errors of this library.
#pragma once

#include <cstdint>
#include <string>

namespace cubist::graph {

/// Throws Error (kFile) if the file is missing, not a regular file, unreadable, or larger than
/// `limit` bytes.
std::string read_file_bytes(const std::string& path, std::int64_t limit);
/// The first bytes of a file, at most `count`. Throws as read_file_bytes does.
std::string read_file_start(const std::string& path, std::int64_t count);

}  // namespace cubist::graph

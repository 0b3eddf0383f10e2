// SPDX-License-Identifier: Apache-2.0
// Where the data that ships with Cubist lie: presets, firmware, kernels.
#pragma once

#include <string>

namespace cubist {

/// The folder with configs/ and firmware/: $CUBIST_HOME, else share/cubist beside the
/// folder of this program or library (build tree and install tree look alike), also one level
/// further up. Throws base::UserError saying where it looked.
std::string find_home();

std::string configs_folder(const std::string& home);
std::string kernels_file(const std::string& home);
std::string firmware_file(const std::string& home);

/// The whole file; throws base::UserError (missing, unreadable, more than `limit` bytes).
std::string read_whole_file(const std::string& path, const std::string& what, size_t limit);

}  // namespace cubist

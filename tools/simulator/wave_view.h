// SPDX-License-Identifier: Apache-2.0
// A GTKWave save file for a run: host, firmware, and the first core's pipes and matrix engine.
#pragma once

#include <string>

namespace cubist {
namespace base {
class Simulation;
}

/// Writes `wave_path` with the ending .gtkw. Throws base::UserError if it cannot be written.
void write_wave_view(base::Simulation& simulation, const std::string& wave_path);

}  // namespace cubist

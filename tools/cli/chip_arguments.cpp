// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "systemc/base/error.h"
#include "tools/cli/commands.h"

namespace cubist::tool {
namespace {

double nanoseconds(const std::string& text, const std::string& whole) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const std::string unit = end;
  if (end == text.c_str() || value < 0) {
    throw base::UserError("--wave-window is '" + whole +
                          "'; expected FROM:TO in simulated time, such as 10us:25us");
  }
  if (unit.empty() || unit == "us") return value * 1e3;
  if (unit == "ns") return value;
  if (unit == "ms") return value * 1e6;
  throw base::UserError("--wave-window has the unit '" + unit + "'; expected ns, us or ms");
}

}  // namespace

std::vector<std::string> ChipArguments::all_settings() const {
  std::vector<std::string> all;
  if (!cube.empty()) {
    const size_t colon = cube.find(':');
    const std::string mode = cube.substr(0, colon);
    if (mode != "model" && mode != "rtl" && mode != "check") {
      throw base::UserError("--cube is '" + cube + "'; expected model, rtl, check or check:N");
    }
    all.push_back("sim.cube=" + mode);
    if (colon != std::string::npos) {
      const std::string every = cube.substr(colon + 1);
      if (mode != "check" || every.empty() ||
          every.find_first_not_of("0123456789") != std::string::npos) {
        throw base::UserError("--cube is '" + cube +
                              "'; expected check:N with N such as 8 (every 8th instruction)");
      }
      all.push_back("sim.check_every=" + every);
    }
  }
  if (!timing.empty()) {
    if (timing != "none" && timing != "fast" && timing != "full") {
      throw base::UserError("--timing is '" + timing + "'; expected none, fast or full");
    }
    all.push_back("sim.timing=" + timing);
  }
  if (!values.empty()) {
    if (values != "on" && values != "off") {
      throw base::UserError("--values is '" + values + "'; expected on or off");
    }
    all.push_back("sim.values=" + values);
  }
  all.insert(all.end(), settings.begin(), settings.end());
  return all;
}

void require_writable(const std::string& path) {
  if (path.empty()) return;
  std::error_code ignored;
  const bool existed = std::filesystem::exists(path, ignored);
  if (std::filesystem::is_fifo(path, ignored)) return;  // opening it would wait for a reader
  errno = 0;
  std::FILE* file = std::fopen(path.c_str(), "ab");
  if (!file) {
    throw base::UserError(path + ": cannot be written: " + std::strerror(errno) +
                          "; check that the folder exists and may be written");
  }
  std::fclose(file);
  if (!existed) std::filesystem::remove(path, ignored);
}

void ChipArguments::window(double& from_ns, double& to_ns) const {
  if (wave_window.empty()) return;
  const size_t colon = wave_window.find(':');
  if (colon == std::string::npos) {
    throw base::UserError("--wave-window is '" + wave_window +
                          "'; expected FROM:TO in simulated time, such as 10us:25us");
  }
  from_ns = colon == 0 ? 0 : nanoseconds(wave_window.substr(0, colon), wave_window);
  if (colon + 1 < wave_window.size()) {
    to_ns = nanoseconds(wave_window.substr(colon + 1), wave_window);
    if (to_ns <= from_ns) {
      throw base::UserError("--wave-window is '" + wave_window + "'; it ends before it begins");
    }
  }
}

}  // namespace cubist::tool

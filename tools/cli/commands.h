// SPDX-License-Identifier: Apache-2.0
// The subcommands. Each returns the exit code; errors are thrown and printed by main().
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cubist::tool {

/// What run and launch have in common.
struct ChipArguments {
  std::string chip = "ascend-910b1";
  std::vector<std::string> settings;
  std::string firmware;
  std::string cube;    ///< "", "model", "rtl", "check" or "check:N"
  std::string timing;  ///< "", "none", "fast" or "full"
  std::string values;  ///< "", "on" or "off"
  std::string trace, wave, wave_window, report, json;
  bool hash = false;

  /// `settings` with what --cube and --timing stand for. Throws base::UserError.
  std::vector<std::string> all_settings() const;
  /// Simulated nanoseconds of --wave-window "FROM:TO" (suffixes ns, us, ms; default us).
  void window(double& from_ns, double& to_ns) const;
};
/// Throws base::UserError if a file of that name could not be written; an empty path is none.
/// Called before a run, which can be long, for what is written after it.
void require_writable(const std::string& path);

struct RunArguments : ChipArguments {
  std::string model;
  std::vector<std::string> inputs;  ///< "file" or "name=file"
  std::string labels, output;
  int64_t images = 0;  ///< 0: all
  int64_t batch = 0;   ///< 0: chosen
  unsigned max_cores = 0;
  bool check = true;
};
int run(const RunArguments& arguments);

struct LaunchArguments : ChipArguments {
  std::string elf, kernel;
  unsigned blocks = 0;  ///< 0: one a core
  std::vector<std::string> args, outs;
  std::string order;  ///< 'a' and 'o' in the order of --arg and --out on the command line.
  uint32_t timeout_us = 0;
};
int launch(const LaunchArguments& arguments);

int show_parameters(const ChipArguments& arguments, const std::string& filter, bool json);
int show_chips();
int decode_error(const std::string& code);

}  // namespace cubist::tool

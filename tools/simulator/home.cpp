// SPDX-License-Identifier: Apache-2.0
#include "tools/simulator/home.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "systemc/base/error.h"

namespace cubist {
namespace fs = std::filesystem;
namespace {

// Where the program or shared library with this very function lies.
fs::path own_folder() {
  Dl_info info{};
  std::error_code problem;
  if (dladdr(reinterpret_cast<void*>(&find_home), &info) != 0 && info.dli_fname &&
      std::string(info.dli_fname).find('/') != std::string::npos) {
    const fs::path file = fs::canonical(info.dli_fname, problem);
    if (!problem) return file.parent_path();
  }
  const fs::path program = fs::canonical("/proc/self/exe", problem);
  return problem ? fs::path() : program.parent_path();
}

}  // namespace

std::string find_home() {
  if (const char* home = std::getenv("CUBIST_HOME"); home && *home) {
    if (!fs::is_directory(fs::path(home) / "configs")) {
      throw base::UserError(
          std::string("CUBIST_HOME is ") + home +
          ", which has no folder configs; set it to the folder share/cubist of an "
          "installed or built Cubist");
    }
    return home;
  }
  std::string looked;
  const fs::path folder = own_folder();
  for (const char* up : {"..", "../.."}) {
    const fs::path candidate = (folder / up / "share" / "cubist").lexically_normal();
    if (fs::is_directory(candidate / "configs")) return candidate.string();
    looked += (looked.empty() ? "" : " and ") + candidate.string();
  }
  throw base::UserError("cannot find Cubist's presets, firmware and kernels (looked in " + looked +
                        "); set CUBIST_HOME to the folder that has configs and firmware");
}

std::string configs_folder(const std::string& home) {
  return (fs::path(home) / "configs").string();
}
std::string kernels_file(const std::string& home) {
  return (fs::path(home) / "firmware" / "kernels.elf").string();
}
std::string firmware_file(const std::string& home) {
  return (fs::path(home) / "firmware" / "scheduler.elf").string();
}

std::string read_whole_file(const std::string& path, const std::string& what, size_t limit) {
  std::error_code problem;
  if (fs::is_directory(path, problem)) {
    throw base::UserError(path + ": is a folder; expected " + what);
  }
  const auto size = fs::file_size(path, problem);
  if (problem) throw base::UserError(path + ": cannot read " + what + ": " + problem.message());
  if (size > limit) {
    throw base::UserError(path + ": " + std::to_string(size) + " bytes are too many for " + what +
                          " (at most " + std::to_string(limit) + ")");
  }
  std::ifstream stream(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (bytes.size() != size) throw base::UserError(path + ": cannot read " + what);
  return bytes;
}

}  // namespace cubist

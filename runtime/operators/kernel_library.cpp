// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>

#include "runtime/operators/operators.h"

namespace cubist::operators {

KernelLibrary::KernelLibrary(Device& device, const std::string& folder) : folder_(folder) {
  std::vector<std::string> files;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem)) {
    if (entry.path().extension() == ".elf") files.push_back(entry.path().string());
  }
  if (files.empty()) {
    throw Error(ErrorCode::invalid_elf,
                folder +
                    ": no kernel ELF files in this folder; build Cubist, or set CUBIST_HOME to "
                    "where it is installed");
  }
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) {
    for (const Kernel& kernel : device.load_module(file).kernels()) {
      if (!kernels_.emplace(kernel.name(), kernel).second) {
        throw Error(ErrorCode::invalid_elf, file + ": kernel '" + kernel.name() +
                                                "' also is in another file of the folder");
      }
    }
  }
}

const Kernel& KernelLibrary::kernel(const std::string& name) const {
  const auto it = kernels_.find(name);
  if (it == kernels_.end()) {
    throw Error(ErrorCode::no_such_kernel, folder_ + ": no kernel '" + name + "' in this folder");
  }
  return it->second;
}

void KernelLibrary::launch(Stream& stream, const Launch& launch, LaunchOptions options) const {
  stream.launch(kernel(launch.kernel), launch.blocks, std::span<const uint64_t>(launch.words),
                options);
}

}  // namespace cubist::operators

// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/launch.h"

namespace cubist::validate {
namespace {

/// Simulated time a block may take: the longest row runs 7 ms.
constexpr uint32_t kTimeoutUs = 1'000'000;

}  // namespace

Launch::Launch(const Simulator& simulator, Device& device, const Workload& workload,
               unsigned blocks)
    : stream_(device.default_stream()),
      kernel_(device.load_module(simulator.home() + "/firmware/calibration.elf")
                  .kernel(workload.kernel)),
      block_(device.allocate(workload.words.size() * 8)),
      blocks_(blocks) {
  device.copy_to_device(block_.address(), workload.words.data(), workload.words.size() * 8);
}

void Launch::run() {
  stream_.launch_prepared(kernel_, blocks_, block_.address(),
                          {.timeout_us = kTimeoutUs, .max_cores = 0, .label = {}});
  stream_.synchronize();
}

}  // namespace cubist::validate

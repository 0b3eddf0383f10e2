// SPDX-License-Identifier: Apache-2.0
// A workload on its way to the chip: module loaded, launch block in device memory.
#pragma once

#include "runtime/cubist.h"
#include "tools/simulator/simulator.h"
#include "tools/validate/workload.h"

namespace cubist::validate {

class Launch {
 public:
  Launch(const Simulator& simulator, Device& device, const Workload& workload, unsigned blocks);
  /// Runs the kernel to its end. Throws cubist::Error when a block fails.
  void run();

 private:
  Stream stream_;
  Kernel kernel_;
  Buffer block_;
  unsigned blocks_;
};

}  // namespace cubist::validate

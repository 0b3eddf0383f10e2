// SPDX-License-Identifier: Apache-2.0
// Operators on the device: each turns a geometry into kernel launches with the right launch blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/cubist.h"
#include "runtime/graph/geometry.h"
#include "runtime/graph/graph.h"

namespace cubist {

/// How a value lies in device memory.
enum class Layout : uint8_t {
  nd,       ///< Row-major, as in the model.
  nc1hwc0,  ///< N x ceil(C/16) x H x W x 16; channels beyond C are zero. FP16 only.
};

/// A value in device memory.
struct DeviceTensor {
  graph::Dims dims;  ///< As in the model (NCHW for feature maps).
  graph::ElementType element = graph::ElementType::kFloat16;
  Layout layout = Layout::nd;
  DevicePtr address = 0;

  /// Bytes of this layout, including the padding of channels.
  size_t bytes() const;
};

/// One kernel launch, its launch block already in device memory.
struct PreparedLaunch {
  Kernel kernel;
  unsigned blocks = 1;
  std::vector<uint64_t> args;
  std::string what;  ///< "conv1: conv2d", for traces.
};

}  // namespace cubist

// SPDX-License-Identifier: Apache-2.0
// Operators on the device: each function turns a geometry and addresses into one kernel launch of
// the library of kernels that ships with Cubist. Nothing here talks to a device; Stream does.
//
//   operators::KernelLibrary library(device, "kernels.elf");
//   library.launch(stream, operators::relu({device}, x, y, count));
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/cubist.h"
#include "runtime/graph/geometry.h"

namespace cubist::operators {

/// Cores that a launch may use; decides its number of blocks.
struct Cores {
  unsigned cube = 1, vector = 1;
};

/// A launch in words: which kernel, on how many blocks, with which launch block.
struct Launch {
  std::string kernel;
  unsigned blocks = 1;
  std::vector<uint64_t> words;
};

/// What FP16 and FP32 are called in launch blocks.
enum class Type : uint64_t { f16 = 0, f32 = 1 };

// Addresses are GM addresses; 0 for an operand that is absent. Functions throw graph::Error
// (kUnsupported) for what the kernels cannot do, with the limit in the message.

/// NC1HWC0 in and out; `weights` as pack_conv_weights() lays them out, `groups` its table.
Launch conv2d(Cores cores, const graph::WindowGeometry& g, DevicePtr input, DevicePtr weights,
              DevicePtr bias, DevicePtr groups, DevicePtr output, bool relu);

/// C = A * B + bias for `batch` triples; strides in elements.
struct Matmul {
  enum class B : uint64_t { kn = 0, nk = 1, packed = 2 };
  DevicePtr a = 0, b = 0, bias = 0, c = 0;
  int64_t m = 1, n = 1, k = 1;
  int64_t batch = 1;
  int64_t a_batch_stride = 0, b_batch_stride = 0, c_batch_stride = 0;
  bool a_transposed = false;  ///< A is stored as [K, M].
  B b_layout = B::kn;
  Type c_type = Type::f16;
  bool relu = false;
};
Launch matmul(Cores cores, const Matmul& matmul);

/// Row-major FP16 with broadcasting.
Launch add(Cores cores, const graph::BroadcastGeometry& g, DevicePtr a, DevicePtr b, DevicePtr dst,
           bool relu);
/// FP16 a_scale * a + b_scale * b, formed in FP32 and rounded once. `a` is FP32 and not broadcast,
/// b is FP16.
struct Scales {
  float a = 1.0F, b = 1.0F;
};
Launch add_wide(Cores cores, const graph::BroadcastGeometry& g, DevicePtr a, DevicePtr b,
                DevicePtr dst, bool relu, Scales scales);
/// `count` FP16 elements in a row, equal shapes.
Launch add_flat(Cores cores, uint64_t count, DevicePtr a, DevicePtr b, DevicePtr dst, bool relu);
Launch relu(Cores cores, uint64_t count, DevicePtr src, DevicePtr dst);
Launch cast(Cores cores, uint64_t count, DevicePtr src, Type src_type, DevicePtr dst,
            Type dst_type);

/// NC1HWC0 in and out.
Launch max_pool(Cores cores, const graph::WindowGeometry& g, DevicePtr src, DevicePtr dst);
Launch average_pool(Cores cores, const graph::WindowGeometry& g, DevicePtr src, DevicePtr dst);
Launch global_average_pool(Cores cores, const graph::WindowGeometry& g, DevicePtr src,
                           DevicePtr dst);

Launch softmax(Cores cores, const graph::SoftmaxGeometry& g, DevicePtr src, Type src_type,
               DevicePtr dst, Type dst_type);

/// NCHW (row-major) to NC1HWC0 and back; `pixels` = H * W.
Launch to_nc1hwc0(Cores cores, int64_t images, int64_t channels, int64_t pixels, DevicePtr src,
                  Type src_type, DevicePtr dst);
Launch to_nchw(Cores cores, int64_t images, int64_t channels, int64_t pixels, DevicePtr src,
               DevicePtr dst);

/// The kernels that ship with Cubist (or others with the same names and launch blocks), loaded into
/// a device.
class KernelLibrary {
 public:
  /// Throws Error (invalid_elf).
  KernelLibrary(Device& device, const std::string& elf) : module_(device.load_module(elf)) {}

  /// Throws Error (no_such_kernel).
  Kernel kernel(const std::string& name) const { return module_.kernel(name); }
  void launch(Stream& stream, const Launch& launch, const LaunchOptions& options = {}) const;

 private:
  Module module_;
};

}  // namespace cubist::operators

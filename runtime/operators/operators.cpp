// SPDX-License-Identifier: Apache-2.0
#include "runtime/operators/operators.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "abi/kernel_args.h"
#include "abi/kernel_args_vector.h"
#include "runtime/operators/packing.h"

namespace cubist::operators {
namespace {

template <typename Args>
std::vector<uint64_t> words_of(const Args& args) {
  static_assert(sizeof(Args) % 8 == 0 && sizeof(Args) / 8 <= kMaxKernelArgs);
  std::vector<uint64_t> words(sizeof(Args) / 8);
  std::memcpy(words.data(), &args, sizeof args);
  return words;
}

uint64_t u(int64_t value) {
  return static_cast<uint64_t>(value);
}

unsigned blocks_for(const char* kind, unsigned cores, uint64_t units) {
  if (cores == 0) {
    throw graph::Error(graph::ErrorKind::kUnsupported,
                       std::string("it runs on ") + kind + " cores; the chip has none");
  }
  return static_cast<unsigned>(std::clamp<uint64_t>(units, 1, cores));
}

uint64_t bits_of(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

/// One more core only pays for itself with a few KiB of data to work on.
constexpr uint64_t kBytesPerVectorBlock = 8192;
unsigned vector_blocks(Cores cores, uint64_t bytes) {
  return blocks_for("vector", cores.vector,
                    (bytes + kBytesPerVectorBlock - 1) / kBytesPerVectorBlock);
}

void check_limit(const char* what, int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high) return;
  throw graph::Error(graph::ErrorKind::kUnsupported,
                     std::string(what) + " is " + std::to_string(value) + "; the chip does " +
                         std::to_string(low) + " to " + std::to_string(high));
}

void check_pads(const graph::WindowGeometry& g, int64_t high) {
  check_limit("padding", g.pad_top, 0, high);
  check_limit("padding", g.pad_left, 0, high);
  check_limit("padding", g.pad_bottom, 0, high);
  check_limit("padding", g.pad_right, 0, high);
}

/// Sizes and steps that pools and convolutions name alike.
template <typename Args>
void set_window(Args& args, const graph::WindowGeometry& g) {
  args.in_h = u(g.in_h);
  args.in_w = u(g.in_w);
  args.out_h = u(g.out_h);
  args.out_w = u(g.out_w);
  args.stride_h = u(g.stride_h);
  args.stride_w = u(g.stride_w);
  args.dilation_h = u(g.dilation_h);
  args.dilation_w = u(g.dilation_w);
  args.pad_top = u(g.pad_top);
  args.pad_left = u(g.pad_left);
  args.pad_bottom = u(g.pad_bottom);
  args.pad_right = u(g.pad_right);
}

Launch pool(const char* kernel, Cores cores, const graph::WindowGeometry& g, DevicePtr src,
            DevicePtr dst) {
  check_limit("input height", g.in_h, 1, 65535);
  check_limit("input width", g.in_w, 1, 65535);
  cubist_pool_args args{};
  args.src = src;
  args.dst = dst;
  args.planes = u(g.batch * blocks_of(g.in_channels));
  args.kernel_h = u(g.kernel_h);
  args.kernel_w = u(g.kernel_w);
  set_window(args, g);
  args.count_include_pad = g.count_include_pad ? 1 : 0;
  return {kernel, vector_blocks(cores, args.planes * args.in_h * args.in_w * 32), words_of(args)};
}

}  // namespace

Launch conv2d(Cores cores, const graph::WindowGeometry& g, DevicePtr input, DevicePtr weights,
              DevicePtr bias, DevicePtr groups, DevicePtr output, bool relu) {
  check_limit("input height", g.in_h, 1, 65535);
  check_limit("input width", g.in_w, 1, 65535);
  check_limit("kernel height", g.kernel_h, 1, 511);
  check_limit("kernel width", g.kernel_w, 1, 511);
  check_limit("stride", g.stride_h, 1, 63);
  check_limit("stride", g.stride_w, 1, 63);
  check_limit("dilation", g.dilation_h, 1, 255);
  check_limit("dilation", g.dilation_w, 1, 255);
  check_pads(g, 255);
  cubist_conv2d_args args{};
  args.input = input;
  args.weights = weights;
  args.bias = bias;
  args.output = output;
  args.groups = groups;
  args.batch = u(g.batch);
  args.in_c1 = u(blocks_of(g.in_channels));
  args.out_c1 = u(blocks_of(g.out_channels));
  args.filter_h = u(g.kernel_h);
  args.filter_w = u(g.kernel_w);
  set_window(args, g);
  args.relu = relu ? 1 : 0;
  const uint64_t units = args.batch * ((args.out_h * args.out_w + 127) / 128) * args.out_c1;
  return {"conv2d", blocks_for("cube", cores.cube, units), words_of(args)};
}

Launch matmul(Cores cores, const Matmul& m) {
  cubist_matmul_args args{};
  args.a = m.a;
  args.b = m.b;
  args.bias = m.bias;
  args.c = m.c;
  args.m = u(m.m);
  args.n = u(m.n);
  args.k = u(m.k);
  args.a_stride = u(m.a_transposed ? m.m : m.k);
  args.b_stride = u(m.b_layout == Matmul::B::nk ? m.k : m.n);
  args.c_stride = u(m.n);
  args.batch = u(m.batch);
  args.a_batch_stride = u(m.a_batch_stride);
  args.b_batch_stride = u(m.b_batch_stride);
  args.c_batch_stride = u(m.c_batch_stride);
  args.a_layout = m.a_transposed ? CUBIST_MATMUL_A_KM : CUBIST_MATMUL_A_MK;
  args.b_layout = static_cast<uint64_t>(m.b_layout);
  args.c_f32 = m.c_type == Type::f32 ? 1 : 0;
  args.relu = m.relu ? 1 : 0;
  const uint64_t units = args.batch * ((args.m + 15) / 16) * ((args.n + 15) / 16);
  return {"matmul", blocks_for("cube", cores.cube, units), words_of(args)};
}

Launch add(Cores cores, const graph::BroadcastGeometry& g, DevicePtr a, DevicePtr b, DevicePtr dst,
           bool relu) {
  // Neighbouring dimensions that both operands run through in one go become one.
  struct Dim {
    int64_t size, a, b;
  };
  std::vector<Dim> dims;
  uint64_t count = 1;
  for (size_t i = 0; i < g.out_dims.size(); ++i) {
    const Dim next{g.out_dims[i], g.a_strides[i], g.b_strides[i]};
    count *= u(next.size);
    if (next.size == 1) continue;
    if (!dims.empty() && dims.back().a == next.a * next.size &&
        dims.back().b == next.b * next.size) {
      dims.back() = {dims.back().size * next.size, next.a, next.b};
    } else {
      dims.push_back(next);
    }
  }
  if (dims.size() > 4) {
    throw graph::Error(graph::ErrorKind::kUnsupported,
                       "broadcasting takes " + std::to_string(dims.size()) +
                           " separate dimensions; the chip does at most 4");
  }
  // A lone element counts as a contiguous run of one.
  if (dims.empty()) dims.push_back({1, 1, 1});
  cubist_add_args args{};
  args.a = a;
  args.b = b;
  args.dst = dst;
  args.relu = relu ? 1 : 0;
  const size_t first = 4 - dims.size();
  for (size_t i = 0; i < first; ++i) args.dims[i] = 1;
  for (size_t i = 0; i < dims.size(); ++i) {
    args.dims[first + i] = u(dims[i].size);
    args.a_stride[first + i] = u(dims[i].a);
    args.b_stride[first + i] = u(dims[i].b);
  }
  return {"add", vector_blocks(cores, count * 2), words_of(args)};
}

Launch add_wide(Cores cores, const graph::BroadcastGeometry& g, DevicePtr a, DevicePtr b,
                DevicePtr dst, bool relu, Scales scales) {
  Launch launch = add(cores, g, a, b, dst, relu);
  cubist_add_args args{};
  std::memcpy(&args, launch.words.data(), sizeof args);
  args.a_type = CUBIST_TYPE_F32;
  args.a_scale = bits_of(scales.a);
  args.b_scale = bits_of(scales.b);
  launch.words = words_of(args);
  return launch;
}

Launch add_flat(Cores cores, uint64_t count, DevicePtr a, DevicePtr b, DevicePtr dst, bool relu) {
  cubist_add_args args{};
  args.a = a;
  args.b = b;
  args.dst = dst;
  args.relu = relu ? 1 : 0;
  for (uint64_t& dim : args.dims) dim = 1;
  args.dims[3] = count;
  args.a_stride[3] = args.b_stride[3] = 1;
  return {"add", vector_blocks(cores, count * 2), words_of(args)};
}

Launch relu(Cores cores, uint64_t count, DevicePtr src, DevicePtr dst) {
  return {"relu", vector_blocks(cores, count * 2), words_of(cubist_relu_args{src, dst, count})};
}

Launch cast(Cores cores, uint64_t count, DevicePtr src, Type src_type, DevicePtr dst,
            Type dst_type) {
  return {"cast", vector_blocks(cores, count * 4),
          words_of(cubist_cast_args{src, dst, count, static_cast<uint64_t>(src_type),
                                    static_cast<uint64_t>(dst_type)})};
}

Launch max_pool(Cores cores, const graph::WindowGeometry& g, DevicePtr src, DevicePtr dst) {
  return pool("max_pool", cores, g, src, dst);
}

Launch average_pool(Cores cores, const graph::WindowGeometry& g, DevicePtr src, DevicePtr dst) {
  return pool("average_pool", cores, g, src, dst);
}

Launch global_average_pool(Cores cores, const graph::WindowGeometry& g, DevicePtr src,
                           DevicePtr dst) {
  const cubist_global_pool_args args{src, dst, u(g.batch * blocks_of(g.in_channels)),
                                     u(g.in_h * g.in_w)};
  return {"global_average_pool", vector_blocks(cores, args.planes * args.pixels * 32),
          words_of(args)};
}

Launch softmax(Cores cores, const graph::SoftmaxGeometry& g, DevicePtr src, Type src_type,
               DevicePtr dst, Type dst_type) {
  const cubist_softmax_args args{src,
                                 dst,
                                 u(g.outer),
                                 u(g.length),
                                 u(g.inner),
                                 static_cast<uint64_t>(src_type),
                                 static_cast<uint64_t>(dst_type)};
  return {"softmax", vector_blocks(cores, args.outer * args.length * args.inner * 4),
          words_of(args)};
}

Launch to_nc1hwc0(Cores cores, int64_t images, int64_t channels, int64_t pixels, DevicePtr src,
                  Type src_type, DevicePtr dst) {
  return {"to_nc1hwc0", vector_blocks(cores, u(images * blocks_of(channels) * pixels * 32)),
          words_of(cubist_layout_args{src, dst, u(images), u(channels), u(pixels),
                                      static_cast<uint64_t>(src_type)})};
}

Launch to_nchw(Cores cores, int64_t images, int64_t channels, int64_t pixels, DevicePtr src,
               DevicePtr dst) {
  return {
      "to_nchw", vector_blocks(cores, u(images * blocks_of(channels) * pixels * 32)),
      words_of(cubist_layout_args{src, dst, u(images), u(channels), u(pixels), CUBIST_TYPE_F16})};
}

void KernelLibrary::launch(Stream& stream, const Launch& launch,
                           const LaunchOptions& options) const {
  stream.launch(kernel(launch.kernel), launch.blocks, std::span<const uint64_t>(launch.words),
                options);
}

}  // namespace cubist::operators

// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/network.h"

#include <algorithm>
#include <cstring>

#include "abi/kernel_args.h"
#include "runtime/graph/half.h"
#include "runtime/network/plan.h"
#include "runtime/operators/packing.h"

namespace cubist {
namespace {

using network::Form;
using network::Layout;
using network::Ref;
using operators::Type;

constexpr uint64_t kLaunchSlot = kMaxKernelArgs * 8;

uint64_t aligned(uint64_t bytes) {
  return (bytes + 511) / 512 * 512;
}

operators::Cores cores_of(const Device& device, unsigned most) {
  const auto limit = [&](unsigned cores) { return most == 0 ? cores : std::min(cores, most); };
  return {limit(device.cube_cores()), limit(device.vector_cores())};
}

uint64_t stored_bytes(const Form& form, const graph::Dims& dims) {
  const uint64_t elements = form.layout == Layout::nd
                                ? static_cast<uint64_t>(graph::element_count(dims))
                                : network::c0_elements(dims);
  return elements * (form.type == Type::f32 ? 4 : 2);
}

double element_at(const uint8_t* bytes, Type type, size_t index) {
  if (type == Type::f32) {
    float value;
    std::memcpy(&value, bytes + 4 * index, 4);
    return value;
  }
  uint16_t bits;
  std::memcpy(&bits, bytes + 2 * index, 2);
  return graph::half_to_float(bits);
}

graph::Tensor decode(const Form& form, const graph::Dims& dims, const uint8_t* bytes) {
  graph::Tensor tensor;
  tensor.dims = dims;
  tensor.element =
      form.type == Type::f32 ? graph::ElementType::kFloat32 : graph::ElementType::kFloat16;
  const auto count = static_cast<size_t>(graph::element_count(dims));
  tensor.data.resize(count);
  if (form.layout == Layout::nd) {
    for (size_t i = 0; i < count; ++i) tensor.data[i] = element_at(bytes, form.type, i);
    return tensor;
  }
  const auto channels = static_cast<size_t>(dims[1]);
  const auto pixels = static_cast<size_t>(network::pixels_of(dims));
  const auto c1s = static_cast<size_t>(operators::blocks_of(dims[1]));
  for (size_t i = 0; i < count; ++i) {
    const size_t pixel = i % pixels, channel = i / pixels % channels, image = i / pixels / channels;
    const size_t at = ((image * c1s + channel / 16) * pixels + pixel) * 16 + channel % 16;
    tensor.data[i] = element_at(bytes, form.type, at);
  }
  return tensor;
}

}  // namespace

struct Network::State {
  Device& device;
  NetworkOptions options;
  network::Plan plan;
  operators::KernelLibrary library;
  Stream stream;
  Buffer constants, values, launch_blocks;
  std::vector<uint64_t> constant_at;
  std::vector<std::pair<Kernel, unsigned>> launches;  ///< With their block counts.
  std::map<std::string, HostBuffer> input_staging, output_staging;
  uint64_t value_bytes = 0;

  State(Device& d, const graph::Graph& bound, NetworkOptions o)
      : device(d),
        options(std::move(o)),
        plan(bound, cores_of(d, options.max_cores)),
        library(d, options.kernels),
        stream(d.create_stream()) {}

  DevicePtr address(Ref ref) const {
    switch (ref.kind) {
      case Ref::Kind::value:
        return values.address() + plan.buffers()[ref.index].offset;
      case Ref::Kind::constant:
        return constants.address() + constant_at[ref.index];
      case Ref::Kind::none:
        break;
    }
    return 0;
  }

  void allocate();
  void upload();
  graph::Tensor read(const Form& form, const graph::Dims& dims) const;
};

void Network::State::allocate() {
  uint64_t constant_bytes = 0;
  for (const auto& constant : plan.constants()) {
    constant_at.push_back(constant_bytes);
    constant_bytes += aligned(constant.size());
  }
  value_bytes = plan.place(options.keep_values);
  const uint64_t launch_bytes = plan.steps().size() * kLaunchSlot;
  const uint64_t total = aligned(constant_bytes) + aligned(value_bytes) + aligned(launch_bytes);
  const MemoryUse memory = device.memory();
  if (total > memory.largest_free) {
    throw Error(ErrorCode::out_of_memory,
                "not enough device memory (HBM): the network needs " + std::to_string(total) +
                    " bytes (weights " + std::to_string(constant_bytes) + ", activations " +
                    std::to_string(value_bytes) + "), " + std::to_string(memory.largest_free) +
                    " of " + std::to_string(memory.total) +
                    " are free; use a smaller batch or a preset with more HBM");
  }
  constants = device.allocate(constant_bytes);
  values = device.allocate(value_bytes);
  launch_blocks = device.allocate(launch_bytes);
}

void Network::State::upload() {
  for (size_t i = 0; i < plan.constants().size(); ++i) {
    const auto& bytes = plan.constants()[i];
    stream.copy_to_device(constants.address() + constant_at[i], bytes.data(), bytes.size());
  }
  std::vector<uint8_t> blocks(plan.steps().size() * kLaunchSlot);
  for (size_t i = 0; i < plan.steps().size(); ++i) {
    const operators::Launch launch = plan.steps()[i].make([this](Ref ref) { return address(ref); });
    std::memcpy(blocks.data() + i * kLaunchSlot, launch.words.data(), launch.words.size() * 8);
    launches.emplace_back(library.kernel(launch.kernel), launch.blocks);
  }
  stream.copy_to_device(launch_blocks.address(), blocks.data(), blocks.size());
  const graph::Graph& g = plan.graph();
  for (const std::string& name : g.inputs) {
    const Form& form = plan.produced(name);
    input_staging.emplace(name, device.allocate_host(stored_bytes(form, g.type(name).dims)));
  }
  for (const std::string& name : g.outputs) {
    if (g.constant(name) || output_staging.count(name) != 0) continue;
    output_staging.emplace(
        name, device.allocate_host(stored_bytes(plan.delivered(name), g.type(name).dims)));
  }
  stream.synchronize();
}

graph::Tensor Network::State::read(const Form& form, const graph::Dims& dims) const {
  std::vector<uint8_t> bytes(stored_bytes(form, dims));
  device.debug_read(address(form.ref), bytes.data(), bytes.size());
  return decode(form, dims, bytes.data());
}

Network::Network(Device& device, const graph::Graph& bound, NetworkOptions options)
    : state_(std::make_unique<State>(device, bound, std::move(options))) {
  state_->allocate();
  state_->upload();
}

Network::~Network() = default;
Network::Network(Network&&) noexcept = default;

graph::Tensors Network::run(const graph::Tensors& inputs) {
  State& state = *state_;
  const graph::Graph& g = state.plan.graph();
  for (const std::string& name : g.inputs) {
    const auto it = inputs.find(name);
    if (it == inputs.end() || it->second.dims != g.type(name).dims) {
      throw graph::Error(graph::ErrorKind::kShape,
                         "input '" + name + "' " +
                             (it == inputs.end() ? std::string("is missing")
                                                 : "is " + graph::to_string(it->second.dims)) +
                             "; the network takes " + graph::to_string(g.type(name).dims));
    }
    const HostBuffer& staging = state.input_staging.at(name);
    for (size_t i = 0; i < it->second.data.size(); ++i) {
      const auto value = static_cast<float>(it->second.data[i]);
      std::memcpy(staging.data() + 4 * i, &value, 4);
    }
    state.stream.copy_to_device(state.address(state.plan.produced(name).ref), staging, 0,
                                staging.size());
  }
  for (size_t i = 0; i < state.launches.size(); ++i) {
    const size_t node = state.plan.steps()[i].node;
    LaunchOptions options;
    options.max_cores = state.options.max_cores;
    options.label = node < g.nodes.size() ? g.nodes[node].name : "outputs";
    state.stream.launch_prepared(state.launches[i].first, state.launches[i].second,
                                 state.launch_blocks.address() + i * kLaunchSlot, options);
  }
  for (const auto& [name, staging] : state.output_staging) {
    state.stream.copy_to_host(staging, 0, state.address(state.plan.delivered(name).ref),
                              staging.size());
  }
  try {
    state.stream.synchronize();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::trap || !error.fault() ||
        error.fault()->address != CUBIST_TRAP_NO_TILE) {
      throw;
    }
    throw Error(error.code(), error.what(),
                "not even the kernel's smallest tile fits the core's buffers; choose a preset with "
                "larger ones, or larger core.ub_bytes, core.l1_bytes, core.l0a_bytes, "
                "core.l0b_bytes, core.l0c_bytes");
  }

  graph::Tensors outputs;
  for (const std::string& name : g.outputs) {
    if (const graph::Constant* constant = g.constant(name)) {
      outputs[name] = to_tensor(*constant);
    } else {
      outputs[name] = decode(state.plan.delivered(name), g.type(name).dims,
                             state.output_staging.at(name).data());
    }
  }
  return outputs;
}

graph::Tensor Network::value(const std::string& name) const {
  return state_->read(state_->plan.produced(name), graph().type(name).dims);
}

graph::Tensor Network::input_value(const graph::Node& node, size_t i) const {
  const std::string& name = node.input(i);
  if (const graph::Constant* constant = graph().constant(name)) {
    return graph::rounded(to_tensor(*constant), state_->plan.constant_is_f32(node, i)
                                                    ? graph::ElementType::kFloat32
                                                    : graph::ElementType::kFloat16);
  }
  return state_->read(state_->plan.read_by(node, i), graph().type(name).dims);
}

const graph::Graph& Network::graph() const {
  return state_->plan.graph();
}
const std::vector<LayerInfo>& Network::layers() const {
  return state_->plan.layers();
}
uint64_t Network::constant_bytes() const {
  return state_->constants.size();
}
uint64_t Network::value_bytes() const {
  return state_->value_bytes;
}

graph::Storage Network::storage() const {
  graph::Storage storage;
  const graph::Graph& g = graph();
  const auto note = [&](const std::string& name) {
    if (state_->plan.used(name).type == Type::f32) {
      storage.values[name] = graph::ElementType::kFloat32;
    }
  };
  for (const std::string& name : g.inputs) note(name);
  for (const graph::Node& node : g.nodes) note(node.output());
  return storage;
}

}  // namespace cubist

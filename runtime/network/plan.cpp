// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/plan.h"

#include <algorithm>
#include <stdexcept>

#include "runtime/host/address_pool.h"
#include "runtime/operators/packing.h"

namespace cubist::network {
namespace {

using operators::Type;

[[noreturn]] void unsupported(const std::string& reason) {
  throw graph::Error(graph::ErrorKind::kUnsupported, reason);
}

uint64_t element_bytes(Type type) {
  return type == Type::f32 ? 4 : 2;
}

}  // namespace

int64_t pixels_of(const graph::Dims& dims) {
  int64_t pixels = 1;
  for (size_t i = 2; i < dims.size(); ++i) pixels *= dims[i];
  return pixels;
}

uint64_t c0_elements(const graph::Dims& dims) {
  return static_cast<uint64_t>(dims[0] * operators::blocks_of(dims[1]) * pixels_of(dims) * 16);
}

Plan::Plan(const graph::Graph& bound, operators::Cores cores) : graph_(bound), cores_(cores) {
  current_ = graph_.nodes.size();
  for (const std::string& input : graph_.inputs) add_form(input, Layout::nd, Type::f32);
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    const graph::Node& node = graph_.nodes[i];
    LayerInfo layer;
    layer.node = node.name;
    layer.op = graph::op_name(node.op);
    layer.out_dims = dims(node.output());
    layers_.push_back(layer);
    try {
      lower(node, i);
    } catch (const graph::Error& error) {
      throw graph::Error(error.kind(), to_string(graph::Problem{node.name, graph::op_name(node.op),
                                                                error.what()}));
    }
  }
  current_ = graph_.nodes.size();
  for (const std::string& output : graph_.outputs) {
    if (!graph_.constant(output)) touch(need_nd(output).ref);
  }
  for (const std::string& output : graph_.outputs) {  // outputs live to the end
    if (!graph_.constant(output)) touch(need_nd(output).ref);
  }
}

void Plan::lower(const graph::Node& node, size_t index) {
  current_ = index;
  switch (node.op) {
    case graph::Op::kConv:
      return lower_conv(node);
    case graph::Op::kGemm:
      return lower_gemm(node);
    case graph::Op::kMatMul:
      return lower_matmul(node);
    case graph::Op::kAdd:
      return lower_add(node);
    case graph::Op::kRelu:
      return lower_relu(node);
    case graph::Op::kMaxPool:
    case graph::Op::kAveragePool:
    case graph::Op::kGlobalAveragePool:
      return lower_pool(node);
    case graph::Op::kFlatten:
    case graph::Op::kReshape:
      return lower_view(node);
    case graph::Op::kSoftmax:
      return lower_softmax(node);
  }
  unsupported("there is no kernel for it");
}

// --- Forms of values
// -------------------------------------------------------------------------------

const Form* Plan::find(const std::string& value, Layout layout, Type type) const {
  const auto it = forms_.find(value);
  if (it == forms_.end()) return nullptr;
  for (const Form& form : it->second.all) {
    if (form.layout == layout && form.type == type) return &form;
  }
  return nullptr;
}

bool Plan::has(const std::string& value, Layout layout) const {
  return find(value, layout, Type::f16) || find(value, layout, Type::f32);
}

Ref Plan::new_buffer(uint64_t bytes) {
  // Inputs are written before the first step.
  buffers_.push_back({bytes, steps_.size(), steps_.size(), 0});
  return {Ref::Kind::value, buffers_.size() - 1};
}

Form Plan::add_form(const std::string& value, Layout layout, Type type) {
  const graph::Dims& shape = dims(value);
  const uint64_t elements = layout == Layout::nd
                                ? static_cast<uint64_t>(graph::element_count(shape))
                                : c0_elements(shape);
  const Form form{new_buffer(elements * element_bytes(type)), layout, type};
  forms_[value].all.push_back(form);
  return form;
}

void Plan::touch(Ref ref) {
  if (ref.kind == Ref::Kind::value) {
    buffers_[ref.index].last = std::max(buffers_[ref.index].last, steps_.size());
  }
}

void Plan::add_step(const std::vector<Ref>& used,
                    std::function<operators::Launch(const std::function<DevicePtr(Ref)>&)> make) {
  for (const Ref& ref : used) touch(ref);
  // What the kernels cannot do is found here, while the node is known; addresses do not matter.
  make([](Ref) { return DevicePtr{0}; });
  steps_.push_back({current_, std::move(make)});
  if (current_ < layers_.size()) ++layers_[current_].launches;
}

Form Plan::need(const std::string& value, Layout layout, Type type) {
  if (const Form* form = find(value, layout, type)) return *form;
  if (const graph::Constant* constant = graph_.constant(value)) {
    if (layout != Layout::nd || type != Type::f16) {
      unsupported("its constant operand '" + value + "' would be needed in another layout");
    }
    const Form form{constant_f16(*constant), layout, type};
    forms_[value].all.push_back(form);
    return form;
  }
  const graph::Dims& shape = dims(value);
  if (layout == Layout::nc1hwc0) {
    const Form source = need_nd(value);
    const Form form = add_form(value, layout, type);
    const operators::Cores cores = cores_;
    const int64_t images = shape[0], channels = shape[1], pixels = pixels_of(shape);
    add_step({source.ref, form.ref}, [=](const auto& at) {
      return operators::to_nc1hwc0(cores, images, channels, pixels, at(source.ref), source.type,
                                   at(form.ref));
    });
    return form;
  }
  if (type == Type::f16 && has(value, Layout::nc1hwc0)) {
    const Form source = *find(value, Layout::nc1hwc0, Type::f16);
    const Form form = add_form(value, layout, type);
    const operators::Cores cores = cores_;
    const int64_t images = shape[0], channels = shape[1], pixels = pixels_of(shape);
    add_step({source.ref, form.ref}, [=](const auto& at) {
      return operators::to_nchw(cores, images, channels, pixels, at(source.ref), at(form.ref));
    });
    return form;
  }
  const Form source = need_nd(value);
  const Form form = add_form(value, layout, type);
  const operators::Cores cores = cores_;
  const auto count = static_cast<uint64_t>(graph::element_count(shape));
  add_step({source.ref, form.ref}, [=](const auto& at) {
    return operators::cast(cores, count, at(source.ref), source.type, at(form.ref), form.type);
  });
  return form;
}

Form Plan::need_nd(const std::string& value) {
  if (const Form* form = find(value, Layout::nd, Type::f16)) return *form;
  if (const Form* form = find(value, Layout::nd, Type::f32)) return *form;
  return need(value, Layout::nd, Type::f16);
}

Form Plan::need_input(const graph::Node& node, size_t i, Layout layout, Type type) {
  return read_forms_[{node.name, i}] = need(node.input(i), layout, type);
}

Form Plan::need_input_nd(const graph::Node& node, size_t i) {
  return read_forms_[{node.name, i}] = need_nd(node.input(i));
}

const Form& Plan::read_by(const graph::Node& node, size_t input) const {
  return read_forms_.at({node.name, input});
}

const Form& Plan::produced(const std::string& value) const {
  return forms_.at(value).all.front();
}

const Form& Plan::used(const std::string& value) const {
  const std::vector<Form>& all = forms_.at(value).all;
  for (const Form& form : all) {
    if (form.type == Type::f16) return form;
  }
  return all.front();
}

const Form& Plan::delivered(const std::string& output) const {
  const Form* form = find(output, Layout::nd, Type::f16);
  if (form == nullptr) form = find(output, Layout::nd, Type::f32);
  if (form == nullptr) throw std::logic_error("output '" + output + "' was never delivered");
  return *form;
}

bool Plan::is_output(const std::string& value) const {
  return std::find(graph_.outputs.begin(), graph_.outputs.end(), value) != graph_.outputs.end();
}

Type Plan::result_type(const std::string& value) const {
  bool read = is_output(value);
  for (const graph::Node& node : graph_.nodes) {
    for (const std::string& input : node.inputs) {
      if (input != value) continue;
      if (node.op != graph::Op::kSoftmax) return Type::f16;
      read = true;
    }
  }
  return read ? Type::f32 : Type::f16;
}

// --- Memory
// ----------------------------------------------------------------------------------------

Ref Plan::add_constant(std::vector<uint8_t> bytes) {
  constants_.push_back(std::move(bytes));
  return {Ref::Kind::constant, constants_.size() - 1};
}

Ref Plan::constant_f16(const graph::Constant& constant) {
  if (constant.floats.empty() && graph::element_count(constant.dims) != 0) {
    unsupported("a constant operand holds integers");
  }
  std::vector<uint8_t> bytes(constant.floats.size() * 2);
  for (size_t i = 0; i < constant.floats.size(); ++i) {
    const uint16_t bits = operators::weight_to_half(constant.floats[i]);
    bytes[2 * i] = static_cast<uint8_t>(bits);
    bytes[2 * i + 1] = static_cast<uint8_t>(bits >> 8);
  }
  return add_constant(std::move(bytes));
}

bool Plan::constant_is_f32(const graph::Node& node, size_t input) const {
  const auto it = constant_f32_.find({node.name, input});
  return it != constant_f32_.end() && it->second;
}

uint64_t Plan::place(bool keep_all) {
  constexpr uint64_t kRoom = uint64_t{1} << 46;
  host::AddressPool pool(0, kRoom, 512);
  std::vector<size_t> order(buffers_.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return buffers_[a].first < buffers_[b].first; });
  uint64_t end = 0;
  std::vector<bool> alive(buffers_.size(), false);
  for (const size_t i : order) {
    ValueBuffer& buffer = buffers_[i];
    for (size_t j = 0; j < buffers_.size(); ++j) {
      // A buffer read by the step that writes this one must not share its memory.
      if (!keep_all && alive[j] && buffers_[j].last < buffer.first) {
        pool.release(buffers_[j].offset);
        alive[j] = false;
      }
    }
    buffer.offset = *pool.allocate(buffer.bytes);
    alive[i] = true;
    end = std::max(end, buffer.offset + buffer.bytes);
  }
  return end;
}

}  // namespace cubist::network

// SPDX-License-Identifier: Apache-2.0
// From nodes to kernels: one function per kind of operator.
#include <algorithm>
#include <cstring>

#include "runtime/network/plan.h"
#include "runtime/operators/packing.h"

namespace cubist::network {
namespace {

using operators::Type;

[[noreturn]] void unsupported(const std::string& reason) {
  throw graph::Error(graph::ErrorKind::kUnsupported, reason);
}

template <typename T>
std::vector<uint8_t> bytes_of(const std::vector<T>& values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

const std::vector<float>& floats_of(const graph::Constant& constant) {
  if (static_cast<int64_t>(constant.floats.size()) != graph::element_count(constant.dims)) {
    unsupported("a constant operand holds integers; expected float or float16");
  }
  return constant.floats;
}

bool is_progression(const std::vector<int64_t>& offsets) {
  for (size_t i = 2; i < offsets.size(); ++i) {
    if (offsets[i] - offsets[i - 1] != offsets[1] - offsets[0]) return false;
  }
  return true;
}

int64_t step_of(const std::vector<int64_t>& offsets) {
  return offsets.size() < 2 ? 0 : offsets[1] - offsets[0];
}

}  // namespace

void Plan::lower_conv(const graph::Node& node) {
  const graph::Constant* weights = graph_.constant(node.input(1));
  const graph::Constant* bias = graph_.constant(node.input(2));
  if (!weights) unsupported("its weights are computed at run time; they must be constants");
  if (!node.input(2).empty() && !bias) {
    unsupported("its bias is computed at run time; it must be a constant");
  }
  const graph::WindowGeometry g =
      conv_geometry(node.as<graph::ConvAttributes>(), dims(node.input(0)), weights->dims);
  layers_[current_].macs =
      static_cast<uint64_t>(g.batch * g.out_channels * g.out_h * g.out_w * g.k());
  const operators::ConvWeights packed = operators::pack_conv_weights(g, floats_of(*weights));
  const Ref weights_ref = add_constant(bytes_of(packed.fractals));
  Ref groups_ref, bias_ref;
  if (!packed.groups.empty()) groups_ref = add_constant(bytes_of(packed.groups));
  if (bias) {
    bias_ref = add_constant(bytes_of(operators::pack_bias(g.out_channels, floats_of(*bias))));
    constant_f32_[{node.name, 2}] = true;
  }
  const Form in = need_input(node, 0, Layout::nc1hwc0, Type::f16);
  const Form out = add_form(node.output(), Layout::nc1hwc0, Type::f16);
  const bool relu = node.fused_relu;
  const operators::Cores cores = cores_;
  add_step({in.ref, out.ref}, [=](const auto& at) {
    return operators::conv2d(cores, g, at(in.ref), at(weights_ref), at(bias_ref), at(groups_ref),
                             at(out.ref), relu);
  });
}

void Plan::lower_gemm(const graph::Node& node) {
  const auto& attributes = node.as<graph::GemmAttributes>();
  const std::string& c_name = node.input(2);
  const graph::GemmGeometry g = gemm_geometry(attributes, dims(node.input(0)), dims(node.input(1)),
                                              c_name.empty() ? nullptr : &dims(c_name));
  layers_[current_].macs = static_cast<uint64_t>(g.m * g.n * g.k);
  const graph::Constant* b = graph_.constant(node.input(1));
  const graph::Constant* c = graph_.constant(c_name);
  operators::Matmul m;
  m.m = g.m;
  m.n = g.n;
  m.k = g.k;
  m.a_transposed = attributes.trans_a;
  const Form a_form = need_input(node, 0, Layout::nd, Type::f16);
  Ref b_ref;
  if (b && !attributes.trans_b) {
    b_ref = add_constant(bytes_of(operators::pack_matrix(g.k, g.n, floats_of(*b).data())));
    m.b_layout = operators::Matmul::B::packed;
  } else {
    b_ref = need_input(node, 1, Layout::nd, Type::f16).ref;
    m.b_layout = attributes.trans_b ? operators::Matmul::B::nk : operators::Matmul::B::kn;
  }
  // Factors that could not be multiplied into constants are applied with the sum.
  const bool scaled = attributes.alpha != 1.0F || (!c_name.empty() && attributes.beta != 1.0F);
  const bool row_bias = c && g.c_row_stride == 0 && !scaled;
  Ref bias_ref;
  if (row_bias) {
    std::vector<float> row(static_cast<size_t>(g.n));
    for (int64_t j = 0; j < g.n; ++j) {
      row[static_cast<size_t>(j)] = floats_of(*c)[static_cast<size_t>(j * g.c_col_stride)];
    }
    bias_ref = add_constant(bytes_of(row));
    constant_f32_[{node.name, 2}] = true;
  }
  const bool separate_add = scaled || (!c_name.empty() && !row_bias);
  // What C is added to stays in FP32, so that the result is rounded to FP16 once.
  m.c_type = separate_add ? Type::f32 : result_type(node.output());
  m.relu = node.fused_relu && !separate_add;
  Form out;
  if (separate_add) {
    out = {new_buffer(static_cast<uint64_t>(g.m * g.n) * 4), Layout::nd, Type::f32};
  } else {
    out = add_form(node.output(), Layout::nd, m.c_type);
  }
  const operators::Cores cores = cores_;
  add_step({a_form.ref, b_ref, out.ref}, [=](const auto& at) {
    operators::Matmul placed = m;
    placed.a = at(a_form.ref);
    placed.b = at(b_ref);
    placed.bias = at(bias_ref);
    placed.c = at(out.ref);
    return operators::matmul(cores, placed);
  });
  if (separate_add) add_matrix(node, out, g);
}

void Plan::add_matrix(const graph::Node& node, const Form& product, const graph::GemmGeometry& g) {
  const auto& attributes = node.as<graph::GemmAttributes>();
  Ref c_ref;
  if (node.input(2).empty()) {
    c_ref = add_constant(bytes_of(std::vector<uint16_t>(1)));  // a zero for every element
  } else {
    c_ref = need_input(node, 2, Layout::nd, Type::f16).ref;
  }
  const Form out = add_form(node.output(), Layout::nd, Type::f16);
  const graph::BroadcastGeometry broadcast{{g.m, g.n}, {g.n, 1}, {g.c_row_stride, g.c_col_stride}};
  const operators::Scales scales{attributes.alpha, attributes.beta};
  const bool relu = node.fused_relu;
  const operators::Cores cores = cores_;
  add_step({product.ref, c_ref, out.ref}, [=](const auto& at) {
    return operators::add_wide(cores, broadcast, at(product.ref), at(c_ref), at(out.ref), relu,
                               scales);
  });
}

void Plan::lower_matmul(const graph::Node& node) {
  const graph::MatMulGeometry g = graph::matmul_geometry(dims(node.input(0)), dims(node.input(1)));
  const auto batch = static_cast<int64_t>(g.a_offsets.size());
  layers_[current_].macs = static_cast<uint64_t>(batch * g.m * g.n * g.k);
  operators::Matmul m;
  m.m = g.m;
  m.n = g.n;
  m.k = g.k;
  m.c_type = result_type(node.output());
  m.relu = node.fused_relu;

  const Form a = need_input(node, 0, Layout::nd, Type::f16);
  Ref b_ref;
  const graph::Constant* b = graph_.constant(node.input(1));
  std::vector<int64_t> b_offsets = g.b_offsets;
  if (b) {  // each matrix of a constant B packed by itself
    const int64_t matrix = g.k * g.n;
    const int64_t packed_matrix = operators::blocks_of(g.k) * operators::blocks_of(g.n) * 256;
    std::vector<uint16_t> packed;
    for (int64_t at = 0; at < graph::element_count(b->dims); at += matrix) {
      const auto part = operators::pack_matrix(g.k, g.n, floats_of(*b).data() + at);
      packed.insert(packed.end(), part.begin(), part.end());
    }
    b_ref = add_constant(bytes_of(packed));
    m.b_layout = operators::Matmul::B::packed;
    for (int64_t& offset : b_offsets) offset = offset / matrix * packed_matrix;
  } else {
    b_ref = need_input(node, 1, Layout::nd, Type::f16).ref;
  }
  Ref bias_ref;
  if (const graph::Constant* bias = graph_.constant(node.input(2))) {
    bias_ref = add_constant(bytes_of(floats_of(*bias)));
    constant_f32_[{node.name, 2}] = true;
  } else if (!node.input(2).empty()) {
    unsupported("its bias is computed at run time; it must be a constant");
  }
  const Form out = add_form(node.output(), Layout::nd, m.c_type);
  const operators::Cores cores = cores_;
  const auto emit = [&](operators::Matmul part, int64_t a_at, int64_t b_at, int64_t c_at) {
    const int64_t c_bytes = part.c_type == Type::f32 ? 4 : 2;
    add_step({a.ref, b_ref, out.ref}, [=](const auto& at) {
      operators::Matmul placed = part;
      placed.a = at(a.ref) + static_cast<uint64_t>(2 * a_at);
      placed.b = at(b_ref) + static_cast<uint64_t>(2 * b_at);
      placed.bias = at(bias_ref);
      placed.c = at(out.ref) + static_cast<uint64_t>(c_bytes * c_at);
      return operators::matmul(cores, placed);
    });
  };
  const bool same_b = std::all_of(b_offsets.begin(), b_offsets.end(),
                                  [&](int64_t offset) { return offset == b_offsets.front(); });
  if (same_b && is_progression(g.a_offsets) && (batch == 1 || step_of(g.a_offsets) == g.m * g.k)) {
    m.m = g.m * batch;  // one tall matrix
    emit(m, g.a_offsets.front(), b_offsets.front(), 0);
  } else if (is_progression(g.a_offsets) && is_progression(b_offsets)) {
    m.batch = batch;
    m.a_batch_stride = step_of(g.a_offsets);
    m.b_batch_stride = step_of(b_offsets);
    m.c_batch_stride = g.m * g.n;
    emit(m, g.a_offsets.front(), b_offsets.front(), 0);
  } else {
    for (int64_t i = 0; i < batch; ++i) {
      emit(m, g.a_offsets[static_cast<size_t>(i)], b_offsets[static_cast<size_t>(i)],
           i * g.m * g.n);
    }
  }
}

void Plan::lower_add(const graph::Node& node) {
  const std::string &a = node.input(0), &b = node.input(1);
  const operators::Cores cores = cores_;
  const bool relu = node.fused_relu;
  const bool constants = graph_.constant(a) || graph_.constant(b);
  if (!constants && dims(a) == dims(b) && dims(a).size() >= 3 &&
      (has(a, Layout::nc1hwc0) || has(b, Layout::nc1hwc0))) {
    // Element by element, padding channels too: their zeros stay zero.
    const Form left = need_input(node, 0, Layout::nc1hwc0, Type::f16);
    const Form right = need_input(node, 1, Layout::nc1hwc0, Type::f16);
    const Form out = add_form(node.output(), Layout::nc1hwc0, Type::f16);
    const uint64_t count = c0_elements(dims(a));
    add_step({left.ref, right.ref, out.ref}, [=](const auto& at) {
      return operators::add_flat(cores, count, at(left.ref), at(right.ref), at(out.ref), relu);
    });
    return;
  }
  const Form left = need_input(node, 0, Layout::nd, Type::f16);
  const Form right = need_input(node, 1, Layout::nd, Type::f16);
  const graph::BroadcastGeometry g = graph::broadcast_geometry(dims(a), dims(b));
  const Form out = add_form(node.output(), Layout::nd, Type::f16);
  add_step({left.ref, right.ref, out.ref}, [=](const auto& at) {
    return operators::add(cores, g, at(left.ref), at(right.ref), at(out.ref), relu);
  });
}

void Plan::lower_relu(const graph::Node& node) {
  const graph::Dims& shape = dims(node.input(0));
  const Layout layout = has(node.input(0), Layout::nc1hwc0) ? Layout::nc1hwc0 : Layout::nd;
  const Form in = need_input(node, 0, layout, Type::f16);
  const Form out = add_form(node.output(), layout, Type::f16);
  const uint64_t count = layout == Layout::nd ? static_cast<uint64_t>(graph::element_count(shape))
                                              : c0_elements(shape);
  const operators::Cores cores = cores_;
  add_step({in.ref, out.ref},
           [=](const auto& at) { return operators::relu(cores, count, at(in.ref), at(out.ref)); });
}

void Plan::lower_pool(const graph::Node& node) {
  const graph::Dims& shape = dims(node.input(0));
  const Form in = need_input(node, 0, Layout::nc1hwc0, Type::f16);
  const Form out = add_form(node.output(), Layout::nc1hwc0, Type::f16);
  const operators::Cores cores = cores_;
  if (node.op == graph::Op::kGlobalAveragePool) {
    const graph::WindowGeometry g = graph::global_pool_geometry(shape);
    add_step({in.ref, out.ref}, [=](const auto& at) {
      return operators::global_average_pool(cores, g, at(in.ref), at(out.ref));
    });
    return;
  }
  const graph::WindowGeometry g = pool_geometry(node.as<graph::PoolAttributes>(), shape);
  const bool max = node.op == graph::Op::kMaxPool;
  add_step({in.ref, out.ref}, [=](const auto& at) {
    return max ? operators::max_pool(cores, g, at(in.ref), at(out.ref))
               : operators::average_pool(cores, g, at(in.ref), at(out.ref));
  });
}

void Plan::lower_softmax(const graph::Node& node) {
  const graph::SoftmaxGeometry g =
      softmax_geometry(node.as<graph::SoftmaxAttributes>(), dims(node.input(0)));
  const Form in = need_input_nd(node, 0);
  const Form out = add_form(node.output(), Layout::nd, result_type(node.output()));
  const operators::Cores cores = cores_;
  add_step({in.ref, out.ref}, [=](const auto& at) {
    return operators::softmax(cores, g, at(in.ref), in.type, at(out.ref), out.type);
  });
}

void Plan::lower_view(const graph::Node& node) {
  // The same bytes under another name; whoever uses the view keeps the bytes.
  const Form in = need_input_nd(node, 0);
  forms_[node.output()].all.push_back(in);
}

}  // namespace cubist::network

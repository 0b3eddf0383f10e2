// SPDX-License-Identifier: Apache-2.0
// Float64 evaluation of nodes and graphs. Bounds are in bounds.cpp.
#include "runtime/graph/reference.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "runtime/graph/gemm_f64.h"
#include "runtime/graph/geometry.h"
#include "runtime/graph/half.h"

namespace cubist::graph {
namespace {

constexpr std::int64_t kPixelBlock = 256;  // columns of an im2col block, so that it stays in cache

[[noreturn]] void shape_error(const std::string& line) {
  throw Error(ErrorKind::kShape, line);
}

const Tensor* optional_input(const NodeInputs& in, std::size_t i) {
  return i < in.size() ? in[i] : nullptr;
}

Tensor zeros(const Dims& dims) {
  Tensor t;
  t.dims = dims;
  t.data.assign(static_cast<std::size_t>(element_count(dims)), 0.0);
  return t;
}

// Fills rows = (channel, kernel row, kernel column) x columns = output pixels [first, first +
// count).
void im2col(const WindowGeometry& g, const double* planes, std::int64_t channels,
            std::int64_t first, std::int64_t count, double* out) {
  for (std::int64_t c = 0; c < channels; ++c) {
    const double* plane = planes + c * g.in_h * g.in_w;
    for (std::int64_t r = 0; r < g.kernel_h; ++r) {
      for (std::int64_t s = 0; s < g.kernel_w; ++s, out += count) {
        std::int64_t y = first / g.out_w;
        std::int64_t x = first % g.out_w;
        for (std::int64_t i = 0; i < count; ++i) {
          const std::int64_t in_y = y * g.stride_h - g.pad_top + r * g.dilation_h;
          const std::int64_t in_x = x * g.stride_w - g.pad_left + s * g.dilation_w;
          const bool inside = in_y >= 0 && in_y < g.in_h && in_x >= 0 && in_x < g.in_w;
          out[i] = inside ? plane[in_y * g.in_w + in_x] : 0.0;
          if (++x == g.out_w) {
            x = 0;
            ++y;
          }
        }
      }
    }
  }
}

Tensor conv(const Node& node, const NodeInputs& in) {
  const Tensor& x = *in[0];
  const Tensor& w = *in[1];
  const Tensor* bias = optional_input(in, 2);
  const WindowGeometry g = conv_geometry(node.as<ConvAttributes>(), x.dims, w.dims);
  Tensor y = zeros(g.out_dims);
  const std::int64_t k = g.k();
  const std::int64_t pixels = g.out_h * g.out_w;
  const std::int64_t in_group = g.in_channels / g.groups;
  const std::int64_t out_group = g.out_channels / g.groups;
  std::vector<double> columns(static_cast<std::size_t>(k * std::min(pixels, kPixelBlock)));
  for (std::int64_t image = 0; image < g.batch; ++image) {
    for (std::int64_t group = 0; group < g.groups; ++group) {
      const std::int64_t first_out = group * out_group;
      const double* planes =
          x.data.data() + (image * g.in_channels + group * in_group) * g.in_h * g.in_w;
      double* result = y.data.data() + (image * g.out_channels + first_out) * pixels;
      if (bias != nullptr) {
        for (std::int64_t o = 0; o < out_group; ++o) {
          std::fill_n(result + o * pixels, pixels, bias->data[first_out + o]);
        }
      }
      for (std::int64_t p = 0; p < pixels; p += kPixelBlock) {
        const std::int64_t count = std::min(kPixelBlock, pixels - p);
        im2col(g, planes, in_group, p, count, columns.data());
        gemm_f64(out_group, count, k, w.data.data() + first_out * k, k, columns.data(), count,
                 result + p, pixels);
      }
    }
  }
  return y;
}

std::vector<double> transposed(const Tensor& matrix) {
  const std::int64_t rows = matrix.dims[0];
  const std::int64_t cols = matrix.dims[1];
  std::vector<double> out(matrix.data.size());
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < cols; ++j) out[j * rows + i] = matrix.data[i * cols + j];
  }
  return out;
}

Tensor gemm(const Node& node, const NodeInputs& in) {
  const auto& at = node.as<GemmAttributes>();
  const Tensor* c = optional_input(in, 2);
  const GemmGeometry g =
      gemm_geometry(at, in[0]->dims, in[1]->dims, c == nullptr ? nullptr : &c->dims);
  const std::vector<double> a = at.trans_a ? transposed(*in[0]) : in[0]->data;
  const std::vector<double> b = at.trans_b ? transposed(*in[1]) : in[1]->data;
  Tensor y = zeros(g.out_dims);
  gemm_f64(g.m, g.n, g.k, a.data(), g.k, b.data(), g.n, y.data.data(), g.n);
  for (std::int64_t i = 0; i < g.m; ++i) {
    for (std::int64_t j = 0; j < g.n; ++j) {
      double& v = y.data[i * g.n + j];
      v *= at.alpha;
      if (c != nullptr) v += at.beta * c->data[i * g.c_row_stride + j * g.c_col_stride];
    }
  }
  return y;
}

Tensor matmul(const NodeInputs& in) {
  const MatMulGeometry g = matmul_geometry(in[0]->dims, in[1]->dims);
  const Tensor* bias = optional_input(in, 2);
  Tensor y = zeros(g.out_dims);
  if (bias != nullptr) {
    for (std::size_t i = 0; i < y.data.size(); ++i) y.data[i] = bias->data[i % g.n];
  }
  for (std::size_t i = 0; i < g.a_offsets.size(); ++i) {
    gemm_f64(g.m, g.n, g.k, in[0]->data.data() + g.a_offsets[i], g.k,
             in[1]->data.data() + g.b_offsets[i], g.n,
             y.data.data() + static_cast<std::int64_t>(i) * g.m * g.n, g.n);
  }
  return y;
}

Tensor add(const NodeInputs& in) {
  const BroadcastGeometry g = broadcast_geometry(in[0]->dims, in[1]->dims);
  Tensor y = zeros(g.out_dims);
  Dims position(g.out_dims.size(), 0);
  std::int64_t a = 0;
  std::int64_t b = 0;
  for (double& v : y.data) {
    v = in[0]->data[a] + in[1]->data[b];
    for (std::size_t d = position.size(); d-- > 0;) {
      a += g.a_strides[d];
      b += g.b_strides[d];
      if (++position[d] < g.out_dims[d]) break;
      a -= g.a_strides[d] * position[d];
      b -= g.b_strides[d] * position[d];
      position[d] = 0;
    }
  }
  return y;
}

// Maximum or average over each window.
Tensor pool(const WindowGeometry& g, const Tensor& x, bool maximum) {
  Tensor y = zeros(g.out_dims);
  const std::int64_t planes = g.batch * g.in_channels;
  double* out = y.data.data();
  for (std::int64_t p = 0; p < planes; ++p) {
    const double* plane = x.data.data() + p * g.in_h * g.in_w;
    for (std::int64_t oy = 0; oy < g.out_h; ++oy) {
      for (std::int64_t ox = 0; ox < g.out_w; ++ox) {
        double result = maximum ? -std::numeric_limits<double>::infinity() : 0.0;
        for (std::int64_t r = 0; r < g.kernel_h; ++r) {
          const std::int64_t y_in = oy * g.stride_h - g.pad_top + r * g.dilation_h;
          if (y_in < 0 || y_in >= g.in_h) continue;
          for (std::int64_t s = 0; s < g.kernel_w; ++s) {
            const std::int64_t x_in = ox * g.stride_w - g.pad_left + s * g.dilation_w;
            if (x_in < 0 || x_in >= g.in_w) continue;
            const double v = plane[y_in * g.in_w + x_in];
            if (!maximum) {
              result += v;
            } else if (v > result || std::isnan(v)) {
              result = v;  // a NaN stays: no comparison with it is true
            }
          }
        }
        *out++ = maximum ? result : result / static_cast<double>(average_divisor(g, oy, ox));
      }
    }
  }
  return y;
}

Tensor softmax(const Node& node, const Tensor& x) {
  const SoftmaxGeometry g = softmax_geometry(node.as<SoftmaxAttributes>(), x.dims);
  Tensor y = zeros(x.dims);
  for (std::int64_t o = 0; o < g.outer; ++o) {
    for (std::int64_t i = 0; i < g.inner; ++i) {
      const std::int64_t base = o * g.length * g.inner + i;
      double largest = -std::numeric_limits<double>::infinity();
      for (std::int64_t j = 0; j < g.length; ++j) {
        largest = std::max(largest, x.data[base + j * g.inner]);
      }
      double sum = 0;
      for (std::int64_t j = 0; j < g.length; ++j) {
        const double e = std::exp(x.data[base + j * g.inner] - largest);
        y.data[base + j * g.inner] = e;
        sum += e;
      }
      for (std::int64_t j = 0; j < g.length; ++j) y.data[base + j * g.inner] /= sum;
    }
  }
  return y;
}

// Every tensor holds as many numbers as its shape says, and required inputs are there.
void check_inputs(const Node& node, const NodeInputs& in) {
  const bool two =
      node.op == Op::kConv || node.op == Op::kGemm || node.op == Op::kMatMul || node.op == Op::kAdd;
  const std::size_t required = two ? 2 : 1;
  for (std::size_t i = 0; i < std::max(required, in.size()); ++i) {
    const Tensor* t = optional_input(in, i);
    if (t == nullptr) {
      if (i < required) shape_error("input " + std::to_string(i) + " is missing");
      continue;
    }
    if (t->data.size() != static_cast<std::size_t>(element_count(t->dims))) {
      shape_error("input " + std::to_string(i) + " has shape " + to_string(t->dims) + " but " +
                  std::to_string(t->data.size()) + " elements");
    }
  }
  const Tensor* bias = optional_input(in, 2);
  if (bias != nullptr && (node.op == Op::kConv || node.op == Op::kMatMul)) {
    const std::int64_t expected = node.op == Op::kConv ? in[1]->dims.at(0) : in[1]->dims.back();
    if (bias->dims != Dims{expected}) {
      shape_error("bias has shape " + to_string(bias->dims) + ", expected " +
                  std::to_string(expected));
    }
  }
}

Tensor evaluate_checked(const Node& node, const NodeInputs& in) {
  switch (node.op) {
    case Op::kConv:
      return conv(node, in);
    case Op::kGemm:
      return gemm(node, in);
    case Op::kMatMul:
      return matmul(in);
    case Op::kAdd:
      return add(in);
    case Op::kMaxPool:
      return pool(pool_geometry(node.as<PoolAttributes>(), in[0]->dims), *in[0], true);
    case Op::kAveragePool:
      return pool(pool_geometry(node.as<PoolAttributes>(), in[0]->dims), *in[0], false);
    case Op::kGlobalAveragePool:
      return pool(global_pool_geometry(in[0]->dims), *in[0], false);
    case Op::kSoftmax:
      return softmax(node, *in[0]);
    case Op::kRelu: {
      Tensor y = *in[0];
      for (double& v : y.data) v = v < 0 ? 0 : v;
      return y;
    }
    case Op::kFlatten:
    case Op::kReshape: {
      Tensor y = *in[0];
      y.dims = node.op == Op::kFlatten ? flatten_dims(node.as<FlattenAttributes>(), y.dims)
                                       : reshape_dims(node.as<ReshapeAttributes>(), y.dims);
      return y;
    }
  }
  shape_error("unknown operator");
}

}  // namespace

Tensor to_tensor(const Constant& constant) {
  Tensor t;
  t.dims = constant.dims;
  t.element = constant.element;
  if (constant.floats.empty()) {
    t.data.assign(constant.ints.begin(), constant.ints.end());
  } else {
    t.data.assign(constant.floats.begin(), constant.floats.end());
  }
  return t;
}

Tensor rounded(const Tensor& tensor, ElementType element) {
  Tensor out = tensor;
  out.element = element;
  if (element == ElementType::kFloat16) {
    for (double& v : out.data) v = half_to_float(double_to_half(v));
  } else if (element == ElementType::kFloat32) {
    for (double& v : out.data) v = static_cast<float>(v);
  }
  return out;
}

Tensor evaluate_node(const Node& node, const NodeInputs& inputs) {
  try {
    check_inputs(node, inputs);
    Tensor y = evaluate_checked(node, inputs);
    y.element = inputs[0]->element;
    if (node.fused_relu) {
      for (double& v : y.data) v = v < 0 ? 0 : v;
    }
    return y;
  } catch (const Error& error) {
    throw Error(error.kind(), to_string(Problem{node.name, op_name(node.op), error.what()}));
  }
}

Tensors evaluate(const Graph& bound, const Tensors& inputs, bool keep_all) {
  if (!bound.bound) throw Error(ErrorKind::kShape, "graph '" + bound.name + "' is not bound");
  Tensors values;
  for (const std::string& name : bound.inputs) {
    const auto given = inputs.find(name);
    if (given == inputs.end()) {
      throw Error(ErrorKind::kShape,
                  "graph '" + bound.name + "': no data for input '" + name + "'");
    }
    if (given->second.dims != bound.type(name).dims) {
      throw Error(ErrorKind::kShape, "graph '" + bound.name + "': input '" + name + "' is " +
                                         to_string(given->second.dims) + ", expected " +
                                         to_string(bound.type(name).dims));
    }
    values[name] = given->second;
  }
  for (const auto& [name, constant] : bound.constants) values[name] = to_tensor(constant);

  std::map<std::string, std::size_t> readers;  // how often a value is still needed
  for (const Node& node : bound.nodes) {
    for (const std::string& name : node.inputs) ++readers[name];
  }
  for (const std::string& name : bound.outputs) ++readers[name];
  std::set<std::string> results(bound.outputs.begin(), bound.outputs.end());
  for (const Node& node : bound.nodes) {
    NodeInputs in;
    for (const std::string& name : node.inputs) {
      in.push_back(name.empty() ? nullptr : &values.at(name));
    }
    Tensor y = evaluate_node(node, in);
    if (keep_all) results.insert(node.output());
    values[node.output()] = std::move(y);
    for (const std::string& name : node.inputs) {
      if (--readers[name] == 0 && results.count(name) == 0) values.erase(name);
    }
  }
  for (auto it = values.begin(); it != values.end();) {
    it = results.count(it->first) == 0 ? values.erase(it) : std::next(it);
  }
  return values;
}

}  // namespace cubist::graph

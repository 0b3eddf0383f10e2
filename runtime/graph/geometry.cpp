// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/geometry.h"

#include <algorithm>

namespace cubist::graph {
namespace {

constexpr std::int64_t kMaxMatrices = std::int64_t{1} << 20;  // of one batched MatMul

[[noreturn]] void shape_error(const std::string& line) {
  throw Error(ErrorKind::kShape, line);
}

// One spatial axis of a window: its padding and the number of positions.
struct Axis {
  std::int64_t pad_begin = 0, pad_end = 0, out = 0;
};

Axis window_axis(const char* axis, std::int64_t in, std::int64_t kernel, std::int64_t stride,
                 std::int64_t dilation, std::int64_t pad_begin, std::int64_t pad_end, AutoPad mode,
                 bool ceil_mode) {
  if (kernel < 1 || stride < 1 || dilation < 1 || pad_begin < 0 || pad_end < 0) {
    shape_error(std::string(axis) +
                ": kernel, stride and dilation must be at least 1 and pads not " +
                "negative, got kernel " + std::to_string(kernel) + ", stride " +
                std::to_string(stride) + ", dilation " + std::to_string(dilation) + ", pads " +
                std::to_string(pad_begin) + " and " + std::to_string(pad_end));
  }
  const std::int64_t extent = (kernel - 1) * dilation + 1;
  Axis result;
  if (mode == AutoPad::kSameUpper || mode == AutoPad::kSameLower) {
    result.out = (in + stride - 1) / stride;
    const std::int64_t total = std::max<std::int64_t>(0, (result.out - 1) * stride + extent - in);
    result.pad_begin = mode == AutoPad::kSameUpper ? total / 2 : total - total / 2;
    result.pad_end = total - result.pad_begin;
    return result;
  }
  if (mode == AutoPad::kNotSet) {
    result.pad_begin = pad_begin;
    result.pad_end = pad_end;
  }
  const std::int64_t room = in + result.pad_begin + result.pad_end - extent;
  if (room < 0) {
    shape_error(std::string(axis) + ": the window covers " + std::to_string(extent) +
                " elements, the padded input has only " +
                std::to_string(in + result.pad_begin + result.pad_end));
  }
  result.out = room / stride + 1;
  // Rounding up may add a position, but none that would start behind the input in the padding.
  if (ceil_mode && room % stride != 0 && result.out * stride < in + result.pad_begin) ++result.out;
  return result;
}

// Number of taps of a window starting at `start` that fall into [0, in).
std::int64_t taps_inside(std::int64_t start, std::int64_t dilation, std::int64_t kernel,
                         std::int64_t in) {
  const std::int64_t first = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
  if (start >= in) return 0;
  const std::int64_t last = std::min(kernel - 1, (in - 1 - start) / dilation);
  return std::max<std::int64_t>(0, last - first + 1);
}

// A window that sees padding only has no maximum and no average. A window that starts inside the
// input sees its first element, so only those that start before it, and the last, are in question.
void check_not_only_padding(const char* axis, std::int64_t out, std::int64_t stride,
                            std::int64_t pad, std::int64_t dilation, std::int64_t kernel,
                            std::int64_t in) {
  const auto check = [&](std::int64_t i) {
    if (taps_inside(i * stride - pad, dilation, kernel, in) == 0) {
      shape_error(std::string(axis) + ": window " + std::to_string(i) +
                  " covers nothing but padding");
    }
  };
  for (std::int64_t i = 0; i < out && i * stride < pad; ++i) check(i);
  check(out - 1);
}

void check_size(const Dims& dims) {
  std::int64_t count = 1;
  for (const std::int64_t d : dims) {
    if (d < 1) shape_error("shape " + to_string(dims) + " is empty");
    if (d > kMaxElements / count) {
      shape_error("shape " + to_string(dims) + " has more than " + std::to_string(kMaxElements) +
                  " elements");
    }
    count *= d;
  }
}

Dims spatial_dims(std::size_t rank, std::int64_t n, std::int64_t c, std::int64_t h,
                  std::int64_t w) {
  return rank == 3 ? Dims{n, c, w} : Dims{n, c, h, w};
}

void check_spatial_rank(std::int64_t stated, const Dims& x) {
  if (stated != 0 && stated + 2 != static_cast<std::int64_t>(x.size())) {
    shape_error("attributes are for " + std::to_string(stated) +
                " spatial dimensions, the input has shape " + to_string(x));
  }
}

// Sets the axes of `g` from an input of g.in_h x g.in_w.
template <typename Attributes>
void set_windows(WindowGeometry& g, const Attributes& a, bool ceil_mode) {
  g.stride_h = a.strides[0];
  g.stride_w = a.strides[1];
  g.dilation_h = a.dilations[0];
  g.dilation_w = a.dilations[1];
  const Axis h = window_axis("height", g.in_h, g.kernel_h, a.strides[0], a.dilations[0], a.pads[0],
                             a.pads[2], a.auto_pad, ceil_mode);
  const Axis w = window_axis("width", g.in_w, g.kernel_w, a.strides[1], a.dilations[1], a.pads[1],
                             a.pads[3], a.auto_pad, ceil_mode);
  g.pad_top = h.pad_begin;
  g.pad_bottom = h.pad_end;
  g.out_h = h.out;
  g.pad_left = w.pad_begin;
  g.pad_right = w.pad_end;
  g.out_w = w.out;
}

}  // namespace

std::array<std::int64_t, 4> nchw(const Dims& dims) {
  if (dims.size() == 4) return {dims[0], dims[1], dims[2], dims[3]};
  if (dims.size() == 3) return {dims[0], dims[1], 1, dims[2]};
  shape_error("expected a shape NxCxHxW or NxCxL, got " + to_string(dims));
}

WindowGeometry conv_geometry(const ConvAttributes& a, const Dims& x, const Dims& weights) {
  const auto in = nchw(x);
  if (weights.size() != x.size()) {
    shape_error("input has shape " + to_string(x) + ", weights " + to_string(weights) +
                ": their ranks must be equal");
  }
  check_spatial_rank(a.spatial_rank, x);
  const auto w = nchw(weights);
  for (int i = 0; i < 2; ++i) {
    if (a.kernel[i] != 0 && a.kernel[i] != w[i + 2]) {
      shape_error("kernel_shape does not match the weights' shape " + to_string(weights));
    }
  }
  WindowGeometry g;
  g.batch = in[0];
  g.in_channels = in[1];
  g.in_h = in[2];
  g.in_w = in[3];
  g.out_channels = w[0];
  g.kernel_h = w[2];
  g.kernel_w = w[3];
  g.groups = a.groups;
  if (a.groups < 1 || in[1] % a.groups != 0 || w[0] % a.groups != 0 || w[1] != in[1] / a.groups) {
    shape_error("input with " + std::to_string(in[1]) + " channels, weights " + to_string(weights) +
                " and group " + std::to_string(a.groups) +
                " do not fit: weights need channels / group in their second dimension and a " +
                "multiple of group in their first");
  }
  set_windows(g, a, false);
  g.out_dims = spatial_dims(x.size(), g.batch, g.out_channels, g.out_h, g.out_w);
  check_size(g.out_dims);
  return g;
}

WindowGeometry pool_geometry(const PoolAttributes& a, const Dims& x) {
  const auto in = nchw(x);
  check_spatial_rank(a.spatial_rank, x);
  WindowGeometry g;
  g.batch = in[0];
  g.in_channels = g.out_channels = g.groups = in[1];
  g.in_h = in[2];
  g.in_w = in[3];
  g.kernel_h = a.kernel[0];
  g.kernel_w = a.kernel[1];
  g.count_include_pad = a.count_include_pad;
  set_windows(g, a, a.ceil_mode);
  g.out_dims = spatial_dims(x.size(), g.batch, g.in_channels, g.out_h, g.out_w);
  check_size(g.out_dims);
  check_not_only_padding("height", g.out_h, g.stride_h, g.pad_top, g.dilation_h, g.kernel_h,
                         g.in_h);
  check_not_only_padding("width", g.out_w, g.stride_w, g.pad_left, g.dilation_w, g.kernel_w,
                         g.in_w);
  return g;
}

WindowGeometry global_pool_geometry(const Dims& x) {
  if (x.size() < 3) shape_error("expected a shape NxCx..., got " + to_string(x));
  WindowGeometry g;
  g.batch = x[0];
  g.in_channels = g.out_channels = g.groups = x[1];
  g.in_h = g.kernel_h = 1;
  g.in_w = g.kernel_w = element_count(Dims(x.begin() + 2, x.end()));
  g.out_h = g.out_w = 1;
  g.out_dims = Dims(x.size(), 1);
  g.out_dims[0] = x[0];
  g.out_dims[1] = x[1];
  return g;
}

std::int64_t average_divisor(const WindowGeometry& g, std::int64_t y, std::int64_t x) {
  const std::int64_t top = y * g.stride_h - g.pad_top;
  const std::int64_t left = x * g.stride_w - g.pad_left;
  if (g.count_include_pad) {
    // Padding counts, what lies behind it (ceil_mode) does not.
    return (std::min(top + g.kernel_h, g.in_h + g.pad_bottom) - top) *
           (std::min(left + g.kernel_w, g.in_w + g.pad_right) - left);
  }
  return taps_inside(top, g.dilation_h, g.kernel_h, g.in_h) *
         taps_inside(left, g.dilation_w, g.kernel_w, g.in_w);
}

GemmGeometry gemm_geometry(const GemmAttributes& at, const Dims& a, const Dims& b, const Dims* c) {
  if (a.size() != 2 || b.size() != 2) {
    shape_error("A and B must be matrices, got " + to_string(a) + " and " + to_string(b));
  }
  GemmGeometry g;
  g.m = at.trans_a ? a[1] : a[0];
  g.k = at.trans_a ? a[0] : a[1];
  g.n = at.trans_b ? b[0] : b[1];
  const std::int64_t kb = at.trans_b ? b[1] : b[0];
  if (g.k != kb) {
    shape_error("A is " + to_string(a) + (at.trans_a ? " (transposed)" : "") + ", B is " +
                to_string(b) + (at.trans_b ? " (transposed)" : "") + ": inner dimensions " +
                std::to_string(g.k) + " and " + std::to_string(kb) + " differ");
  }
  g.out_dims = {g.m, g.n};
  check_size(g.out_dims);
  if (c != nullptr) {
    const std::int64_t cols = c->empty() ? 1 : c->back();
    const std::int64_t rows = c->size() < 2 ? 1 : (*c)[c->size() - 2];
    if (c->size() > 2 || (cols != 1 && cols != g.n) || (rows != 1 && rows != g.m)) {
      shape_error("C of shape " + to_string(*c) + " cannot be broadcast to " +
                  to_string(g.out_dims));
    }
    g.c_col_stride = cols == 1 ? 0 : 1;
    g.c_row_stride = rows == 1 ? 0 : cols;
  }
  return g;
}

MatMulGeometry matmul_geometry(const Dims& a_in, const Dims& b_in) {
  if (a_in.empty() || b_in.empty()) shape_error("operands must not be scalars");
  Dims a = a_in;
  Dims b = b_in;
  if (a_in.size() == 1) a.insert(a.begin(), 1);
  if (b_in.size() == 1) b.push_back(1);
  MatMulGeometry g;
  g.m = a[a.size() - 2];
  g.k = a.back();
  g.n = b.back();
  if (g.k != b[b.size() - 2]) {
    shape_error("A is " + to_string(a_in) + ", B is " + to_string(b_in) + ": inner dimensions " +
                std::to_string(g.k) + " and " + std::to_string(b[b.size() - 2]) + " differ");
  }
  const BroadcastGeometry batch =
      broadcast_geometry(Dims(a.begin(), a.end() - 2), Dims(b.begin(), b.end() - 2));
  g.out_dims = batch.out_dims;
  if (a_in.size() > 1) g.out_dims.push_back(g.m);
  if (b_in.size() > 1) g.out_dims.push_back(g.n);
  check_size(g.out_dims);
  const std::int64_t count = element_count(batch.out_dims);
  if (count > kMaxMatrices) {
    shape_error("batch of " + to_string(batch.out_dims) + " products, at most " +
                std::to_string(kMaxMatrices) + " are supported");
  }
  Dims position(batch.out_dims.size(), 0);
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t a_index = 0;
    std::int64_t b_index = 0;
    for (std::size_t d = 0; d < position.size(); ++d) {
      a_index += position[d] * batch.a_strides[d];
      b_index += position[d] * batch.b_strides[d];
    }
    g.a_offsets.push_back(a_index * g.m * g.k);
    g.b_offsets.push_back(b_index * g.k * g.n);
    for (std::size_t d = position.size(); d-- > 0;) {
      if (++position[d] < batch.out_dims[d]) break;
      position[d] = 0;
    }
  }
  return g;
}

BroadcastGeometry broadcast_geometry(const Dims& a, const Dims& b) {
  const std::size_t rank = std::max(a.size(), b.size());
  BroadcastGeometry g;
  g.out_dims.assign(rank, 1);
  g.a_strides.assign(rank, 0);
  g.b_strides.assign(rank, 0);
  std::int64_t a_stride = 1;
  std::int64_t b_stride = 1;
  for (std::size_t i = 1; i <= rank; ++i) {  // from the last dimension
    const std::int64_t da = i <= a.size() ? a[a.size() - i] : 1;
    const std::int64_t db = i <= b.size() ? b[b.size() - i] : 1;
    if (da != db && da != 1 && db != 1) {
      shape_error("shapes " + to_string(a) + " and " + to_string(b) + " cannot be broadcast");
    }
    g.out_dims[rank - i] = std::max(da, db);
    if (da != 1) g.a_strides[rank - i] = a_stride;
    if (db != 1) g.b_strides[rank - i] = b_stride;
    a_stride *= da;
    b_stride *= db;
  }
  check_size(g.out_dims);
  return g;
}

SoftmaxGeometry softmax_geometry(const SoftmaxAttributes& at, const Dims& x) {
  const auto rank = static_cast<std::int64_t>(x.size());
  const std::int64_t axis = at.axis < 0 ? at.axis + rank : at.axis;
  if (axis < 0 || axis >= rank) {
    shape_error("axis " + std::to_string(at.axis) + " is outside of shape " + to_string(x));
  }
  SoftmaxGeometry g;
  for (std::int64_t i = 0; i < rank; ++i) {
    if (i < axis) {
      g.outer *= x[i];
    } else if (i == axis || at.flatten_to_2d) {
      g.length *= x[i];
    } else {
      g.inner *= x[i];
    }
  }
  return g;
}

Dims flatten_dims(const FlattenAttributes& at, const Dims& x) {
  const auto rank = static_cast<std::int64_t>(x.size());
  const std::int64_t axis = at.axis < 0 ? at.axis + rank : at.axis;
  if (axis < 0 || axis > rank) {
    shape_error("axis " + std::to_string(at.axis) + " is outside of shape " + to_string(x));
  }
  return {element_count(Dims(x.begin(), x.begin() + axis)),
          element_count(Dims(x.begin() + axis, x.end()))};
}

Dims reshape_dims(const ReshapeAttributes& at, const Dims& x) {
  Dims out;
  std::int64_t known = 1;
  std::int64_t open = -1;
  const std::int64_t count = element_count(x);
  const std::string what = "cannot give " + to_string(x) + " the shape " + to_string(at.shape);
  for (std::size_t i = 0; i < at.shape.size(); ++i) {
    std::int64_t d = at.shape[i];
    if (d == 0 && !at.allow_zero) {
      if (i >= x.size()) shape_error(what + ": 0 copies a dimension the input does not have");
      d = x[i];
    }
    if (d == -1) {
      if (open >= 0) shape_error(what + ": more than one dimension is -1");
      open = static_cast<std::int64_t>(i);
      out.push_back(1);
      continue;
    }
    if (d < 1) shape_error(what + ": dimension " + std::to_string(d) + " is not possible");
    if (d > count / known)
      shape_error(what + ": it has other than " + std::to_string(count) + " elements");
    known *= d;
    out.push_back(d);
  }
  if (open >= 0 && count % known == 0) {
    out[open] = count / known;
  } else if (open >= 0 || known != count) {
    shape_error(what + ": it has other than " + std::to_string(count) + " elements");
  }
  return out;
}

}  // namespace cubist::graph

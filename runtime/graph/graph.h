// SPDX-License-Identifier: Apache-2.0
// A neural network as the runtime sees it: values with shapes, constants, and a list of nodes in an
// order in which they can run. The ONNX reader (onnx_reader.h) produces one, `bind` gives every
// value a concrete shape, `optimize` simplifies it, reference.h evaluates it in float64.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace cubist::graph {

enum class ElementType : std::uint8_t {
  kFloat16,
  kFloat32,
  kFloat64,
  kInt8,
  kUint8,
  kInt32,
  kInt64,
  kBool
};

/// Name as users know it ("float16", "int64").
const char* element_name(ElementType type);
/// Bytes of one element.
std::size_t element_size(ElementType type);

using Dims = std::vector<std::int64_t>;
/// A dimension that the model leaves open, usually the batch. No value of a bound graph has one.
inline constexpr std::int64_t kUnknownDim = -1;
/// No tensor of a bound graph has more elements than this; larger ones are reported as an error.
inline constexpr std::int64_t kMaxElements = std::int64_t{1} << 32;

/// Product of the dimensions (1 for a scalar). Precondition: all known and within kMaxElements.
std::int64_t element_count(const Dims& dims);
/// "3x1x28x28", "?" for an unknown dimension, "scalar" for rank 0.
std::string to_string(const Dims& dims);

struct TensorType {
  ElementType element = ElementType::kFloat32;
  Dims dims;
  bool operator==(const TensorType&) const = default;
};

/// A tensor known when the model is loaded: weights, biases, shapes. Row-major.
struct Constant {
  /// Type in the file. kFloat32 and kFloat16 are held in `floats`; kInt64 and kInt32 in `ints`.
  ElementType element = ElementType::kFloat32;
  Dims dims;
  std::vector<float> floats;
  std::vector<std::int64_t> ints;
};

enum class Op : std::uint8_t {
  kConv,               // inputs X, W [, bias]
  kGemm,               // inputs A, B [, C]
  kMatMul,             // inputs A, B [, bias of N elements: only after optimize()]
  kAdd,                // inputs A, B with numpy broadcasting
  kRelu,               // input X
  kMaxPool,            // input X
  kAveragePool,        // input X
  kGlobalAveragePool,  // input X
  kFlatten,            // input X
  kReshape,            // input X; the target shape is an attribute
  kSoftmax             // input X
};
/// The ONNX operator name ("Conv").
const char* op_name(Op op);

enum class AutoPad : std::uint8_t { kNotSet, kSameUpper, kSameLower, kValid };

// One-dimensional convolutions and poolings are stated in two dimensions with height 1: a value of
// shape NxCxL is seen as NxCx1xL (same bytes), see `nchw` in geometry.h.

struct ConvAttributes {
  std::array<std::int64_t, 2> kernel{0, 0};  // 0: taken from the weights' shape
  std::array<std::int64_t, 2> strides{1, 1};
  std::array<std::int64_t, 2> dilations{1, 1};
  std::array<std::int64_t, 4> pads{0, 0, 0, 0};  // top, left, bottom, right
  AutoPad auto_pad = AutoPad::kNotSet;           // always kNotSet after bind()
  std::int64_t spatial_rank = 0;  // of the attributes as the model states them; 0: none
  std::int64_t groups = 1;
};

struct GemmAttributes {  // Y = alpha * op(A) * op(B) + beta * C
  bool trans_a = false;
  bool trans_b = false;
  float alpha = 1.0F;
  float beta = 1.0F;
};

struct PoolAttributes {
  std::array<std::int64_t, 2> kernel{1, 1};
  std::array<std::int64_t, 2> strides{1, 1};
  std::array<std::int64_t, 2> dilations{1, 1};   // MaxPool only
  std::array<std::int64_t, 4> pads{0, 0, 0, 0};  // top, left, bottom, right
  AutoPad auto_pad = AutoPad::kNotSet;           // always kNotSet after bind()
  std::int64_t spatial_rank = 0;  // of the attributes as the model states them; 0: none
  bool ceil_mode = false;
  bool count_include_pad = false;  // AveragePool only
};

struct FlattenAttributes {
  std::int64_t axis = 1;  // never negative after bind()
};

struct ReshapeAttributes {
  Dims shape;  // as in the model, with 0 and -1; concrete after bind()
  bool allow_zero = false;
};

struct SoftmaxAttributes {
  std::int64_t axis = -1;  // never negative after bind()
  /// Opsets below 13: the input is seen as a matrix of dims[0..axis) by dims[axis..), rows are
  /// normalised. From 13 on: only `axis` is.
  bool flatten_to_2d = false;
};

using Attributes = std::variant<std::monostate, ConvAttributes, GemmAttributes, PoolAttributes,
                                FlattenAttributes, ReshapeAttributes, SoftmaxAttributes>;

struct Node {
  Op op = Op::kRelu;
  std::string name;  // unique in the graph; made up ("Conv_3") where the model has none
  std::vector<std::string> inputs;   // names of values; "" for an optional input that is absent
  std::vector<std::string> outputs;  // exactly one
  Attributes attributes;
  /// max(0, y) is applied to the result: only on Conv, Gemm, MatMul and Add, only after optimize().
  bool fused_relu = false;

  template <typename T>
  const T& as() const {
    return std::get<T>(attributes);
  }
  /// The i-th input's name, or "" where there is none.
  const std::string& input(std::size_t i) const;
  const std::string& output() const { return outputs.front(); }
};

struct Graph {
  std::string name;
  std::int64_t opset = 13;
  std::vector<std::string> inputs;   // what the user must supply (constants are not listed)
  std::vector<std::string> outputs;  // names of values, in the model's order
  std::vector<Node> nodes;           // every node comes after the nodes it reads from
  std::map<std::string, Constant> constants;
  /// Before bind(): types of the inputs, with kUnknownDim where the model is open. After: of every
  /// input, constant and node output.
  std::map<std::string, TensorType> values;
  bool bound = false;

  /// The constant of that name, or nullptr.
  const Constant* constant(const std::string& value) const;
  /// The type of that value; throws std::out_of_range naming it if there is none.
  const TensorType& type(const std::string& value) const;
};

/// One thing that is wrong with a model, and where.
struct Problem {
  std::string node;  // empty: the graph itself
  std::string op;
  std::string reason;
};
/// "node 'conv1' (Conv): dilations must be positive, got 0"
std::string to_string(const Problem& problem);

enum class ErrorKind : std::uint8_t {
  kFile,         // missing, unreadable, too large
  kFormat,       // not what it claims to be: foreign, truncated, inconsistent
  kUnsupported,  // valid, but uses something that Cubist does not do
  kShape         // shapes do not fit together, or do not fit what the user supplied
};

/// Every error of this library. what() is one line: place, what is wrong, what was expected.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& line) : std::runtime_error(line), kind_(kind) {}
  /// All problems in one line: "<where>: 2 problems: <first>; <second>".
  Error(ErrorKind kind, const std::string& where, std::vector<Problem> problems);
  ErrorKind kind() const { return kind_; }
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  ErrorKind kind_;
  std::vector<Problem> problems_;
};

/// Gives every value a concrete shape: the open first dimension of the inputs becomes `batch`,
/// which must be at least 1. An input whose first dimension is fixed must equal `batch` (see
/// fixed_batch). Throws Error (kShape) with all problems found: an open dimension elsewhere,
/// operands that do not fit.
Graph bind(const Graph& graph, std::int64_t batch);
/// The same with explicit shapes for the inputs; inputs not named keep the model's shape.
Graph bind_shapes(const Graph& graph, const std::map<std::string, Dims>& input_shapes);
/// The batch that the model prescribes (the first input's first dimension), or kUnknownDim if open.
std::int64_t fixed_batch(const Graph& graph);

/// Simplifies a graph without changing what it computes, bound or not:
///  - nodes whose inputs are all constants are evaluated (only on a bound graph);
///  - Gemm: a constant B is stored as KxN (trans_b false), alpha goes into a constant B and beta
///  into a
///    constant C, so both become 1;
///  - Add of a constant after Conv or MatMul becomes their bias where the shapes say it is one;
///  - Relu is fused into a preceding Conv, Gemm, MatMul or Add that nothing else reads;
///  - nodes and constants that no output needs are dropped.
Graph optimize(const Graph& graph);

}  // namespace cubist::graph

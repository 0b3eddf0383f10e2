// SPDX-License-Identifier: Apache-2.0
// Error bounds: their values on examples worked by hand, that a chip within the rules stays inside,
// that one outside is caught, and that the propagated bound covers the worst such a chip can do.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "runtime/graph/array_io.h"
#include "runtime/graph/onnx_reader.h"
#include "runtime/graph/reference.h"

using namespace cubist::graph;

namespace {

Node node_of(Op op, Attributes attributes = {}) {
  Node node;
  node.op = op;
  node.name = op_name(op);
  node.outputs = {"y"};
  node.attributes = std::move(attributes);
  return node;
}

Tensor random_tensor(std::mt19937& random, const Dims& dims, ElementType element) {
  std::normal_distribution<double> normal;
  Tensor t{dims, std::vector<double>(static_cast<std::size_t>(element_count(dims))), element};
  for (double& v : t.data) v = normal(random);
  return rounded(t, element);
}

// A chip that makes errors of up to the layer's own bound, in random directions: first in its
// arithmetic, then Relu, then in storing the result (a zero is stored exactly).
Tensor erring(std::mt19937& random, const Node& node, const NodeInputs& in, ElementType output) {
  const auto sign = [&] { return random() % 2 == 0 ? 0.999 : -0.999; };
  Node plain = node;
  plain.fused_relu = false;
  Tensor y = evaluate_node(plain, in);
  y.element = output;
  const bool exact = node.op == Op::kMaxPool || node.op == Op::kFlatten || node.op == Op::kReshape;
  const auto bound = error_bound(plain, in, ElementType::kFloat32);
  for (std::size_t i = 0; i < y.data.size(); ++i) {
    double& v = y.data[i];
    v += sign() * bound[i];
    if (node.fused_relu) v = std::max(v, 0.0);
    if (v != 0 && !exact && output == ElementType::kFloat16) {
      v += sign() * (0x1p-11 * std::abs(v) + 0x1p-25);
    }
  }
  return y;
}

}  // namespace

TEST_CASE("the bound of a Gemm is the stated formula") {
  const Tensor a{{1, 2}, {3, -4}, ElementType::kFloat16};
  const Tensor b{{2, 1}, {5, 2}, ElementType::kFloat16};
  const Tensor c{{1}, {-1}, ElementType::kFloat32};
  const Node gemm = node_of(Op::kGemm, GemmAttributes{});
  CHECK(evaluate_node(gemm, {&a, &b, &c}).data == std::vector<double>{6});
  const double in_float32 = 18 * 0x1p-24 * (15 + 8 + 1);
  CHECK(error_bound(gemm, {&a, &b, &c}, ElementType::kFloat32)[0] == in_float32);
  CHECK(error_bound(gemm, {&a, &b, &c}, ElementType::kFloat16)[0] ==
        in_float32 + 0x1p-11 * 6 + 0x1p-25);
}

TEST_CASE("K of a convolution counts the channels of one group and the kernel") {
  ConvAttributes attributes;
  attributes.groups = 2;
  const Node conv = node_of(Op::kConv, attributes);
  const Tensor x{{1, 4, 3, 3}, std::vector<double>(36, 1.0), ElementType::kFloat16};
  const Tensor w{{2, 2, 3, 3}, std::vector<double>(36, -1.0), ElementType::kFloat16};
  CHECK(evaluate_node(conv, {&x, &w}).data == std::vector<double>{-18, -18});
  CHECK(error_bound(conv, {&x, &w}, ElementType::kFloat32)[0] == (2 + 17) * 0x1p-24 * 18);
}

TEST_CASE("operators that only select are exact") {
  const Tensor x{{1, 1, 1, 3}, {-1, 2, 0.5}, ElementType::kFloat16};
  for (const Node& node : {node_of(Op::kRelu), node_of(Op::kMaxPool, PoolAttributes{}),
                           node_of(Op::kFlatten, FlattenAttributes{})}) {
    for (const double bound : error_bound(node, {&x}, ElementType::kFloat16)) CHECK(bound == 0);
    Tensor chip = evaluate_node(node, {&x});
    CHECK(check_node(node, {&x}, chip).passed());
    chip.data[1] = std::nextafter(chip.data[1], 3.0);
    const NodeCheck check = check_node(node, {&x}, chip);
    CHECK_FALSE(check.passed());
    CHECK(check.index == 1);
    CHECK(std::isinf(check.max_ratio));
  }
}

TEST_CASE("float16 addition is right when rounded, wrong one unit further") {
  const Tensor a{{1}, {1.0}, ElementType::kFloat16};
  const Tensor b{{1}, {0x1p-11}, ElementType::kFloat16};
  const Node add = node_of(Op::kAdd);
  Tensor chip{{1}, {1.0 + 0x1p-10}, ElementType::kFloat16};  // the tie, rounded up
  CHECK(check_node(add, {&a, &b}, chip).passed());
  chip.data[0] = 1.0 + 0x1p-9;
  const NodeCheck check = check_node(add, {&a, &b}, chip);
  CHECK_FALSE(check.passed());
  CHECK(check.expected == 1.0 + 0x1p-11);
  CHECK(check.actual == 1.0 + 0x1p-9);
  CHECK(check.max_abs_error == 3 * 0x1p-11);
}

TEST_CASE("accumulation in steps of 16 with one rounding each stays inside the bound") {
  std::mt19937 random(5);
  const std::int64_t m = 7, k = 531, n = 9;
  const Tensor a = random_tensor(random, {m, k}, ElementType::kFloat16);
  const Tensor b = random_tensor(random, {k, n}, ElementType::kFloat16);
  Tensor chip{{m, n}, std::vector<double>(m * n), ElementType::kFloat32};
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      float sum = 0;
      for (std::int64_t step = 0; step < k; step += 16) {
        double exact = sum;
        for (std::int64_t p = step; p < std::min(k, step + 16); ++p) {
          exact += a.data[i * k + p] * b.data[p * n + j];
        }
        sum = static_cast<float>(exact);
      }
      chip.data[i * n + j] = sum;
    }
  }
  const Node matmul = node_of(Op::kMatMul);
  const NodeCheck check = check_node(matmul, {&a, &b}, chip);
  CHECK(check.passed());
  CHECK(check.max_ratio > 0);
  CHECK(check.elements == 63);
  CHECK(check_node(matmul, {&a, &b}, rounded(chip, ElementType::kFloat16)).passed());

  const NodeCheck merged = merge(check, check);
  CHECK(merged.elements == 126);
  CHECK(merged.max_ratio == check.max_ratio);
  Tensor wrong = chip;
  wrong.data[17] += 0.01;
  CHECK(check_node(matmul, {&a, &b}, wrong).index == 17);
  CHECK_FALSE(merge(check, check_node(matmul, {&a, &b}, wrong)).passed());
}

TEST_CASE("infinities and NaN are right only where they belong") {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const Tensor a{{3}, {65504, 1, -65504}, ElementType::kFloat16};
  const Tensor b{{3}, {65504, 1, -65504}, ElementType::kFloat16};
  const Node add = node_of(Op::kAdd);
  Tensor chip{{3}, {kInf, 2, -kInf}, ElementType::kFloat16};
  CHECK(check_node(add, {&a, &b}, chip).passed());
  chip.element = ElementType::kFloat32;  // here the sum would have fitted
  CHECK_FALSE(check_node(add, {&a, &b}, chip).passed());
  chip = {{3}, {kInf, std::nan(""), -kInf}, ElementType::kFloat16};
  CHECK_FALSE(check_node(add, {&a, &b}, chip).passed());
  chip = {{3}, {-kInf, 2, -kInf}, ElementType::kFloat16};
  CHECK_FALSE(check_node(add, {&a, &b}, chip).passed());
  const Tensor infinite{{3}, {kInf, std::nan(""), -kInf}, ElementType::kFloat16};
  CHECK(check_node(node_of(Op::kFlatten, FlattenAttributes{0}), {&infinite},
                   {{1, 3}, infinite.data, ElementType::kFloat16})
            .passed());
}

TEST_CASE("a result of another shape is refused, and so are inputs that do not fit") {
  const Tensor x{{2, 2}, {1, 2, 3, 4}, ElementType::kFloat32};
  const Tensor y{{4}, {1, 2, 3, 4}, ElementType::kFloat32};
  CHECK_THROWS_AS(check_node(node_of(Op::kRelu), {&x}, y), Error);
  CHECK_THROWS_AS(evaluate_node(node_of(Op::kMatMul), {&x, nullptr}), Error);
  const Tensor lies{{3}, {1}, ElementType::kFloat32};
  CHECK_THROWS_AS(evaluate_node(node_of(Op::kRelu), {&lies}), Error);
}

TEST_CASE("the propagated bound covers a chip that errs as far as it may") {
  std::mt19937 random(9);
  const Graph graph = optimize(bind(read_onnx(CUBIST_MODELS "/odd.onnx"), 3));
  const Array file = read_npy(CUBIST_MODELS "/odd_input.npy");
  const Tensor image{file.dims, file.as_doubles(), ElementType::kFloat32};
  Storage storage;
  storage.values["probability"] = ElementType::kFloat32;
  const auto bounded = evaluate_with_bounds(graph, {{"image", image}}, storage, true);

  for (int round = 0; round < 5; ++round) {
    Tensors chip{{"image", rounded(image, ElementType::kFloat16)}};
    for (const Node& node : graph.nodes) {
      std::vector<Tensor> constants(3);
      NodeInputs in;
      for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const Constant* constant = graph.constant(node.inputs[i]);
        if (constant != nullptr) {
          constants[i] =
              rounded(to_tensor(*constant), i == 2 ? ElementType::kFloat32 : ElementType::kFloat16);
        }
        in.push_back(constant != nullptr      ? &constants[i]
                     : node.inputs[i].empty() ? nullptr
                                              : &chip.at(node.inputs[i]));
      }
      const ElementType output =
          node.output() == "probability" ? ElementType::kFloat32 : ElementType::kFloat16;
      const Tensor y = erring(random, node, in, output);
      INFO(node.name);
      const Bounded& limit = bounded.at(node.output());
      double largest = 0;
      for (std::size_t i = 0; i < y.data.size(); ++i) {
        REQUIRE(std::isfinite(limit.bound[i]));
        const double error = std::abs(y.data[i] - limit.value.data[i]);
        if (error > 0) largest = std::max(largest, error / limit.bound[i]);
      }
      CHECK(largest <= 1.0);
      if (node.op == Op::kConv && node.inputs[0] == "image") CHECK(largest > 0.05);
      chip[node.output()] = y;
    }
  }
}

TEST_CASE("labels differ only where the bound allows it") {
  Bounded scores;
  scores.value = {{2, 3}, {0.2, 0.5, 0.3, 1.0, 0.1, 0.2}, ElementType::kFloat32};
  scores.bound = {0.1, 0.11, 0.1, 0.3, 0.3, 0.3};
  const LabelCheck same = check_label(scores, 0, 1);
  CHECK(same.explained);
  CHECK(same.exact_label == 1);
  CHECK(same.margin == Approx(0.2));
  CHECK(same.margin_bound == Approx(0.21));
  CHECK(check_label(scores, 0, 2).explained);
  CHECK_FALSE(check_label(scores, 0, 0).explained);
  CHECK_FALSE(check_label(scores, 1, 2).explained);
  CHECK_THROWS_AS(check_label(scores, 2, 0), Error);
  CHECK_THROWS_AS(check_label(scores, 0, 3), Error);
  CHECK(argmax_rows(scores.value) == std::vector<std::size_t>{1, 0});
}

TEST_CASE("past the range of float16 nothing is promised") {
  Graph graph;
  graph.inputs = {"x"};
  graph.outputs = {"y"};
  graph.values["x"] = {ElementType::kFloat32, {2}};
  Node node = node_of(Op::kAdd);
  node.inputs = {"x", "x"};
  graph.nodes.push_back(node);
  const Tensor x{{2}, {40000, 20000}, ElementType::kFloat32};
  const auto bounded = evaluate_with_bounds(bind(graph, 2), {{"x", x}}, Storage{});
  CHECK(std::isinf(bounded.at("y").bound[0]));
  CHECK(bounded.at("y").bound[1] < 100);
}

TEST_CASE("a result kept in float32 is rounded when the cube reads it") {
  Graph graph;
  graph.inputs = {"x"};
  graph.outputs = {"y"};
  graph.values["x"] = {ElementType::kFloat32, {1, 1}};
  graph.constants["w"] = {ElementType::kFloat32, {1, 1}, {1.0F}, {}};
  Node node = node_of(Op::kMatMul);
  node.inputs = {"x", "w"};
  graph.nodes.push_back(node);
  const Tensor x{{1, 1}, {1.0 + 0x1p-12}, ElementType::kFloat32};
  Storage storage;
  storage.values = {{"x", ElementType::kFloat32}, {"y", ElementType::kFloat32}};
  CHECK(evaluate_with_bounds(bind(graph, 1), {{"x", x}}, storage).at("y").bound[0] > 0x1p-12);
  storage.operands = ElementType::kFloat32;
  CHECK(evaluate_with_bounds(bind(graph, 1), {{"x", x}}, storage).at("y").bound[0] < 0x1p-19);
}

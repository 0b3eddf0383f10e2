// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <random>

#include "runtime/graph/onnx_reader.h"
#include "runtime/graph/reference.h"
#include "tests/graph/model_builder.h"

using namespace cubist::graph;
using namespace cubist::test;

namespace {

std::vector<float> ramp(std::size_t count) {
  std::vector<float> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<float>(i % 7) - 3.0F;
  return out;
}

Tensor input(const Dims& dims) {
  const auto values = ramp(static_cast<std::size_t>(element_count(dims)));
  return {dims, {values.begin(), values.end()}, ElementType::kFloat32};
}

// Optimised before and after binding, the graph must compute the same; returns the optimised, bound
// graph.
Graph check_same(const ModelBuilder& builder, const Dims& dims) {
  const Graph graph = parse_onnx(builder.bytes(), "test.onnx");
  const std::map<std::string, Dims> shapes{{"x", dims}};
  const Tensors inputs{{"x", input(dims)}};
  const Graph after = optimize(bind_shapes(graph, shapes));
  const Tensors plain = evaluate(bind_shapes(graph, shapes), inputs);
  for (const Graph& g : {after, bind_shapes(optimize(graph), shapes), bind_shapes(after, shapes)}) {
    const Tensors results = evaluate(g, inputs);
    REQUIRE(results.size() == plain.size());
    for (const auto& [name, tensor] : plain) {
      CHECK(results.at(name).dims == tensor.dims);
      CHECK(results.at(name).data == tensor.data);  // integers: exact in every order
    }
  }
  return after;
}

}  // namespace

TEST_CASE("Gemm loses its transposition and scales") {
  ModelBuilder b(13);
  b.input("x", {0, 3}).output("y", {}).weight("w", {4, 3}, ramp(12)).weight("c", {4}, ramp(4));
  auto& gemm = b.node("Gemm", {"x", "w", "c"}, "y");
  set_int(gemm, "transB", 1);
  set_float(gemm, "alpha", 2.0F);
  set_float(gemm, "beta", -0.5F);
  const Graph graph = check_same(b, {2, 3});
  const auto& at = graph.nodes[0].as<GemmAttributes>();
  CHECK_FALSE(at.trans_b);
  CHECK(at.alpha == 1.0F);
  CHECK(at.beta == 1.0F);
  CHECK(graph.constants.size() == 2);  // the originals are gone
  CHECK(graph.constant(graph.nodes[0].inputs[1])->dims == Dims{3, 4});
}

TEST_CASE("a constant added after MatMul or Conv becomes its bias, and Relu is fused") {
  ModelBuilder b(13);
  b.input("x", {0, 2, 4, 4}).output("y", {});
  b.weight("w", {3, 2, 3, 3}, ramp(54)).weight("c", {1, 3, 1, 1}, {1, 2, 3});
  b.weight("v", {2, 5}, ramp(10)).weight("d", {5}, ramp(5));
  b.node("Conv", {"x", "w"}, "p");
  b.node("Add", {"c", "p"}, "q");
  b.node("Relu", {"q"}, "r");
  b.node("MatMul", {"r", "v"}, "s");
  b.node("Add", {"s", "d"}, "t");
  b.node("Relu", {"t"}, "y");
  const Graph graph = check_same(b, {2, 2, 4, 4});
  REQUIRE(graph.nodes.size() == 2);
  CHECK(graph.nodes[0].op == Op::kConv);
  CHECK(graph.nodes[0].fused_relu);
  CHECK(graph.nodes[1].fused_relu);
  CHECK(graph.nodes[1].inputs.size() == 3);
  CHECK(graph.constant(graph.nodes[0].inputs[2])->dims == Dims{3});
  CHECK(graph.values.count("p") == 0);
}

TEST_CASE("a value that others read, or that is an output, is not fused away") {
  ModelBuilder b(13);
  b.input("x", {0, 4}).output("s", {}).output("y", {}).weight("w", {4, 4}, ramp(16));
  b.node("MatMul", {"x", "w"}, "m");
  b.node("Relu", {"m"}, "r");
  b.node("Add", {"r", "m"}, "s");
  b.node("Relu", {"s"}, "y");
  const Graph graph = check_same(b, {3, 4});
  CHECK(graph.nodes.size() == 4);
  for (const Node& node : graph.nodes) CHECK_FALSE(node.fused_relu);
}

TEST_CASE("an Add that is no bias stays") {
  ModelBuilder b(13);
  b.input("x", {0, 2, 2}).output("y", {}).weight("w", {2, 2}, ramp(4));
  SECTION("one value per row") {
    b.weight("c", {2, 1}, {1, 2});
  }
  SECTION("one value for all") {
    b.weight("c", {1}, {1});
  }
  SECTION("it raises the rank") {
    b.weight("c", {1, 1, 1, 2}, {1, 2});
  }
  b.node("MatMul", {"x", "w"}, "m");
  b.node("Add", {"m", "c"}, "y");
  CHECK(check_same(b, {3, 2, 2}).nodes.size() == 2);
}

TEST_CASE("constants are folded in a bound graph, and what nothing needs is dropped") {
  ModelBuilder b(13);
  b.input("x", {0, 4}).output("y", {}).weight("w", {2, 4}, ramp(8)).shape("s", {4, 2});
  b.node("Reshape", {"w", "s"}, "v");
  b.node("Relu", {"v"}, "u");
  b.node("MatMul", {"x", "u"}, "y");
  b.node("Relu", {"y"}, "unused");
  const Graph graph = check_same(b, {3, 4});
  REQUIRE(graph.nodes.size() == 1);
  CHECK(graph.constants.size() == 1);
  CHECK(graph.constant("u")->dims == Dims{4, 2});
}

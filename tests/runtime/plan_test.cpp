// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/plan.h"

#include <catch2/catch.hpp>

using namespace cubist;
using namespace cubist::network;

namespace {

graph::Node make(graph::Op op, const std::string& name, std::vector<std::string> inputs,
                 graph::Attributes attributes = {}) {
  graph::Node node;
  node.op = op;
  node.name = name;
  node.inputs = std::move(inputs);
  node.outputs = {name};
  node.attributes = std::move(attributes);
  return node;
}

graph::Constant constant(graph::Dims dims) {
  graph::Constant c;
  c.dims = dims;
  c.floats.assign(static_cast<size_t>(graph::element_count(dims)), 0.5F);
  return c;
}

// conv -> relu -> conv + residual -> pool -> flatten -> gemm -> softmax
graph::Graph residual() {
  graph::Graph g;
  g.inputs = {"x"};
  g.outputs = {"p"};
  g.values["x"] = {graph::ElementType::kFloat32, {graph::kUnknownDim, 3, 9, 7}};
  g.constants["w1"] = constant({20, 3, 3, 3});
  g.constants["w2"] = constant({20, 20, 3, 3});
  g.constants["w3"] = constant({20, 5});
  graph::ConvAttributes same;
  same.pads = {1, 1, 1, 1};
  g.nodes = {make(graph::Op::kConv, "c1", {"x", "w1"}, same),
             make(graph::Op::kRelu, "r1", {"c1"}),
             make(graph::Op::kConv, "c2", {"r1", "w2"}, same),
             make(graph::Op::kAdd, "sum", {"c2", "r1"}),
             make(graph::Op::kGlobalAveragePool, "pool", {"sum"}),
             make(graph::Op::kFlatten, "flat", {"pool"}, graph::FlattenAttributes{}),
             make(graph::Op::kGemm, "fc", {"flat", "w3"}, graph::GemmAttributes{}),
             make(graph::Op::kSoftmax, "p", {"fc"}, graph::SoftmaxAttributes{})};
  return graph::bind(g, 4);
}

std::vector<std::string> kernels(const Plan& plan) {
  std::vector<std::string> names;
  for (const Step& step : plan.steps()) {
    names.push_back(step.make([](Ref) { return DevicePtr{0}; }).kernel);
  }
  return names;
}

}  // namespace

TEST_CASE("layouts change only where they must") {
  const Plan plan(graph::optimize(residual()), {2, 4});
  CHECK(kernels(plan) == std::vector<std::string>{"to_nc1hwc0", "conv2d", "conv2d", "add",
                                                  "global_average_pool", "to_nchw", "matmul",
                                                  "softmax"});
  CHECK(plan.produced("p").type == operators::Type::f32);
  CHECK(plan.produced("fc").type == operators::Type::f32);
  CHECK(plan.produced("pool").layout == Layout::nc1hwc0);
}

TEST_CASE("memory is shared only by values that do not live at the same time") {
  Plan plan(graph::optimize(residual()), {2, 4});
  const uint64_t apart = plan.place(true), shared = plan.place(false);
  CHECK(shared < apart);
  const auto& buffers = plan.buffers();
  for (size_t i = 0; i < buffers.size(); ++i) {
    CHECK(buffers[i].offset % 512 == 0);
    CHECK(buffers[i].offset + buffers[i].bytes <= shared);
    for (size_t j = i + 1; j < buffers.size(); ++j) {
      const bool same_time =
          buffers[i].first <= buffers[j].last && buffers[j].first <= buffers[i].last;
      const bool same_place = buffers[i].offset < buffers[j].offset + buffers[j].bytes &&
                              buffers[j].offset < buffers[i].offset + buffers[i].bytes;
      CHECK_FALSE((same_time && same_place));
    }
  }
}

TEST_CASE("what the kernels cannot do is refused with the node's name") {
  graph::Graph g;
  g.inputs = {"x"};
  g.outputs = {"c"};
  g.values["x"] = {graph::ElementType::kFloat32, {graph::kUnknownDim, 3, 200, 200}};
  g.constants["w"] = constant({8, 3, 3, 3});
  graph::ConvAttributes far;
  far.strides = {64, 1};
  g.nodes = {make(graph::Op::kConv, "c", {"x", "w"}, far)};
  CHECK_THROWS_WITH(Plan(graph::bind(g, 1), {2, 4}),
                    Catch::Contains("node 'c' (Conv)") && Catch::Contains("stride is 64"));
  g.nodes[0].attributes = graph::ConvAttributes{};
  g.constants["w"].floats[5] = 1e6F;
  CHECK_THROWS_WITH(Plan(graph::bind(g, 1), {2, 4}), Catch::Contains("FP16's range"));
}

TEST_CASE("a node's input is the form that it reads, not the one that others read") {
  graph::Graph g;
  g.inputs = {"x"};
  g.outputs = {"p", "v", "r"};
  g.values["x"] = {graph::ElementType::kFloat32, {graph::kUnknownDim, 6}};
  g.nodes = {make(graph::Op::kSoftmax, "p", {"x"}, graph::SoftmaxAttributes{1, false}),
             make(graph::Op::kFlatten, "v", {"x"}, graph::FlattenAttributes{}),
             make(graph::Op::kRelu, "r", {"x"})};
  const Plan plan(graph::bind(g, 2), {2, 4});
  CHECK(plan.read_by(plan.graph().nodes[0], 0).type == operators::Type::f32);
  CHECK(plan.read_by(plan.graph().nodes[1], 0).type == operators::Type::f32);
  CHECK(plan.read_by(plan.graph().nodes[2], 0).type == operators::Type::f16);
}

TEST_CASE("a matrix is added to a Gemm's product before that is rounded to FP16") {
  graph::Graph g;
  g.inputs = {"x"};
  g.outputs = {"y"};
  g.values["x"] = {graph::ElementType::kFloat32, {2, 6}};
  g.constants["w"] = constant({6, 5});
  g.constants["c"] = constant({2, 5});
  g.nodes = {make(graph::Op::kGemm, "y", {"x", "w", "c"}, graph::GemmAttributes{})};
  const Plan plan(graph::bind(g, 2), {2, 4});
  REQUIRE(kernels(plan) == std::vector<std::string>{"cast", "matmul", "add"});
  const uint64_t product = plan.buffers()[2].bytes;
  CHECK(product == 2 * 5 * 4);
}

TEST_CASE("a chip without the cores that a node needs is refused with the node's name") {
  CHECK_THROWS_WITH(Plan(graph::optimize(residual()), {0, 4}),
                    Catch::Contains("node 'c1' (Conv)") && Catch::Contains("cube cores"));
  CHECK_THROWS_WITH(Plan(graph::optimize(residual()), {2, 0}), Catch::Contains("vector cores"));
}

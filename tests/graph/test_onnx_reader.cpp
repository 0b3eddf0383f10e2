// SPDX-License-Identifier: Apache-2.0
// What the reader makes of well-formed models: attributes, folding, order, shapes, and every
// problem named.
#include <catch2/catch.hpp>

#include "runtime/graph/geometry.h"
#include "runtime/graph/onnx_reader.h"
#include "tests/graph/model_builder.h"

using namespace cubist::graph;
using namespace cubist::test;

namespace {

Graph parse(const ModelBuilder& builder) {
  return parse_onnx(builder.bytes(), "test.onnx");
}

// The error that reading (and binding to a batch of 2) gives.
Error error_of(const ModelBuilder& builder) {
  try {
    (void)bind(parse(builder), 2);
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error");
  return Error(ErrorKind::kFile, "");
}

bool mentions(const Error& error, const std::string& text) {
  const bool found = std::string(error.what()).find(text) != std::string::npos;
  if (!found) UNSCOPED_INFO("message: " << error.what());
  return found;
}

}  // namespace

TEST_CASE("a small network gets its shapes for any batch") {
  ModelBuilder b(13);
  b.input("x", {0, 2, 5, 7}).output("y", {0, 3});
  b.weight("w", {4, 2, 3, 3}, std::vector<float>(72, 0.5F)).shape("s", {0, -1});
  b.weight("v", {60, 3}, std::vector<float>(180, 1.0F));
  set_ints(b.node("Conv", {"x", "w"}, "c"), "strides", {2, 2});
  b.node("Relu", {"c"}, "r");
  b.node("Reshape", {"q", "s"}, "f", "flat");
  auto& pool = b.node("AveragePool", {"r"}, "q");  // listed after its reader
  set_ints(pool, "kernel_shape", {1, 1});
  set_ints(pool, "pads", {0, 0, 0, 0});
  b.node("MatMul", {"f", "v"}, "y");
  b.model.mutable_graph()->mutable_initializer(2)->set_dims(0, 24);
  for (int i = 0; i < 108; ++i)
    b.model.mutable_graph()->mutable_initializer(2)->mutable_float_data()->RemoveLast();
  const Graph graph = parse(b);
  REQUIRE(graph.nodes.size() == 5);
  CHECK(graph.nodes[2].op == Op::kAveragePool);
  CHECK(graph.nodes[0].name == "Conv_0");
  CHECK(graph.inputs == std::vector<std::string>{"x"});
  CHECK(graph.type("x").dims == Dims{kUnknownDim, 2, 5, 7});
  CHECK(fixed_batch(graph) == kUnknownDim);

  const Graph bound = bind(graph, 9);
  CHECK(bound.bound);
  CHECK(bound.type("c").dims == Dims{9, 4, 2, 3});
  CHECK(bound.type("f").dims == Dims{9, 24});
  CHECK(bound.type("y").dims == Dims{9, 3});
  CHECK(bound.nodes[3].as<ReshapeAttributes>().shape == Dims{9, 24});
  CHECK(bound.nodes[0].as<ConvAttributes>().kernel == std::array<std::int64_t, 2>{3, 3});
  CHECK_THROWS_AS(bound.type("nothing"), std::out_of_range);
  CHECK_THROWS_AS(bind(graph, 0), Error);
  CHECK_THROWS_AS(bind_shapes(graph, {{"z", {1}}}), Error);
  CHECK_THROWS_AS(bind_shapes(graph, {{"x", {1, 2, 5, 8}}}), Error);
  CHECK_THROWS_AS(bind_shapes(graph, {{"x", {1, 2, 5}}}), Error);
}

TEST_CASE("auto_pad becomes pads") {
  for (const auto& [mode, pads] : {std::pair{"SAME_UPPER", std::array<std::int64_t, 4>{0, 1, 1, 2}},
                                   std::pair{"SAME_LOWER", std::array<std::int64_t, 4>{1, 2, 0, 1}},
                                   std::pair{"VALID", std::array<std::int64_t, 4>{0, 0, 0, 0}}}) {
    ModelBuilder b(11);
    b.input("x", {0, 1, 6, 7}).output("y", {}).weight("w", {1, 1, 3, 4}, std::vector<float>(12));
    auto& conv = b.node("Conv", {"x", "w"}, "y");
    set_ints(conv, "strides", {2, 1});
    set_string(conv, "auto_pad", mode);
    const Graph bound = bind(parse(b), 1);
    const auto& a = bound.nodes[0].as<ConvAttributes>();
    CHECK(a.auto_pad == AutoPad::kNotSet);
    CHECK(a.pads == pads);
    CHECK(bound.type("y").dims ==
          (std::string(mode) == "VALID" ? Dims{1, 1, 2, 4} : Dims{1, 1, 3, 7}));
  }
}

TEST_CASE("Constant, Identity and Dropout are folded away") {
  ModelBuilder b(11);
  b.input("x", {0, 4}).output("out", {0, 4});
  auto& value = *b.node("Constant", {}, "k").add_attribute();
  value.set_name("value_floats");
  value.set_type(onnx::AttributeProto::FLOATS);
  for (int i = 0; i < 4; ++i) value.add_floats(static_cast<float>(i));
  b.node("Identity", {"x"}, "i");
  b.node("Dropout", {"i"}, "d");
  b.node("Add", {"d", "k"}, "s");
  b.node("Identity", {"s"}, "out");
  const Graph graph = parse(b);
  REQUIRE(graph.nodes.size() == 1);
  CHECK(graph.nodes[0].inputs == std::vector<std::string>{"x", "k"});
  CHECK(graph.outputs == std::vector<std::string>{"s"});
  REQUIRE(graph.constant("k") != nullptr);
  CHECK(graph.constant("k")->floats == std::vector<float>{0, 1, 2, 3});
}

TEST_CASE("float16 weights are widened exactly, also from raw data") {
  ModelBuilder b(13);
  b.input("x", {0, 2}).output("y", {});
  auto& t = *b.model.mutable_graph()->add_initializer();
  t.set_name("w");
  t.set_data_type(onnx::TensorProto::FLOAT16);
  t.add_dims(2);
  SECTION("as numbers") {
    t.add_int32_data(0x3C01);
    t.add_int32_data(0x8001);
  }
  SECTION("as bytes") {
    t.set_raw_data(std::string("\x01\x3C\x01\x80", 4));
  }
  b.model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(
      onnx::TensorProto::FLOAT16);
  b.node("Add", {"x", "w"}, "y");
  const Graph bound = bind(parse(b), 3);
  CHECK(bound.constant("w")->floats == std::vector<float>{1.0009765625F, -0x1p-24F});
  CHECK(bound.type("y").element == ElementType::kFloat16);
}

TEST_CASE("an input that has a default counts as a constant") {
  ModelBuilder b(9);
  b.input("x", {0, 2}).input("w", {2}).output("y", {}).weight("w", {2}, {1, 2});
  b.node("Add", {"x", "w"}, "y");
  CHECK(parse(b).inputs == std::vector<std::string>{"x"});
}

TEST_CASE("every unsupported node is named at once") {
  ModelBuilder b(13);
  b.input("x", {0, 3, 8, 8}).output("y", {}).output("m", {});
  b.node("BatchNormalization", {"x"}, "a", "norm");
  set_int(b.node("Softmax", {"a"}, "c", "soft"), "axle", 1);
  auto& conv = b.node("Conv", {"c", "w"}, "e", "volume");
  set_ints(conv, "kernel_shape", {3, 3, 3});
  b.weight("w", {1, 3, 3, 3}, std::vector<float>(27));
  auto& pool = b.node("MaxPool", {"e"}, "f", "where");
  set_ints(pool, "kernel_shape", {2, 2});
  pool.add_output("indices");
  b.node("Relu", {"f", "f"}, "g", "two");
  b.node("Gelu", {"g"}, "y", "custom").set_domain("com.example");
  auto& drop = b.node("Dropout", {"y"}, "h", "drop");
  drop.add_output("m");
  b.node("Reshape", {"h", "x"}, "z", "dynamic");
  const Error error = error_of(b);
  CHECK(error.kind() == ErrorKind::kUnsupported);
  CHECK(error.problems().size() == 8);
  CHECK(mentions(
      error, "test.onnx: 8 problems: node 'norm' (BatchNormalization): operator is not supported"));
  CHECK(mentions(error, "node 'soft' (Softmax): attribute 'axle' is not supported"));
  CHECK(mentions(error,
                 "node 'volume' (Conv): attribute 'kernel_shape' is for 3 spatial dimensions"));
  CHECK(mentions(error, "node 'where' (MaxPool): its output 'indices' is not supported"));
  CHECK(mentions(error, "node 'two' (Relu): has 2 inputs, expected 1"));
  CHECK(mentions(error, "node 'custom' (Gelu): operator domain 'com.example' is not supported"));
  CHECK(mentions(error, "cannot read 'm': the mask of a Dropout is not computed"));
  CHECK(mentions(error, "node 'dynamic' (Reshape): its shape 'x' is not a constant list of int64"));
}

TEST_CASE("shapes that do not fit are all named, without follow-up errors") {
  ModelBuilder b(13);
  b.input("x", {0, 3, 8, 8}).output("y", {});
  b.weight("w", {4, 2, 3, 3}, std::vector<float>(72)).weight("v", {5, 5}, std::vector<float>(25));
  b.node("Conv", {"x", "w"}, "c", "channels");
  b.node("Relu", {"c"}, "follows");
  b.node("MatMul", {"x", "v"}, "m", "inner");
  b.node("Gemm", {"x", "v"}, "g", "matrix");
  set_ints(b.node("MaxPool", {"x"}, "p", "window"), "kernel_shape", {9, 2});
  set_int(b.node("Flatten", {"x"}, "y", "axis"), "axis", 7);
  const Error error = error_of(b);
  CHECK(error.kind() == ErrorKind::kShape);
  CHECK(error.problems().size() == 5);
  CHECK(mentions(error,
                 "node 'channels' (Conv): input with 3 channels, weights 4x2x3x3 and group 1"));
  CHECK(mentions(error,
                 "node 'inner' (MatMul): A is 2x3x8x8, B is 5x5: inner dimensions 8 and 5 differ"));
  CHECK(mentions(error, "node 'matrix' (Gemm): A and B must be matrices"));
  CHECK(mentions(error, "node 'window' (MaxPool): height: the window covers 9 elements"));
  CHECK(mentions(error, "node 'axis' (Flatten): axis 7 is outside of shape 2x3x8x8"));
}

TEST_CASE("open dimensions that a batch cannot fill, and a batch that is fixed") {
  ModelBuilder b(13);
  b.input("x", {0, 0}).output("y", {});
  b.node("Relu", {"x"}, "y");
  CHECK(mentions(error_of(b), "input 'x' has shape 2x?: its open dimensions must be given"));
  CHECK(bind_shapes(parse(b), {{"x", {3, 4}}}).type("y").dims == Dims{3, 4});

  ModelBuilder fixed(13);
  fixed.input("x", {5, 4}).output("y", {});
  fixed.node("Relu", {"x"}, "y");
  CHECK(fixed_batch(parse(fixed)) == 5);
  CHECK(mentions(error_of(fixed), "input 'x' is fixed to shape 5x4, asked for a batch of 2"));
}

TEST_CASE("opsets outside 9 to 17 are refused") {
  for (const int opset : {8, 18}) {
    ModelBuilder b(opset);
    b.input("x", {0, 4}).output("y", {});
    b.node("Relu", {"x"}, "y");
    CHECK(mentions(error_of(b), "opset " + std::to_string(opset) + " is not supported"));
  }
}

TEST_CASE("a pooling window over nothing but padding is refused") {
  ModelBuilder b(12);
  b.input("x", {0, 1, 1, 4}).output("y", {});
  auto& pool = b.node("MaxPool", {"x"}, "y");
  set_ints(pool, "kernel_shape", {2, 2});
  set_ints(pool, "dilations", {2, 1});
  set_ints(pool, "pads", {1, 0, 1, 0});
  CHECK(mentions(error_of(b), "covers nothing but padding"));
}

// SPDX-License-Identifier: Apache-2.0
// Files that are not what they should be: one clear line, never a crash.
#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "runtime/graph/onnx_reader.h"
#include "runtime/graph/reference.h"
#include "tests/graph/model_builder.h"

using namespace cubist::graph;
using namespace cubist::test;

namespace {

Error error_of(const std::string& bytes) {
  try {
    (void)parse_onnx(bytes, "bad.onnx");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).rfind("bad.onnx: ", 0) == 0);
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

ModelBuilder small() {
  ModelBuilder b(13);
  b.input("x", {0, 2}).output("y", {}).weight("w", {2}, {1, 2});
  b.node("Add", {"x", "w"}, "s");
  b.node("Relu", {"s"}, "y", "last");
  return b;
}

std::string odd_model() {
  std::ifstream stream(CUBIST_MODELS "/odd.onnx", std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Runs a model whose values are all small, with zeros for its inputs.
void run_if_small(const Graph& bound) {
  std::int64_t total = 0;
  for (const auto& [name, type] : bound.values) total += element_count(type.dims);
  if (total > 200000) return;
  Tensors inputs;
  for (const std::string& name : bound.inputs) {
    const Dims& dims = bound.type(name).dims;
    inputs[name] = {dims, std::vector<double>(static_cast<std::size_t>(element_count(dims))),
                    ElementType::kFloat32};
  }
  for (const auto& [name, tensor] : evaluate(bound, inputs)) {
    REQUIRE(tensor.dims == bound.type(name).dims);
  }
}

// Reads, binds, optimises and runs; an Error is fine, anything else is not. True if the model was
// accepted.
bool survives(const std::string& bytes) {
  try {
    (void)optimize(parse_onnx(bytes, "bad.onnx"));
    run_if_small(optimize(bind(parse_onnx(bytes, "bad.onnx"), 3)));
    return true;
  } catch (const Error& error) {
    const std::string line = error.what();
    REQUIRE(!line.empty());
    return false;
  }
}

std::string temporary(const std::string& name, const std::string& bytes) {
  const auto path = std::filesystem::temp_directory_path() / ("cubist_test_graph_" + name);
  std::ofstream(path, std::ios::binary) << bytes;
  return path.string();
}

}  // namespace

TEST_CASE("files that are no models") {
  CHECK_THROWS_WITH(read_onnx("/nonexistent/model.onnx"), "/nonexistent/model.onnx: no such file");
  CHECK_THROWS_WITH(read_onnx("/usr"), "/usr: not a regular file");
  CHECK(error_of("").kind() == ErrorKind::kFormat);
  CHECK(error_of("hello, this is a text file\n").kind() == ErrorKind::kFormat);
  CHECK(error_of(std::string(4096, '\0')).kind() == ErrorKind::kFormat);
  CHECK(error_of("\x7F"
                 "ELF\x02\x01\x01")
            .kind() == ErrorKind::kFormat);
  const std::string path = temporary("text.onnx", "import numpy as np\n");
  CHECK_THROWS_AS(read_onnx(path), Error);
  std::filesystem::remove(path);
}

TEST_CASE("a file above the size limit is not read") {
  const std::string path = temporary("huge.onnx", "");
  std::filesystem::resize_file(path, std::uintmax_t{3} << 30);  // sparse: takes no disk
  try {
    (void)read_onnx(path);
    FAIL("was read");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::kFile);
    CHECK(mentions(error, "3221225472 bytes"));
  }
  std::filesystem::remove(path);
}

TEST_CASE("structures that contradict themselves") {
  ModelBuilder b = small();
  auto& graph = *b.model.mutable_graph();
  SECTION("a cycle") {
    graph.mutable_node(0)->set_input(1, "y");
    CHECK(mentions(error_of(b.bytes()), "node 'Add_0' (Add): is part of, or behind, a cycle"));
  }
  SECTION("a value defined twice") {
    graph.mutable_node(0)->set_output(0, "y");
    CHECK(mentions(error_of(b.bytes()), "value 'y' is defined twice"));
  }
  SECTION("a node that redefines an input") {
    graph.mutable_node(1)->set_output(0, "x");
    CHECK(mentions(error_of(b.bytes()), "value 'x' is defined twice"));
  }
  SECTION("two weights of one name") {
    b.weight("w", {1}, {3});
    CHECK(mentions(error_of(b.bytes()), "value 'w' is defined twice"));
  }
  SECTION("an input that nothing defines") {
    graph.mutable_node(1)->set_input(0, "t");
    CHECK(
        mentions(error_of(b.bytes()), "node 'last' (Relu): reads 't', which nothing in the graph"));
  }
  SECTION("an output that nothing defines") {
    graph.mutable_output(0)->set_name("z");
    CHECK(mentions(error_of(b.bytes()), "output 'z' is not defined"));
  }
  SECTION("no output") {
    graph.clear_output();
    CHECK(mentions(error_of(b.bytes()), "the graph has no output"));
  }
  SECTION("too few weights") {
    graph.mutable_initializer(0)->set_dims(0, 3);
    CHECK(
        mentions(error_of(b.bytes()), "tensor 'w' of shape 3 needs 3 elements of float32, has 2"));
  }
  SECTION("raw weights of a size that does not divide") {
    graph.mutable_initializer(0)->clear_float_data();
    graph.mutable_initializer(0)->set_raw_data("123456789");
    CHECK(mentions(error_of(b.bytes()), "needs 2 elements of float32"));
  }
  SECTION("weights whose size overflows") {
    graph.mutable_initializer(0)->set_dims(0, std::int64_t{1} << 62);
    graph.mutable_initializer(0)->add_dims(std::int64_t{1} << 62);
    CHECK(mentions(error_of(b.bytes()), "claims more than"));
  }
  SECTION("a negative dimension") {
    graph.mutable_initializer(0)->set_dims(0, -2);
    CHECK(mentions(error_of(b.bytes()), "negative dimension -2"));
  }
  SECTION("weights in another file") {
    graph.mutable_initializer(0)->set_data_location(onnx::TensorProto::EXTERNAL);
    CHECK(mentions(error_of(b.bytes()), "cannot read 'w': its data are in another file"));
  }
  SECTION("weights of a type that is not supported") {
    graph.mutable_initializer(0)->set_data_type(onnx::TensorProto::COMPLEX64);
    CHECK(mentions(error_of(b.bytes()), "cannot read 'w': it is complex64"));
  }
  SECTION("weights of a type that does not exist") {
    graph.mutable_initializer(0)->set_data_type(77);
    CHECK(mentions(error_of(b.bytes()), "it is type 77"));
  }
  SECTION("an attribute of the wrong type") {
    set_int(*graph.mutable_node(1), "axis", 1);
    graph.mutable_node(1)->set_op_type("Softmax");
    graph.mutable_node(1)->mutable_attribute(0)->set_type(onnx::AttributeProto::FLOAT);
    CHECK(mentions(error_of(b.bytes()), "attribute 'axis' must be an integer"));
  }
  SECTION("no operator at all") {
    graph.mutable_node(1)->clear_op_type();
    CHECK(mentions(error_of(b.bytes()), "operator is not supported"));
  }
}

TEST_CASE("a model cut short anywhere is an error or a smaller model, never a crash") {
  const std::string whole = odd_model();
  REQUIRE(survives(whole));
  std::size_t accepted = 0;
  for (std::size_t size = 0; size < whole.size(); size += size < 2000 ? 1 : 97) {
    accepted += survives(whole.substr(0, size)) ? 1 : 0;
  }
  CHECK(accepted == 0);
  for (std::size_t size = whole.size() - 2000; size < whole.size(); ++size) {
    (void)survives(whole.substr(0, size));
  }
}

TEST_CASE("a model with flipped bytes is never a crash") {
  const std::string whole = odd_model();
  std::mt19937 random(11);
  // The structure is what matters; the bytes of the weights are nearly all of the file.
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < 1900; ++i) places.push_back(i);
  for (std::size_t i = whole.size() - 300; i < whole.size(); ++i) places.push_back(i);
  std::size_t refused = 0;
  for (const std::size_t place : places) {
    std::string bytes = whole;
    bytes[place] = static_cast<char>(bytes[place] ^ (1U << (random() % 8)));
    refused += survives(bytes) ? 0 : 1;
  }
  for (int round = 0; round < 1500; ++round) {
    std::string bytes = whole;
    for (int i = 0; i < 4; ++i)
      bytes[places[random() % places.size()]] = static_cast<char>(random());
    refused += survives(bytes) ? 0 : 1;
  }
  CHECK(refused > 500);
}

// SPDX-License-Identifier: Apache-2.0
// The reader and the reference against outside oracles: the conformance cases of the ONNX project
// and results of PyTorch (node_cases.bin, see make_node_cases.py), and the two committed networks.
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>

#include "runtime/graph/array_io.h"
#include "runtime/graph/onnx_reader.h"
#include "runtime/graph/reference.h"

using namespace cubist::graph;

namespace {

struct Case {
  std::string name, model;
  bool refused = false;
  std::map<std::string, Array> inputs, outputs;
};

std::string read_all(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  REQUIRE(stream);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<Case> load_cases(const std::string& path) {
  const std::string bytes = read_all(path);
  std::vector<Case> cases;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = bytes.find('\n', at);
    REQUIRE(end != std::string::npos);
    std::istringstream line(bytes.substr(at, end - at));
    std::string kind, name;
    std::size_t size = 0;
    line >> kind >> name >> size;
    const std::string payload = bytes.substr(end + 1, size);
    REQUIRE(payload.size() == size);
    at = end + 1 + size;
    if (kind == "input" || kind == "output") {
      (kind == "input" ? cases.back().inputs : cases.back().outputs)[name] =
          parse_npy(payload, cases.back().name + "/" + name);
    } else {
      cases.push_back({name, payload, kind == "refused", {}, {}});
    }
  }
  return cases;
}

Tensor tensor_of(const Array& array) {
  return {array.dims, array.as_doubles(), array.element};
}

Tensors run(const Graph& graph, const std::map<std::string, Array>& inputs) {
  std::map<std::string, Dims> shapes;
  Tensors tensors;
  for (const auto& [name, array] : inputs) {
    shapes[name] = array.dims;
    tensors[name] = tensor_of(array);
  }
  return evaluate(bind_shapes(graph, shapes), tensors);
}

// Largest difference, relative to the larger of 1 and the expected magnitude.
double difference(const Tensor& actual, const Array& expected) {
  REQUIRE(actual.dims == expected.dims);
  const auto values = expected.as_doubles();
  double largest = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double scale = std::max(1.0, std::abs(values[i]));
    largest = std::max(largest, std::abs(actual.data[i] - values[i]) / scale);
  }
  return largest;
}

}  // namespace

TEST_CASE("the reference agrees with the ONNX project's cases and with PyTorch") {
  std::size_t compared = 0;
  for (const Case& c : load_cases(CUBIST_TEST_DATA "/node_cases.bin")) {
    if (c.refused) continue;
    INFO(c.name);
    const Graph graph = parse_onnx(c.model, c.name);
    Tensors results;
    if (graph.nodes.empty()) {  // a folded Identity, Dropout or Constant
      REQUIRE(graph.outputs.size() == 1);
      const std::string& value = graph.outputs[0];
      if (const Constant* constant = graph.constant(value)) {
        results[value] = to_tensor(*constant);
      } else {
        results[value] = tensor_of(c.inputs.at(value));
      }
    } else {
      results = run(graph, c.inputs);
    }
    REQUIRE(results.size() == 1);
    // The ONNX project's expectations are float32, PyTorch's are float64.
    const double limit = c.name.rfind("torch_", 0) == 0 ? 1e-12 : 3e-6;
    CHECK(difference(results.begin()->second, c.outputs.begin()->second) <= limit);
    ++compared;
  }
  CHECK(compared >= 110);
}

TEST_CASE("what is outside the supported set is refused") {
  std::size_t refused = 0;
  for (const Case& c : load_cases(CUBIST_TEST_DATA "/node_cases.bin")) {
    if (!c.refused) continue;
    INFO(c.name);
    try {
      (void)bind_shapes(parse_onnx(c.model, c.name), {});
      FAIL("was accepted");
    } catch (const Error& error) {
      CHECK(std::string(error.what()).find('\n') == std::string::npos);
      CHECK(error.kind() != ErrorKind::kFile);
      ++refused;
    }
  }
  CHECK(refused >= 12);
}

TEST_CASE("a network of odd sizes gives PyTorch's result, optimised or not") {
  const Graph graph = read_onnx(CUBIST_MODELS "/odd.onnx");
  const Array image = read_npy(CUBIST_MODELS "/odd_input.npy");
  const Array expected = read_npy(CUBIST_MODELS "/odd_expected.npy");
  CHECK(fixed_batch(graph) == 3);
  CHECK(graph.nodes.size() == 17);  // Dropout and Identity are gone
  const Tensors plain = run(graph, {{"image", image}});
  CHECK(difference(plain.at("probability"), expected) < 1e-12);

  const Graph small = optimize(bind(graph, 3));
  CHECK(small.nodes.size() == 13);  // three Relu and an Add of a bias have gone into others
  const Tensors optimised = evaluate(small, {{"image", tensor_of(image)}});
  CHECK(difference(optimised.at("probability"), expected) < 1e-6);  // scaled weights are rounded
}

// SPDX-License-Identifier: Apache-2.0
// The committed network: its accuracy, and what its bounds are worth.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "runtime/graph/array_io.h"
#include "runtime/graph/onnx_reader.h"
#include "runtime/graph/reference.h"

using namespace cubist::graph;

namespace {

constexpr std::int64_t kImages = 200;

Array data(const std::string& name) {
  return read_array("/usr/share/datasets/fashion-mnist/" + name);
}

Tensor first_images() {
  const Array images = data("t10k-images-idx3-ubyte.gz");
  REQUIRE(images.dims == Dims{10000, 28, 28});
  Tensor input{
      {kImages, 1, 28, 28}, slice_rows(images, 0, kImages).as_doubles(), ElementType::kFloat32};
  for (double& v : input.data) v /= 255;
  return input;
}

Graph network() {
  return optimize(bind(read_onnx(CUBIST_MODELS "/fashion.onnx"), kImages));
}

// A chip that rounds every result to its format, once, and holds float16 weights.
Tensor run_rounded(const Graph& graph, const Tensor& image, ElementType output) {
  Tensors values{{"image", rounded(image, ElementType::kFloat16)}};
  for (const Node& node : graph.nodes) {
    std::vector<Tensor> constants(node.inputs.size());
    NodeInputs in;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const Constant* constant = graph.constant(node.inputs[i]);
      if (constant != nullptr) {
        constants[i] =
            rounded(to_tensor(*constant), i == 2 ? ElementType::kFloat32 : ElementType::kFloat16);
      }
      in.push_back(constant != nullptr ? &constants[i] : &values.at(node.inputs[i]));
    }
    const bool last = node.output() == graph.outputs[0];
    const Tensor y = rounded(evaluate_node(node, in), last ? output : ElementType::kFloat16);
    CHECK(check_node(node, in, y).passed());
    values[node.output()] = y;
  }
  return values.at(graph.outputs[0]);
}

}  // namespace

TEST_CASE("the demo network classifies the images its README says it does") {
  const auto truth = slice_rows(data("t10k-labels-idx1-ubyte.gz"), 0, kImages).as_ints();
  CHECK(fixed_batch(read_onnx(CUBIST_MODELS "/fashion.onnx")) == kUnknownDim);
  const Tensors scores = evaluate(network(), {{"image", first_images()}});
  const auto found = argmax_rows(scores.at("probability"));
  std::size_t right = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    right += found[i] == static_cast<std::size_t>(truth[i]) ? 1 : 0;
  }
  CHECK(right == 186);
}

TEST_CASE("the propagated bound of the demo network holds, and is small enough to say something") {
  const Graph graph = network();
  const Tensor image = first_images();
  Storage storage;
  storage.values["probability"] = ElementType::kFloat32;
  const auto bounded = evaluate_with_bounds(graph, {{"image", image}}, storage, true);
  const std::vector<double>& scores = bounded.at("fc2").bound;
  CHECK(*std::max_element(scores.begin(), scores.end()) == Approx(0.58).margin(0.01));

  const Tensor chip = run_rounded(graph, image, ElementType::kFloat32);
  const Bounded& probability = bounded.at("probability");
  for (std::size_t i = 0; i < chip.data.size(); ++i) {
    REQUIRE(std::abs(chip.data[i] - probability.value.data[i]) <= probability.bound[i]);
  }
  const auto labels = argmax_rows(chip);
  int below = 0;
  for (std::int64_t row = 0; row < kImages; ++row) {
    const LabelCheck check = check_label(probability, row, labels[static_cast<std::size_t>(row)]);
    CHECK(check.explained);
    below += check.margin <= check.margin_bound ? 1 : 0;
  }
  CHECK(below == 3);
}

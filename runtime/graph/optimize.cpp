// SPDX-License-Identifier: Apache-2.0
// Simplifications that keep what a graph computes; see optimize() in graph.h for the list.
#include <algorithm>
#include <set>
#include <utility>

#include "runtime/graph/graph.h"
#include "runtime/graph/reference.h"

namespace cubist::graph {
namespace {

constexpr std::int64_t kMaxFolded = std::int64_t{1} << 24;  // elements of a result that is folded

class Optimizer {
 public:
  explicit Optimizer(const Graph& graph) : graph_(graph) {}

  Graph run() {
    if (graph_.bound) fold_constants();
    for (Node& node : graph_.nodes) {
      if (node.op == Op::kGemm) normalise_gemm(node);
    }
    fuse_biases();
    fuse_relus();
    drop_unused();
    return std::move(graph_);
  }

 private:
  // How many nodes and graph outputs read each value.
  std::map<std::string, int> readers() const {
    std::map<std::string, int> count;
    for (const Node& node : graph_.nodes) {
      for (const std::string& name : node.inputs) ++count[name];
    }
    for (const std::string& name : graph_.outputs) ++count[name];
    return count;
  }

  std::string new_name(std::string name) const {
    while (graph_.constants.count(name) != 0 || graph_.values.count(name) != 0) name += "_";
    return name;
  }

  std::string add_constant(const std::string& name, Constant constant) {
    std::string unique = new_name(name);
    if (graph_.bound) graph_.values[unique] = {constant.element, constant.dims};
    graph_.constants[unique] = std::move(constant);
    return unique;
  }

  void fold_constants() {
    std::vector<Node> kept;
    for (Node& node : graph_.nodes) {
      std::vector<Tensor> tensors;
      for (const std::string& name : node.inputs) {
        if (const Constant* c = graph_.constant(name)) tensors.push_back(to_tensor(*c));
      }
      const auto type = graph_.values.find(node.output());
      const bool small =
          type != graph_.values.end() && element_count(type->second.dims) <= kMaxFolded;
      if (tensors.size() != node.inputs.size() || !small) {
        kept.push_back(std::move(node));
        continue;
      }
      NodeInputs in;
      for (const Tensor& t : tensors) in.push_back(&t);
      const Tensor y = evaluate_node(node, in);
      Constant constant;
      constant.element = y.element;
      constant.dims = y.dims;
      constant.floats.assign(y.data.begin(), y.data.end());
      graph_.constants[node.output()] = std::move(constant);
    }
    graph_.nodes = std::move(kept);
  }

  static void scale(Constant& constant, float factor) {
    for (float& v : constant.floats) v *= factor;
  }

  void normalise_gemm(Node& node) {
    auto& at = std::get<GemmAttributes>(node.attributes);
    const Constant* b = graph_.constant(node.input(1));
    if (b != nullptr && b->dims.size() == 2 && (at.trans_b || at.alpha != 1.0F)) {
      Constant changed = *b;
      if (at.trans_b) {
        const std::int64_t rows = b->dims[0];
        const std::int64_t cols = b->dims[1];
        for (std::int64_t i = 0; i < rows; ++i) {
          for (std::int64_t j = 0; j < cols; ++j) {
            changed.floats[j * rows + i] = b->floats[i * cols + j];
          }
        }
        changed.dims = {cols, rows};
      }
      scale(changed, at.alpha);
      node.inputs[1] = add_constant(node.inputs[1] + ".kn", std::move(changed));
      at.trans_b = false;
      at.alpha = 1.0F;
    }
    const Constant* c = graph_.constant(node.input(2));
    if (node.input(2).empty()) {
      at.beta = 1.0F;
    } else if (c != nullptr && at.beta != 1.0F) {
      Constant changed = *c;
      scale(changed, at.beta);
      node.inputs[2] = add_constant(node.inputs[2] + ".scaled", std::move(changed));
      at.beta = 1.0F;
    }
  }

  // The bias that `addend` is for a node with constant weights and no bias, as a list; false if it
  // is none.
  bool bias_of(const Node& node, const Constant& addend, Constant& bias) const {
    const Constant* weights = graph_.constant(node.input(1));
    if (weights == nullptr || !node.input(2).empty() || weights->dims.size() < 2 ||
        addend.floats.empty() || addend.element != weights->element) {
      return false;
    }
    bias = addend;
    if (node.op ==
        Op::kMatMul) {  // added to each row; a longer shape could raise the result's rank
      bias.dims = {weights->dims.back()};
      return addend.dims == bias.dims;
    }
    if (node.op != Op::kConv || weights->dims.size() < 3) return false;
    bias.dims = {weights->dims[0]};
    Dims expected(weights->dims.size(), 1);  // 1xCx1x1 or Cx1x1
    expected[1] = weights->dims[0];
    return addend.dims == expected || addend.dims == Dims(expected.begin() + 1, expected.end());
  }

  // Node `first` takes over what `second` made, and `second` goes.
  void merge_into(Node& first, const Node& second, std::set<std::string>& gone) {
    graph_.values.erase(first.output());
    first.outputs = second.outputs;
    gone.insert(second.name);
  }

  void erase_nodes(const std::set<std::string>& gone) {
    graph_.nodes.erase(std::remove_if(graph_.nodes.begin(), graph_.nodes.end(),
                                      [&](const Node& n) { return gone.count(n.name) != 0; }),
                       graph_.nodes.end());
  }

  // The node that makes `value`, if nothing but one reader needs it.
  Node* sole_producer(const std::string& value, const std::map<std::string, int>& count) {
    const auto found = count.find(value);
    if (found == count.end() || found->second != 1) return nullptr;
    for (Node& node : graph_.nodes) {
      if (node.output() == value) return &node;
    }
    return nullptr;
  }

  void fuse_biases() {
    const auto count = readers();
    std::set<std::string> gone;
    for (const Node& add : graph_.nodes) {
      if (add.op != Op::kAdd || add.inputs.size() != 2) continue;
      for (int side = 0; side < 2; ++side) {
        const Constant* addend = graph_.constant(add.inputs[side]);
        Node* producer = sole_producer(add.inputs[1 - side], count);
        Constant bias;
        if (addend == nullptr || producer == nullptr || !bias_of(*producer, *addend, bias))
          continue;
        producer->inputs.resize(3);
        producer->inputs[2] = addend->dims == bias.dims
                                  ? add.inputs[side]
                                  : add_constant(add.inputs[side] + ".bias", std::move(bias));
        merge_into(*producer, add, gone);
        break;
      }
    }
    erase_nodes(gone);
  }

  void fuse_relus() {
    const auto count = readers();
    std::set<std::string> gone;
    for (const Node& relu : graph_.nodes) {
      if (relu.op != Op::kRelu) continue;
      Node* producer = sole_producer(relu.inputs[0], count);
      if (producer == nullptr || (producer->op != Op::kConv && producer->op != Op::kGemm &&
                                  producer->op != Op::kMatMul && producer->op != Op::kAdd)) {
        continue;
      }
      producer->fused_relu = true;
      merge_into(*producer, relu, gone);
    }
    erase_nodes(gone);
  }

  void drop_unused() {
    std::set<std::string> needed(graph_.outputs.begin(), graph_.outputs.end());
    std::set<std::string> gone;
    for (std::size_t i = graph_.nodes.size(); i-- > 0;) {
      const Node& node = graph_.nodes[i];
      if (needed.count(node.output()) == 0) {
        gone.insert(node.name);
        graph_.values.erase(node.output());
      } else {
        needed.insert(node.inputs.begin(), node.inputs.end());
      }
    }
    erase_nodes(gone);
    for (auto it = graph_.constants.begin(); it != graph_.constants.end();) {
      if (needed.count(it->first) != 0) {
        ++it;
      } else {
        graph_.values.erase(it->first);
        it = graph_.constants.erase(it);
      }
    }
  }

  Graph graph_;
};

}  // namespace

Graph optimize(const Graph& graph) {
  return Optimizer(graph).run();
}

}  // namespace cubist::graph

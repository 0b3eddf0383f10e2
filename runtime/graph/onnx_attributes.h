// SPDX-License-Identifier: Apache-2.0
// Inside the ONNX reader: typed access to a node's attributes that reports what is wrong or
// unknown.
#pragma once

#include <onnx/onnx_pb.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"

namespace cubist::graph::detail {

class AttributeReader {
 public:
  AttributeReader(const onnx::NodeProto& proto, const std::string& node,
                  std::vector<Problem>& problems)
      : proto_(proto), node_(node), problems_(problems) {}

  std::int64_t integer(const std::string& name, std::int64_t fallback) {
    const auto* a = find(name, onnx::AttributeProto::INT, "an integer");
    return a == nullptr ? fallback : a->i();
  }
  bool flag(const std::string& name, bool fallback) { return integer(name, fallback ? 1 : 0) != 0; }
  float number(const std::string& name, float fallback) {
    const auto* a = find(name, onnx::AttributeProto::FLOAT, "a number");
    if (a != nullptr && !std::isfinite(a->f())) problem("attribute '" + name + "' is not finite");
    return a == nullptr ? fallback : a->f();
  }
  std::string text(const std::string& name, const std::string& fallback) {
    const auto* a = find(name, onnx::AttributeProto::STRING, "a string");
    return a == nullptr ? fallback : a->s();
  }
  /// Empty if absent. Entries outside [low, high] are a problem, and then the result is empty.
  std::vector<std::int64_t> integers(const std::string& name, std::int64_t low, std::int64_t high) {
    const auto* a = find(name, onnx::AttributeProto::INTS, "a list of integers");
    if (a == nullptr) return {};
    for (const std::int64_t v : a->ints()) {
      if (v < low || v > high) {
        problem("attribute '" + name + "' holds " + std::to_string(v) + ", supported are " +
                std::to_string(low) + " to " + std::to_string(high));
        return {};
      }
    }
    return {a->ints().begin(), a->ints().end()};
  }
  bool has(const std::string& name) const {
    for (const auto& a : proto_.attribute()) {
      if (a.name() == name) return true;
    }
    return false;
  }
  void ignore(const std::string& name) { known_.insert(name); }
  /// Reports attributes that nobody asked for, and attributes that occur twice.
  void finish() {
    std::set<std::string> seen;
    for (const auto& a : proto_.attribute()) {
      if (!seen.insert(a.name()).second) problem("attribute '" + a.name() + "' occurs twice");
      if (known_.count(a.name()) == 0) problem("attribute '" + a.name() + "' is not supported");
    }
  }
  void problem(const std::string& reason) {
    problems_.push_back({node_, proto_.op_type(), reason});
    ok_ = false;
  }
  /// No problem was reported through this reader.
  bool ok() const { return ok_; }

 private:
  const onnx::AttributeProto* find(const std::string& name,
                                   onnx::AttributeProto::AttributeType type, const char* what) {
    known_.insert(name);
    for (const auto& a : proto_.attribute()) {
      if (a.name() != name) continue;
      if (a.type() == type) return &a;
      problem("attribute '" + name + "' must be " + what);
      return nullptr;
    }
    return nullptr;
  }

  const onnx::NodeProto& proto_;
  const std::string& node_;
  std::vector<Problem>& problems_;
  std::set<std::string> known_;
  bool ok_ = true;
};

}  // namespace cubist::graph::detail

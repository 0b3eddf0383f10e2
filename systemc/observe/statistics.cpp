// SPDX-License-Identifier: Apache-2.0
#include "systemc/observe/statistics.h"

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>

#include "systemc/observe/number_text.h"

namespace cubist::observe {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// core2 before core10: runs of digits compare by value.
struct NaturalOrder {
  bool operator()(std::string_view a, std::string_view b) const {
    size_t i = 0, j = 0;
    while (i < a.size() && j < b.size()) {
      if (is_digit(a[i]) && is_digit(b[j])) {
        const std::string_view left = run(a, i), right = run(b, j);
        if (left.size() != right.size()) return left.size() < right.size();
        if (left != right) return left < right;
      } else {
        if (a[i] != b[j]) return a[i] < b[j];
        ++i, ++j;
      }
    }
    if (a.size() - i != b.size() - j) return a.size() - i < b.size() - j;
    return a < b;  // Equal but for leading zeros.
  }
  static std::string_view run(std::string_view text, size_t& at) {
    while (at + 1 < text.size() && text[at] == '0' && is_digit(text[at + 1])) ++at;
    const size_t start = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return text.substr(start, at - start);
  }
};

struct Node {
  std::map<std::string, std::unique_ptr<Node>, NaturalOrder> children;
  const base::Statistic* statistic = nullptr;
};

Node tree_of(const std::vector<base::Statistic>& statistics, bool with_zeros) {
  Node root;
  for (const base::Statistic& statistic : statistics) {
    if (!with_zeros && *statistic.value == 0) continue;
    Node* node = &root;
    std::string_view rest = statistic.path;
    while (true) {
      const size_t dot = rest.find('.');
      std::unique_ptr<Node>& child = node->children[std::string(rest.substr(0, dot))];
      if (!child) child = std::make_unique<Node>();
      node = child.get();
      if (dot == rest.npos) break;
      rest.remove_prefix(dot + 1);
    }
    node->statistic = &statistic;
  }
  return root;
}

std::string grouped(uint64_t value) {
  return group_thousands(std::to_string(value));
}

// The column in which all values end: the longest of name, two blanks and value.
size_t value_end(const Node& node, size_t indent) {
  size_t end = 0;
  for (const auto& [name, child] : node.children) {
    const size_t value = child->statistic ? grouped(*child->statistic->value).size() : 0;
    end = std::max({end, indent + name.size() + 2 + value, value_end(*child, indent + 2)});
  }
  return end;
}

void print(const Node& node, size_t indent, size_t end, std::string& out) {
  for (const auto& [name, child] : node.children) {
    out.append(indent, ' ');
    out += name;
    if (child->statistic) {
      const std::string value = grouped(*child->statistic->value);
      out.append(end - indent - name.size() - value.size(), ' ');
      out += value;
      if (!child->statistic->unit.empty()) out += " " + child->statistic->unit;
    }
    out += '\n';
    print(*child, indent + 2, end, out);
  }
}

nlohmann::ordered_json json_of(const Node& node) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, child] : node.children) {
    nlohmann::ordered_json entry = json_of(*child);
    if (child->statistic) {
      entry["value"] = *child->statistic->value;
      entry["unit"] = child->statistic->unit;
    }
    json[name] = std::move(entry);
  }
  return json;
}

}  // namespace

std::string statistics_tree(const std::vector<base::Statistic>& statistics, bool with_zeros) {
  const Node root = tree_of(statistics, with_zeros);
  std::string out;
  print(root, 0, value_end(root, 0), out);
  return out;
}

std::string statistics_json(const std::vector<base::Statistic>& statistics) {
  return json_of(tree_of(statistics, true)).dump(2) + "\n";
}

}  // namespace cubist::observe

// SPDX-License-Identifier: Apache-2.0
#include "systemc/base/parameters.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "systemc/base/error.h"

namespace cubist::base {
namespace {

using Json = nlohmann::ordered_json;

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string plain_number(double value) {
  std::ostringstream out;
  out.precision(15);
  out << value;
  return out.str();
}

// "192K" bytes is a binary multiple, "1G" of anything else a decimal one.
bool parse_number(std::string_view text, std::string_view unit, double& value) {
  const std::string copy(text);
  const double kilo = unit == "bytes" ? 1024.0 : 1000.0;
  char* end = nullptr;
  value = std::strtod(copy.c_str(), &end);
  if (end == copy.c_str()) return false;
  const std::string suffix(end);
  if (suffix == "K")
    value *= kilo;
  else if (suffix == "M")
    value *= kilo * kilo;
  else if (suffix == "G")
    value *= kilo * kilo * kilo;
  else if (!suffix.empty())
    return false;
  return std::isfinite(value);
}

std::string range_text(const Parameter& p) {
  std::string text = "between " + plain_number(p.minimum) + " and " + plain_number(p.maximum);
  return p.unit.empty() ? text : text + " " + p.unit;
}

std::string quote(std::string_view text) {
  return "'" + std::string(text) + "'";
}

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, word.size() / 2);
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(word, candidate);
    if (distance <= best_distance && (best.empty() || distance < best_distance)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

void ParameterTable::declare_bool(std::string path, bool value, std::string meaning) {
  Parameter& parameter = parameters_[path];
  parameter = Parameter{std::move(path), "", value, 0, 1, {}, std::move(meaning)};
}

void ParameterTable::declare_int(std::string path, std::string unit, int64_t value, int64_t minimum,
                                 int64_t maximum, std::string meaning) {
  Parameter& parameter = parameters_[path];
  parameter = Parameter{std::move(path),
                        std::move(unit),
                        value,
                        static_cast<double>(minimum),
                        static_cast<double>(maximum),
                        {},
                        std::move(meaning)};
}

void ParameterTable::declare_real(std::string path, std::string unit, double value, double minimum,
                                  double maximum, std::string meaning) {
  Parameter& parameter = parameters_[path];
  parameter =
      Parameter{std::move(path), std::move(unit), value, minimum, maximum, {}, std::move(meaning)};
}

void ParameterTable::declare_choice(std::string path, std::string value,
                                    std::vector<std::string> choices, std::string meaning) {
  Parameter& parameter = parameters_[path];
  parameter = Parameter{std::move(path),   "", std::move(value), 0, 0, std::move(choices),
                        std::move(meaning)};
}

std::string ParameterTable::nearest(std::string_view path) const {
  std::vector<std::string> names;
  for (const auto& [name, parameter] : parameters_) names.push_back(name);
  return did_you_mean(path, names);
}

void ParameterTable::set(std::string_view path, std::string_view text, const std::string& origin) {
  const auto found = parameters_.find(path);
  if (found == parameters_.end()) {
    const std::string near = nearest(path);
    throw UserError("unknown parameter " + quote(path) +
                    (near.empty() ? std::string() : "; did you mean " + quote(near) + "?") +
                    " ('cubist params' lists them all)");
  }
  Parameter& p = found->second;
  const std::string where = "parameter " + quote(path) + ": " + quote(text);
  if (std::holds_alternative<bool>(p.value)) {
    if (text == "true" || text == "1" || text == "on")
      p.value = true;
    else if (text == "false" || text == "0" || text == "off")
      p.value = false;
    else
      throw UserError(where + " is not a truth value; expected true or false");
  } else if (std::holds_alternative<std::string>(p.value)) {
    if (!p.choices.empty() &&
        std::find(p.choices.begin(), p.choices.end(), text) == p.choices.end()) {
      std::string list;
      for (const std::string& choice : p.choices) list += (list.empty() ? "" : ", ") + choice;
      throw UserError(where + " is not a choice; expected one of " + list);
    }
    p.value = std::string(text);
  } else {
    double number = 0;
    if (!parse_number(text, p.unit, number)) {
      throw UserError(where + " is not a number; expected a value " + range_text(p));
    }
    if (number < p.minimum || number > p.maximum) {
      throw UserError(where + " is out of range; expected a value " + range_text(p));
    }
    if (std::holds_alternative<int64_t>(p.value)) {
      if (number != std::floor(number)) {
        throw UserError(where + " is not a whole number; expected a value " + range_text(p));
      }
      p.value = static_cast<int64_t>(number);
    } else {
      p.value = number;
    }
  }
  p.origin = origin;
}

void ParameterTable::set_assignment(std::string_view assignment) {
  const size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    throw UserError("--set " + quote(assignment) + " is not of the form path=value");
  }
  set(assignment.substr(0, equals), assignment.substr(equals + 1), "--set");
}

void ParameterTable::load_preset(const std::string& file, const std::string& name) {
  std::ifstream in(file);
  if (!in) throw UserError("cannot read chip preset " + quote(file));
  const Json json = Json::parse(in, nullptr, false, true);
  if (json.is_discarded() || !json.is_object()) {
    throw UserError("chip preset " + quote(file) + " is not a JSON object");
  }
  if (json.contains("based_on")) {
    if (!json["based_on"].is_string() || json["based_on"] == name) {
      throw UserError("chip preset " + quote(file) + ": 'based_on' must name another preset");
    }
    const std::string base = json["based_on"];
    load_preset(file.substr(0, file.find_last_of('/') + 1) + base + ".json", base);
  }
  const auto visit = [&](const auto& self, const Json& node, const std::string& prefix) -> void {
    for (const auto& [key, value] : node.items()) {
      if (prefix.empty() && (key == "description" || key == "based_on")) continue;
      const std::string path = prefix.empty() ? key : prefix + "." + key;
      if (value.is_object()) {
        self(self, value, path);
      } else {
        try {
          set(path, value.is_string() ? std::string(value) : value.dump(), name);
        } catch (const UserError& error) {
          throw UserError("chip preset " + quote(file) + ": " + error.what());
        }
      }
    }
  };
  visit(visit, json, "");
}

const Parameter& ParameterTable::find(std::string_view path) const {
  const auto found = parameters_.find(path);
  if (found == parameters_.end()) {
    throw InternalError("parameter " + quote(path) + " was never declared");
  }
  return found->second;
}

bool ParameterTable::get_bool(std::string_view path) const {
  return std::get<bool>(find(path).value);
}
int64_t ParameterTable::get_int(std::string_view path) const {
  return std::get<int64_t>(find(path).value);
}
double ParameterTable::get_real(std::string_view path) const {
  return std::get<double>(find(path).value);
}
const std::string& ParameterTable::get_string(std::string_view path) const {
  return std::get<std::string>(find(path).value);
}

std::string ParameterTable::to_text(const ParameterValue& value) {
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const int64_t* number = std::get_if<int64_t>(&value)) return std::to_string(*number);
  if (const double* number = std::get_if<double>(&value)) return plain_number(*number);
  return std::get<std::string>(value);
}

std::string ParameterTable::to_json() const {
  Json json = Json::object();
  for (const auto& [path, parameter] : parameters_) {
    std::visit([&, &path = path](const auto& value) { json[path] = value; }, parameter.value);
  }
  return json.dump(2);
}

}  // namespace cubist::base

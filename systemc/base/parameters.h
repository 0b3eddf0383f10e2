// SPDX-License-Identifier: Apache-2.0
// Configuration is data: every parameter has a path, a unit, a range, a default and a meaning.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cubist::base {

using ParameterValue = std::variant<bool, int64_t, double, std::string>;

/// Declaration of one parameter. For numbers `minimum` and `maximum` bound it (inclusive); for
/// strings `choices` lists what is allowed (empty: anything).
struct Parameter {
  std::string path;  ///< "core.l0a_bytes"
  std::string unit;  ///< "bytes", "Hz", "cycles", "" for none
  ParameterValue
      value;  ///< The default, then the effective value; its type is the parameter's type.
  double minimum = 0, maximum = 0;
  std::vector<std::string> choices;
  std::string meaning;             ///< One line; with the source of the figure.
  std::string origin = "default";  ///< "default", the preset's name, or "--set".
};

/// All parameters of one simulation. Rooms declare theirs in a function
/// `void declare_parameters(base::ParameterTable&)` in the room's namespace.
class ParameterTable {
 public:
  void declare_bool(std::string path, bool value, std::string meaning);
  /// A power of two is not required unless the room checks it.
  void declare_int(std::string path, std::string unit, int64_t value, int64_t minimum,
                   int64_t maximum, std::string meaning);
  void declare_real(std::string path, std::string unit, double value, double minimum,
                    double maximum, std::string meaning);
  void declare_choice(std::string path, std::string value, std::vector<std::string> choices,
                      std::string meaning);

  /// Sets from text: "64", "64K", "1.85e9", "true". Throws UserError for an unknown path (with the
  /// nearest known one), a wrong type or a value out of range.
  void set(std::string_view path, std::string_view text, const std::string& origin);
  /// "path=value".
  void set_assignment(std::string_view assignment);
  /// Reads a preset: a JSON object of objects, whose leaves are parameters; a "description" string
  /// at the top and a "based_on" preset name (resolved in the same folder) are allowed.
  void load_preset(const std::string& file, const std::string& name);

  bool get_bool(std::string_view path) const;
  int64_t get_int(std::string_view path) const;
  double get_real(std::string_view path) const;
  const std::string& get_string(std::string_view path) const;

  const std::map<std::string, Parameter, std::less<>>& all() const { return parameters_; }
  /// The effective configuration as a JSON text, sorted by path.
  std::string to_json() const;
  static std::string to_text(const ParameterValue& value);

 private:
  const Parameter& find(std::string_view path) const;
  std::string nearest(std::string_view path) const;
  std::map<std::string, Parameter, std::less<>> parameters_;
};

/// The candidate with the smallest edit distance to `word`, or "" when none is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace cubist::base

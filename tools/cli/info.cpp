// SPDX-License-Identifier: Apache-2.0
// cubist params, chips, decode-error.
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "runtime/cubist.h"
#include "systemc/base/error.h"
#include "systemc/base/parameters.h"
#include "systemc/chip/in_process.h"
#include "tools/cli/commands.h"
#include "tools/simulator/home.h"

namespace cubist::tool {
namespace {

std::string range_of(const base::Parameter& parameter) {
  std::ostringstream text;
  if (std::holds_alternative<std::string>(parameter.value)) {
    for (size_t i = 0; i < parameter.choices.size(); ++i) {
      text << (i == 0 ? "" : "|") << parameter.choices[i];
    }
  } else if (!std::holds_alternative<bool>(parameter.value)) {
    text << std::setprecision(12) << parameter.minimum << ".." << parameter.maximum;
  } else {
    text << "true|false";
  }
  return text.str();
}

}  // namespace

int show_parameters(const ChipArguments& arguments, const std::string& filter, bool json) {
  const base::ParameterTable table =
      chip::load_parameters(configs_folder(find_home()), arguments.chip, arguments.settings);
  if (json) {
    std::cout << table.to_json() << "\n";
    return 0;
  }
  size_t shown = 0;
  std::vector<std::string> paths;
  for (const auto& [path, parameter] : table.all()) {
    paths.push_back(path);
    if (path.find(filter) == std::string::npos) continue;
    ++shown;
    std::cout << path << " = " << base::ParameterTable::to_text(parameter.value)
              << (parameter.unit.empty() ? "" : " " + parameter.unit) << "  [" << parameter.origin
              << "; " << range_of(parameter) << "]\n    " << parameter.meaning << "\n";
  }
  if (shown == 0) {
    const std::string near = base::did_you_mean(filter, paths);
    throw base::UserError("no parameter's path contains '" + filter + "'" +
                          (near.empty() ? "" : "; did you mean '" + near + "'?"));
  }
  return 0;
}

int show_chips() {
  for (const chip::PresetInfo& preset : chip::list_presets(configs_folder(find_home()))) {
    std::cout << std::left << std::setw(18) << preset.name << preset.description << "\n";
  }
  return 0;
}

namespace {

/// "bit:194", or the name of an error bit.
std::optional<ErrorBit> bit_of(const std::string& text) {
  if (text.rfind("bit:", 0) != 0) return error_bit(text);
  char* end = nullptr;
  const unsigned long number = std::strtoul(text.c_str() + 4, &end, 0);
  const bool is_number = text.size() > 4 && *end == '\0' && text[4] != '-';
  const auto bit = is_number && number < 384 ? error_bit(static_cast<unsigned>(number))
                                             : std::optional<ErrorBit>();
  if (!bit) {
    throw base::UserError("there is no error bit '" + text.substr(4) +
                          "'; docs/reference/errors.md lists them");
  }
  return bit;
}

}  // namespace

int decode_error(const std::string& code) {
  if (const auto bit = bit_of(code)) {
    std::cout << "bit " << bit->bit << " " << bit->name << " (group " << bit->group
              << "): " << bit->text << "\n";
    return 0;
  }
  std::vector<std::string> names;
  for (const unsigned known : error_codes()) names.emplace_back(error_text(known).name);
  char* end = nullptr;
  const unsigned long number = std::strtoul(code.c_str(), &end, 0);
  const bool is_number = !code.empty() && *end == '\0' && code[0] != '-';
  constexpr unsigned long kNone = ~0UL;
  const std::optional<unsigned> named = is_number ? std::nullopt : error_code(code);
  unsigned long found = named ? *named : kNone;
  for (const unsigned known : error_codes()) {
    if (is_number && known == number) found = known;
  }
  if (found == kNone) {
    const std::string near = is_number ? std::string() : base::did_you_mean(code, names);
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    throw base::UserError("there is no error code '" + code + "'" +
                          (near.empty() ? "; known are " + list : "; did you mean " + near + "?"));
  }
  const ErrorText text = error_text(static_cast<unsigned>(found));
  std::cout << found << " " << text.name << ": " << text.text << "\n";
  if (*text.hint) std::cout << "  what to do: " << text.hint << "\n";
  return 0;
}

}  // namespace cubist::tool

// SPDX-License-Identifier: Apache-2.0
#include "testbench/cube/wave_scope.h"

#include <charconv>

namespace cubist::testbench {
namespace {

/// Arrays of the RTL with a row in one dimension, and which one. A name without a pair of brackets
/// for each dimension is no element and stays.
struct RowArray {
  std::string_view name;
  unsigned dimension;
};
constexpr RowArray kRowArrays[] = {
    {"l0a_rdata_i", 1}, {"l0c_rdata_i", 0}, {"l0c_wdata_o", 0}, {"a_q", 1},     {"c_q", 0},
    {"a_i", 1},         {"c_i", 0},         {"c_o", 0},         {"float_c", 0}, {"fp32_c", 0},
    {"int8_c", 0},      {"result_q", 1},    {"a_wide", 1},      {"a_exp", 1},   {"a_sig", 1},
    {"a_neg", 1},       {"a_val", 1},       {"a", 1},           {"c", 0},       {"sums", 0}};

bool number(std::string_view text, unsigned& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

bool parse_wave_scope(const std::string& text, WaveScope& scope) {
  scope = {};
  if (text == "all") return true;
  if (text == "ports") {
    scope.detail = core::CubeWaveDetail::ports;
    return true;
  }
  if (text.rfind("rows:", 0) != 0) return false;
  const std::string range = text.substr(5);
  const size_t dash = range.find('-');
  scope.rows = true;
  if (!number(std::string_view(range).substr(0, dash), scope.first)) return false;
  scope.last = scope.first;
  if (dash != std::string::npos && !number(std::string_view(range).substr(dash + 1), scope.last))
    return false;
  return scope.first <= scope.last;
}

base::WaveHandle RowFilterSink::declare(std::string_view scope, std::string_view name,
                                        unsigned bits, base::WaveKind kind) {
  handles_.push_back(shown(name) ? to_.declare(scope, name, bits, kind) : kHidden);
  return static_cast<base::WaveHandle>(handles_.size() - 1);
}

void RowFilterSink::change(base::WaveHandle handle, base::Time time, std::string_view value) {
  if (handle >= handles_.size() || handles_[handle] == kHidden) return;
  to_.change(handles_[handle], time, value);
}

bool RowFilterSink::shown(std::string_view name) const {
  const size_t bracket = name.find('[');
  if (bracket == std::string_view::npos) return true;
  for (const RowArray& array : kRowArrays) {
    if (name.substr(0, bracket) != array.name) continue;
    size_t at = bracket;
    for (unsigned d = 0; d < array.dimension && at != std::string_view::npos; ++d)
      at = name.find('[', at + 1);
    if (at == std::string_view::npos) return true;
    unsigned row = 0;
    const size_t end = name.find(']', at);
    if (!number(name.substr(at + 1, end - at - 1), row)) return true;
    return row >= scope_.first && row <= scope_.last;
  }
  return true;
}

}  // namespace cubist::testbench

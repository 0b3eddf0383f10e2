// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/cube/vcd_to_wave.h"

#include <charconv>
#include <sstream>

namespace cubist::core {

void VcdToWave::feed(const char* text, size_t length) {
  std::string_view piece(text, length);
  while (!piece.empty()) {
    const size_t end = piece.find('\n');
    if (end == std::string_view::npos) {
      rest_.append(piece);
      return;
    }
    if (rest_.empty()) {
      line(piece.substr(0, end));
    } else {
      rest_.append(piece.substr(0, end));
      line(rest_);
      rest_.clear();
    }
    piece.remove_prefix(end + 1);
  }
}

void VcdToWave::line(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  if (text.empty()) return;
  switch (text.front()) {
    case '$':
      declaration(text);
      return;
    case '#': {
      uint64_t stamp = 0;
      std::from_chars(text.data() + 1, text.data() + text.size(), stamp);
      now_ = stamp / 2 * period_ + stamp % 2 * (period_ / 2);
      return;
    }
    case 'b': {
      const size_t space = text.find(' ');
      if (space != std::string_view::npos)
        change(text.substr(space + 1), text.substr(1, space - 1));
      return;
    }
    default:
      change(text.substr(1), text.substr(0, 1));
  }
}

void VcdToWave::declaration(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string keyword;
  words >> keyword;
  if (keyword == "$scope") {
    std::string kind, name;
    words >> kind >> name;
    scope_.push_back(scope_.back() + "." + name);
  } else if (keyword == "$upscope") {
    if (scope_.size() > 1) scope_.pop_back();
  } else if (keyword == "$var") {
    std::string kind, code, name;
    unsigned bits = 0;
    words >> kind >> bits >> code >> name;
    declare(code, name, bits);
  }
}

void VcdToWave::declare(const std::string& code, const std::string& name, unsigned bits) {
  const std::string_view stem = std::string_view(name).substr(0, name.find('['));
  for (const FlatArray& array : arrays_) {
    if (array.name != stem || bits % array.bits != 0 || bits == array.bits) continue;
    Signal s{array.bits, {}, {}};
    for (unsigned e = 0; e < bits / array.bits; ++e) {
      std::string element = name;
      if (array.columns) element += "[" + std::to_string(e / array.columns) + "]";
      element += "[" + std::to_string(array.columns ? e % array.columns : e) + "]";
      s.handles.push_back(sink_.declare(scope_.back(), element, array.bits, base::WaveKind::bits));
    }
    signals_[code].push_back(std::move(s));
    return;
  }
  const base::WaveHandle handle = sink_.declare(scope_.back(), name, bits, base::WaveKind::bits);
  signals_[code].push_back({bits, {handle}, {}});
}

void VcdToWave::change(std::string_view code, std::string_view value) {
  code_.assign(code);
  const auto found = signals_.find(code_);
  if (found == signals_.end()) return;
  for (Signal& s : found->second) {
    const size_t bits = s.bits * s.handles.size();
    if (value.size() != bits) {  // Leading zeros may have been left out.
      padded_.assign(bits > value.size() ? bits - value.size() : 0, '0');
      padded_.append(value.substr(value.size() > bits ? value.size() - bits : 0));
    }
    change(s, value.size() == bits ? value : std::string_view(padded_));
  }
}

void VcdToWave::change(Signal& s, std::string_view value) {
  if (s.handles.size() == 1) {
    sink_.change(s.handles[0], now_, value);
    return;
  }
  for (size_t e = 0; e < s.handles.size(); ++e) {
    const size_t at = value.size() - (e + 1) * s.bits;
    const std::string_view element = value.substr(at, s.bits);
    if (s.last.empty() || element != std::string_view(s.last).substr(at, s.bits))
      sink_.change(s.handles[e], now_, element);
  }
  s.last.assign(value);
}

}  // namespace cubist::core

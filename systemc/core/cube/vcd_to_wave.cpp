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
    const base::WaveHandle handle = sink_.declare(scope_.back(), name, bits, base::WaveKind::bits);
    signals_[code].push_back({handle, bits});
  }
}

void VcdToWave::change(std::string_view code, std::string_view value) {
  code_.assign(code);
  const auto found = signals_.find(code_);
  if (found == signals_.end()) return;
  for (const Signal& s : found->second) {
    if (value.size() == s.bits) {
      sink_.change(s.handle, now_, value);
    } else {  // Leading zeros may have been left out.
      padded_.assign(s.bits > value.size() ? s.bits - value.size() : 0, '0');
      padded_.append(value.substr(value.size() > s.bits ? value.size() - s.bits : 0));
      sink_.change(s.handle, now_, padded_);
    }
  }
}

}  // namespace cubist::core

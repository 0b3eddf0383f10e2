// SPDX-License-Identifier: Apache-2.0
#include "tests/observe/vcd.h"

#include <sstream>
#include <stdexcept>

#include "tests/observe/support.h"

namespace cubist::test {
namespace {

// fst2vcd writes blanks and unprintable characters of texts as octal.
std::string unescape(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

}  // namespace

std::vector<std::pair<uint64_t, std::string>> Vcd::transitions(const std::string& path,
                                                               const std::string& initial) const {
  std::vector<std::pair<uint64_t, std::string>> result;
  std::string value = initial;
  const auto& changes = signals.at(path).changes;
  for (size_t i = 0; i < changes.size(); ++i) {
    // Of several values at one time a viewer shows the last.
    if (i + 1 < changes.size() && changes[i + 1].first == changes[i].first) continue;
    if (changes[i].second == value) continue;
    value = changes[i].second;
    result.emplace_back(changes[i]);
  }
  return result;
}

Vcd read_fst(const std::string& fst_path) {
  std::istringstream in(output_of(CUBIST_FST2VCD " " + fst_path));
  Vcd vcd;
  std::map<std::string, std::vector<std::string>> paths_of_id;
  std::vector<std::string> scopes;
  std::string line;
  bool header = true;
  uint64_t time = 0;
  while (std::getline(in, line)) {
    if (line.empty()) continue;
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (header) {
      if (word == "$timescale") {
        std::getline(words, vcd.timescale);
        if (vcd.timescale.empty()) std::getline(in, vcd.timescale);
      } else if (word == "$scope") {
        std::string kind, name;
        words >> kind >> name;
        scopes.push_back(name);
      } else if (word == "$upscope") {
        scopes.pop_back();
      } else if (word == "$var") {
        VcdSignal signal;
        std::string id, name, range, path;
        words >> signal.type >> signal.bits >> id >> name >> range;
        for (const std::string& scope : scopes) path += scope + ".";
        path += name + (range == "$end" ? "" : range);
        if (!vcd.signals.emplace(path, signal).second) throw std::runtime_error("twice: " + path);
        paths_of_id[id].push_back(path);
        vcd.order.push_back(path);
      } else if (word == "$enddefinitions") {
        header = false;
      }
      continue;
    }
    if (word[0] == '#') {
      vcd.end = time = std::stoull(word.substr(1));
    } else if (word[0] != '$') {
      const size_t blank = line.rfind(' ');
      const bool scalar = word[0] != 'b' && word[0] != 's';
      const std::string id = scalar ? line.substr(1) : line.substr(blank + 1);
      const std::string value = scalar ? line.substr(0, 1) : unescape(line.substr(1, blank - 1));
      for (const std::string& path : paths_of_id.at(id)) {
        vcd.signals.at(path).changes.emplace_back(time, value);
      }
    }
  }
  return vcd;
}

}  // namespace cubist::test

// SPDX-License-Identifier: Apache-2.0
#include "tests/observe/proto_text.h"

#include <sstream>
#include <stdexcept>

namespace cubist::test {
namespace {

// protoc escapes quotes, backslashes, and everything that is not printable ASCII as octal.
std::string unescape(const std::string& quoted) {
  std::string text;
  for (size_t i = 1; i + 1 < quoted.size(); ++i) {
    if (quoted[i] != '\\') {
      text += quoted[i];
      continue;
    }
    const char c = quoted[++i];
    if (c >= '0' && c <= '7') {
      text += static_cast<char>(std::stoi(quoted.substr(i, 3), nullptr, 8));
      i += 2;
    } else {
      text += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
    }
  }
  return text;
}

void parse_body(std::istringstream& in, ProtoMessage& message, bool nested) {
  std::string line;
  while (std::getline(in, line)) {
    const size_t start = line.find_first_not_of(' ');
    if (start == line.npos) continue;
    line.erase(0, start);
    if (line == "}") {
      if (!nested) throw std::runtime_error("unexpected }");
      return;
    }
    if (line.size() > 2 && line.substr(line.size() - 2) == " {") {
      auto& list = message.messages[line.substr(0, line.size() - 2)];
      list.emplace_back();
      parse_body(in, list.back(), true);
      continue;
    }
    const size_t colon = line.find(": ");
    if (colon == line.npos) throw std::runtime_error("not a field: " + line);
    const std::string value = line.substr(colon + 2);
    message.values[line.substr(0, colon)].push_back(value[0] == '"' ? unescape(value) : value);
  }
  if (nested) throw std::runtime_error("missing }");
}

}  // namespace

std::string ProtoMessage::value(const std::string& field) const {
  const auto found = values.find(field);
  if (found == values.end()) return "";
  if (found->second.size() != 1) throw std::runtime_error(field + " occurs more than once");
  return found->second[0];
}

uint64_t ProtoMessage::number(const std::string& field) const {
  return std::stoull(value(field));
}

const ProtoMessage* ProtoMessage::message(const std::string& field) const {
  const auto found = messages.find(field);
  if (found == messages.end()) return nullptr;
  if (found->second.size() != 1) throw std::runtime_error(field + " occurs more than once");
  return &found->second[0];
}

ProtoMessage parse_proto_text(const std::string& text) {
  std::istringstream in(text);
  ProtoMessage message;
  parse_body(in, message, false);
  return message;
}

}  // namespace cubist::test

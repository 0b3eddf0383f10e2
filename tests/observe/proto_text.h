// SPDX-License-Identifier: Apache-2.0
// Reads the text that `protoc --decode` prints, so that traces are judged by a decoder of others.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace cubist::test {

/// One message: its fields by name, each with the values in order.
struct ProtoMessage {
  std::map<std::string, std::vector<std::string>> values;
  std::map<std::string, std::vector<ProtoMessage>> messages;

  /// The only value of a field, or "" if it has none.
  std::string value(const std::string& field) const;
  uint64_t number(const std::string& field) const;
  /// The only message of a field, or nullptr.
  const ProtoMessage* message(const std::string& field) const;
};

/// Throws std::runtime_error if the text does not have the expected form.
ProtoMessage parse_proto_text(const std::string& text);

}  // namespace cubist::test

// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/file_bytes.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "runtime/graph/graph.h"

namespace cubist::graph {

namespace {

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw Error(ErrorKind::kFile, path + ": " + why);
}

std::uintmax_t size_of(const std::string& path) {
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (!std::filesystem::exists(status)) fail(path, "no such file");
  if (!std::filesystem::is_regular_file(status)) fail(path, "not a regular file");
  const std::uintmax_t size = std::filesystem::file_size(path, code);
  if (code) fail(path, "cannot be read: " + code.message());
  return size;
}

std::string read(const std::string& path, std::uintmax_t size) {
  std::ifstream stream(path, std::ios::binary);
  std::string bytes(size, '\0');
  if (!stream || !stream.read(bytes.data(), static_cast<std::streamsize>(size))) {
    fail(path, "cannot be read (missing permission?)");
  }
  return bytes;
}

}  // namespace

std::string read_file_bytes(const std::string& path, std::int64_t limit) {
  const std::uintmax_t size = size_of(path);
  if (size > static_cast<std::uintmax_t>(limit)) {
    fail(path,
         "has " + std::to_string(size) + " bytes, at most " + std::to_string(limit) + " are read");
  }
  return read(path, size);
}

std::string read_file_start(const std::string& path, std::int64_t count) {
  return read(path, std::min(size_of(path), static_cast<std::uintmax_t>(count)));
}

}  // namespace cubist::graph

// SPDX-License-Identifier: Apache-2.0
// A file that is written once from front to back, compressed if its name ends in .gz.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cubist::observe {

bool ends_with(std::string_view text, std::string_view end);

/// Collects bytes in a buffer of a fixed size. A failed write is remembered and thrown by close(),
/// because the simulation must not stop in the middle of an event.
class OutputFile {
 public:
  /// Throws base::UserError if the file cannot be created; `purpose` names it in messages
  /// ("trace").
  OutputFile(const std::string& path, std::string purpose);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// Room for `size` (at most kRoom) bytes; the caller writes there and calls commit().
  char* reserve(size_t size) {
    if (used_ + size > buffer_.size()) drain();
    return buffer_.data() + used_;
  }
  void commit(size_t size) { used_ += size; }
  void write(std::string_view bytes);

  /// Throws base::UserError if not everything could be written.
  void close();
  uint64_t bytes() const { return drained_ + used_; }

  static constexpr size_t kRoom = 1 << 16;

 private:
  void drain();

  std::string path_, purpose_;
  std::vector<char> buffer_;
  size_t used_ = 0;
  uint64_t drained_ = 0;
  void* file_ = nullptr;  // FILE or gzFile
  bool compressed_ = false;
  std::string failure_;
};

/// Writes a whole text file; throws base::UserError if that fails.
void write_text_file(const std::string& path, const std::string& purpose, std::string_view text);

}  // namespace cubist::observe

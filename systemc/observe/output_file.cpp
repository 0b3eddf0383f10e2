// SPDX-License-Identifier: Apache-2.0
#include "systemc/observe/output_file.h"

#include <zlib.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "systemc/base/error.h"

namespace cubist::observe {
namespace {

constexpr size_t kBufferSize = 1 << 20;

std::string cannot(const std::string& purpose, const std::string& path, const std::string& why) {
  return "cannot write the " + purpose + " '" + path + "': " + why;
}

}  // namespace

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

OutputFile::OutputFile(const std::string& path, std::string purpose)
    : path_(path),
      purpose_(std::move(purpose)),
      buffer_(kBufferSize),
      compressed_(ends_with(path, ".gz")) {
  errno = 0;
  // Level 1: the simulation waits for the compressor.
  file_ = compressed_ ? static_cast<void*>(gzopen(path.c_str(), "wb1"))
                      : static_cast<void*>(std::fopen(path.c_str(), "wb"));
  if (!file_) {
    throw base::UserError(cannot(purpose_, path_, std::strerror(errno)) +
                          "; check that the folder exists and may be written");
  }
  if (!compressed_) std::setvbuf(static_cast<FILE*>(file_), nullptr, _IONBF, 0);
}

OutputFile::~OutputFile() {
  try {
    close();
  } catch (const base::UserError&) {
    // A destructor has nobody to tell; whoever wants to know calls close().
  }
}

void OutputFile::drain() {
  if (used_ == 0) return;
  if (file_ && failure_.empty()) {
    errno = 0;
    const bool complete =
        compressed_ ? gzwrite(static_cast<gzFile>(file_), buffer_.data(),
                              static_cast<unsigned>(used_)) == static_cast<int>(used_)
                    : std::fwrite(buffer_.data(), 1, used_, static_cast<FILE*>(file_)) == used_;
    if (!complete) failure_ = errno ? std::strerror(errno) : "the compressor failed";
  }
  drained_ += used_;
  used_ = 0;
}

void OutputFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t part = bytes.size() < kRoom ? bytes.size() : kRoom;
    std::memcpy(reserve(part), bytes.data(), part);
    commit(part);
    bytes.remove_prefix(part);
  }
}

void OutputFile::close() {
  if (!file_) return;
  drain();
  errno = 0;
  const bool closed = compressed_ ? gzclose(static_cast<gzFile>(file_)) == Z_OK
                                  : std::fclose(static_cast<FILE*>(file_)) == 0;
  file_ = nullptr;
  if (!closed && failure_.empty()) failure_ = errno ? std::strerror(errno) : "closing failed";
  if (!failure_.empty()) {
    throw base::UserError(cannot(purpose_, path_, failure_) + "; the file is incomplete");
  }
}

void write_text_file(const std::string& path, const std::string& purpose, std::string_view text) {
  OutputFile file(path, purpose);
  file.write(text);
  file.close();
}

}  // namespace cubist::observe

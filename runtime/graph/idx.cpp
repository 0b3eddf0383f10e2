// SPDX-License-Identifier: Apache-2.0
// The IDX format of the MNIST family: 00 00 type rank, big-endian 32-bit dimensions, elements.
#include <zlib.h>

#include <algorithm>
#include <memory>

#include "runtime/graph/array_io.h"
#include "runtime/graph/file_bytes.h"

namespace cubist::graph {
namespace {

constexpr std::size_t kMaxRank = 4;
constexpr std::uint8_t kUnsignedByte = 0x08;

[[noreturn]] void format_error(const std::string& line) {
  throw Error(ErrorKind::kFormat, line);
}

std::string decompressed(std::string_view bytes, const std::string& where) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) {  // 15: largest window; 16: gzip framing
    throw Error(ErrorKind::kFile, where + ": not enough memory to decompress");
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> owner(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::string chunk(std::size_t{1} << 18, '\0');
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    const int result = inflate(&stream, Z_NO_FLUSH);
    out.append(chunk, 0, chunk.size() - stream.avail_out);
    if (result == Z_STREAM_END) return out;
    if (result != Z_OK) {
      format_error(where + ": the gzip data are " +
                   (result == Z_BUF_ERROR ? "cut short" : "damaged"));
    }
    if (static_cast<std::int64_t>(out.size()) > kMaxArrayBytes) {
      throw Error(ErrorKind::kFile, where + ": more than " + std::to_string(kMaxArrayBytes) +
                                        " bytes after decompression");
    }
  }
}

}  // namespace

Array parse_idx(std::string_view bytes, const std::string& where) {
  std::string storage;
  if (bytes.substr(0, 2) == std::string_view("\x1F\x8B", 2)) {
    if (static_cast<std::int64_t>(bytes.size()) > kMaxArrayBytes)
      format_error(where + ": too large");
    storage = decompressed(bytes, where);
    bytes = storage;
  }
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  if (bytes.size() < 4 || byte(0) != 0 || byte(1) != 0) format_error(where + ": not an IDX file");
  if (byte(2) != kUnsignedByte) {
    format_error(where + ": IDX element type " + std::to_string(byte(2)) +
                 " is not supported, only 8 (unsigned bytes) is");
  }
  const std::size_t rank = byte(3);
  if (rank < 1 || rank > kMaxRank) {
    format_error(where + ": IDX with " + std::to_string(rank) +
                 " dimensions, 1 to 4 are supported");
  }
  const std::size_t start = 4 + 4 * rank;
  if (bytes.size() < start) format_error(where + ": cut short in the IDX header");
  Array array;
  array.element = ElementType::kUint8;
  std::int64_t count = 1;
  for (std::size_t i = 0; i < rank; ++i) {
    std::int64_t d = 0;
    for (std::size_t j = 0; j < 4; ++j) d = d << 8 | byte(4 + 4 * i + j);
    array.dims.push_back(d);
    if (d > 0 && count > kMaxArrayBytes / d) {
      format_error(where + ": an IDX array of shape " + to_string(array.dims) + " is too large");
    }
    count *= d;
  }
  if (static_cast<std::int64_t>(bytes.size() - start) != count) {
    format_error(where + ": an IDX array of shape " + to_string(array.dims) + " has " +
                 std::to_string(count) + " bytes of data, the file has " +
                 std::to_string(bytes.size() - start));
  }
  array.bytes.assign(bytes.begin() + static_cast<std::ptrdiff_t>(start), bytes.end());
  return array;
}

Array read_idx(const std::string& path) {
  return parse_idx(read_file_bytes(path, kMaxArrayBytes), path);
}

}  // namespace cubist::graph

// SPDX-License-Identifier: Apache-2.0
// NumPy's .npy format: a magic string, a version, a header that is a Python dictionary, raw
// elements.
#include <algorithm>
#include <cctype>
#include <cstring>
#include <fstream>

#include "runtime/graph/array_io.h"
#include "runtime/graph/file_bytes.h"

namespace cubist::graph {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxHeader = 1 << 16;

struct Header {
  ElementType element = ElementType::kFloat32;
  bool swap_bytes = false;
  bool fortran_order = false;
  Dims dims;
};

// The subset of Python that the header is written in: one dictionary of strings, booleans and a
// tuple.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  Header parse() {
    Header header;
    bool have[3] = {};
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !have[0]) {
        have[0] = true;
        element(header);
      } else if (key == "fortran_order" && !have[1]) {
        have[1] = true;
        header.fortran_order = boolean();
      } else if (key == "shape" && !have[2]) {
        have[2] = true;
        header.dims = tuple();
      } else {
        fail("unexpected key '" + key + "'");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (!have[0] || !have[1] || !have[2]) fail("needs descr, fortran_order and shape");
    return header;
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorKind::kFormat, where_ + ": bad .npy header: " + why);
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool accept(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(std::string("expected '") + c + "' at position " + std::to_string(at_));
  }
  std::string quoted() {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') {
      fail("expected a string at position " + std::to_string(at_) +
           " (arrays of records are not supported)");
    }
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail("a string does not end");
    std::string out(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return out;
  }
  bool boolean() {
    skip_space();
    for (const auto& [word, value] : {std::pair{"True", true}, std::pair{"False", false}}) {
      if (text_.substr(at_, std::strlen(word)) == word) {
        at_ += std::strlen(word);
        return value;
      }
    }
    fail("expected True or False at position " + std::to_string(at_));
  }
  Dims tuple() {
    Dims dims;
    expect('(');
    while (!accept(')')) {
      skip_space();
      std::int64_t value = 0;
      const std::size_t start = at_;
      for (; at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0;
           ++at_) {
        value = value * 10 + (text_[at_] - '0');
        if (value > kMaxElements)
          fail("a dimension is larger than " + std::to_string(kMaxElements));
      }
      if (at_ == start) fail("expected a number at position " + std::to_string(at_));
      dims.push_back(value);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return dims;
  }
  void element(Header& header) {
    const std::string descr = quoted();
    static constexpr struct {
      std::string_view code;
      ElementType element;
    } kCodes[] = {{"f2", ElementType::kFloat16}, {"f4", ElementType::kFloat32},
                  {"f8", ElementType::kFloat64}, {"i1", ElementType::kInt8},
                  {"u1", ElementType::kUint8},   {"i4", ElementType::kInt32},
                  {"i8", ElementType::kInt64},   {"b1", ElementType::kBool}};
    const bool has_order = !descr.empty() && std::strchr("<>|=", descr[0]) != nullptr;
    const std::string_view code = std::string_view(descr).substr(has_order ? 1 : 0);
    for (const auto& known : kCodes) {
      if (code != known.code) continue;
      header.element = known.element;
      header.swap_bytes = descr[0] == '>';
      return;
    }
    fail("element type '" + descr +
         "' is not supported, supported are f2, f4, f8, i1, u1, i4, i8 and b1");
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0;
};

void swap_elements(std::vector<std::uint8_t>& bytes, std::size_t size) {
  for (std::size_t i = 0; i + size <= bytes.size(); i += size) {
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + size));
  }
}

// First index fastest -> last index fastest.
std::vector<std::uint8_t> to_c_order(const std::vector<std::uint8_t>& in, const Dims& dims,
                                     std::size_t size) {
  std::vector<std::uint8_t> out(in.size());
  Dims strides(dims.size());
  std::int64_t stride = 1;
  for (std::size_t d = 0; d < dims.size(); ++d) {
    strides[d] = stride;
    stride *= dims[d];
  }
  Dims position(dims.size(), 0);
  for (std::size_t at = 0; at < out.size(); at += size) {
    std::size_t from = 0;
    for (std::size_t d = 0; d < dims.size(); ++d) from += position[d] * strides[d];
    std::memcpy(out.data() + at, in.data() + from * size, size);
    for (std::size_t d = dims.size(); d-- > 0;) {
      if (++position[d] < dims[d]) break;
      position[d] = 0;
    }
  }
  return out;
}

}  // namespace

Array parse_npy(std::string_view bytes, const std::string& where) {
  const auto fail = [&](const std::string& why) {
    throw Error(ErrorKind::kFormat, where + ": " + why);
  };
  if (bytes.substr(0, kMagic.size()) != kMagic) fail("not a NumPy array file (.npy)");
  if (bytes.size() < 12) fail("cut short in the .npy header");
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  const int version = byte(6);
  if (version < 1 || version > 3) {
    fail(".npy version " + std::to_string(version) + " is not known, 1 to 3 are");
  }
  std::size_t length = byte(8) | static_cast<std::size_t>(byte(9)) << 8;
  std::size_t start = 10;
  if (version > 1) {
    length |= static_cast<std::size_t>(byte(10)) << 16 | static_cast<std::size_t>(byte(11)) << 24;
    start = 12;
  }
  if (length > kMaxHeader || length > bytes.size() - start) {
    fail("cut short in the .npy header, or its length is wrong");
  }
  const Header header = HeaderParser(bytes.substr(start, length), where).parse();

  const std::size_t size = element_size(header.element);
  std::int64_t count = 1;
  for (const std::int64_t d : header.dims) {
    if (d > 0 && count > kMaxArrayBytes / d)
      fail("shape " + to_string(header.dims) + " is too large");
    count *= d;
  }
  const std::string_view data = bytes.substr(start + length);
  if (data.size() != static_cast<std::size_t>(count) * size) {
    fail("an array of shape " + to_string(header.dims) + " and type " +
         element_name(header.element) + " has " +
         std::to_string(static_cast<std::size_t>(count) * size) + " bytes, the file has " +
         std::to_string(data.size()));
  }
  Array array{header.element, header.dims, std::vector<std::uint8_t>(data.begin(), data.end())};
  if (header.swap_bytes) swap_elements(array.bytes, size);
  if (header.fortran_order && header.dims.size() > 1) {
    array.bytes = to_c_order(array.bytes, header.dims, size);
  }
  return array;
}

Array read_npy(const std::string& path) {
  return parse_npy(read_file_bytes(path, kMaxArrayBytes), path);
}

std::string format_npy(const Array& array) {
  const char* code = "<f4";
  switch (array.element) {
    case ElementType::kFloat16:
      code = "<f2";
      break;
    case ElementType::kFloat32:
      code = "<f4";
      break;
    case ElementType::kFloat64:
      code = "<f8";
      break;
    case ElementType::kInt8:
      code = "|i1";
      break;
    case ElementType::kUint8:
      code = "|u1";
      break;
    case ElementType::kInt32:
      code = "<i4";
      break;
    case ElementType::kInt64:
      code = "<i8";
      break;
    case ElementType::kBool:
      code = "|b1";
      break;
  }
  std::string header = "{'descr': '" + std::string(code) + "', 'fortran_order': False, 'shape': (";
  for (std::size_t i = 0; i < array.dims.size(); ++i) {
    header += std::to_string(array.dims[i]) + (i + 1 < array.dims.size() ? ", " : "");
  }
  header += array.dims.size() == 1 ? ",), }" : "), }";
  const std::size_t used = kMagic.size() + 4 + header.size() + 1;
  header.append((64 - used % 64) % 64, ' ');  // the elements start at a multiple of 64
  header += '\n';
  std::string out(kMagic);
  out += '\x01';
  out += '\0';
  out += static_cast<char>(header.size() & 0xFF);
  out += static_cast<char>(header.size() >> 8);
  out += header;
  out.append(reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size());
  return out;
}

void write_npy(const std::string& path, const Array& array) {
  std::ofstream stream(path, std::ios::binary);
  const std::string bytes = format_npy(array);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream) throw Error(ErrorKind::kFile, path + ": cannot be written");
}

}  // namespace cubist::graph

// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/array_io.h"

#include <cmath>
#include <cstring>

#include "runtime/graph/file_bytes.h"
#include "runtime/graph/half.h"

namespace cubist::graph {
namespace {

template <typename T>
T load(const std::uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

template <typename T>
void store(std::vector<std::uint8_t>& bytes, std::size_t index, T value) {
  std::memcpy(bytes.data() + index * sizeof(T), &value, sizeof(T));
}

// Calls f(index, value) for every element, value in its own C++ type (float16 as float).
template <typename F>
void for_each(const Array& a, F f) {
  const std::size_t size = element_size(a.element);
  const std::size_t count = a.bytes.size() / size;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* at = a.bytes.data() + i * size;
    switch (a.element) {
      case ElementType::kFloat16:
        f(i, half_to_float(load<std::uint16_t>(at)));
        break;
      case ElementType::kFloat32:
        f(i, load<float>(at));
        break;
      case ElementType::kFloat64:
        f(i, load<double>(at));
        break;
      case ElementType::kInt8:
        f(i, load<std::int8_t>(at));
        break;
      case ElementType::kUint8:
      case ElementType::kBool:
        f(i, *at);
        break;
      case ElementType::kInt32:
        f(i, load<std::int32_t>(at));
        break;
      case ElementType::kInt64:
        f(i, load<std::int64_t>(at));
        break;
    }
  }
}

std::int64_t to_int(double value, std::size_t index) {
  if (!(value > -0x1p63 && value < 0x1p63)) {
    throw Error(ErrorKind::kFormat, "element " + std::to_string(index) + " is " +
                                        std::to_string(value) + ", not an integer of 64 bits");
  }
  return static_cast<std::int64_t>(value);
}
std::int64_t to_int(float value, std::size_t index) {
  return to_int(static_cast<double>(value), index);
}
std::int64_t to_int(std::int64_t value, std::size_t) {
  return value;
}
std::int64_t to_int(std::int32_t value, std::size_t) {
  return value;
}
std::int64_t to_int(std::uint8_t value, std::size_t) {
  return value;
}
std::int64_t to_int(std::int8_t value, std::size_t) {
  return value;
}

void check_count(const Dims& dims, std::size_t given) {
  if (static_cast<std::size_t>(element_count(dims)) != given) {
    throw Error(ErrorKind::kShape, "shape " + to_string(dims) + " does not hold " +
                                       std::to_string(given) + " elements");
  }
}

bool starts_with(const std::string& bytes, std::string_view magic) {
  return bytes.compare(0, magic.size(), magic) == 0;
}

bool is_idx(const std::string& start) {
  return starts_with(start, std::string_view("\x1F\x8B", 2)) ||
         (start.size() >= 4 && starts_with(start, std::string_view("\0\0\x08", 3)));
}

}  // namespace

std::vector<float> Array::as_floats() const {
  std::vector<float> out(bytes.size() / element_size(element));
  for_each(*this, [&](std::size_t i, auto v) { out[i] = static_cast<float>(v); });
  return out;
}

std::vector<double> Array::as_doubles() const {
  std::vector<double> out(bytes.size() / element_size(element));
  for_each(*this, [&](std::size_t i, auto v) { out[i] = static_cast<double>(v); });
  return out;
}

std::vector<std::int64_t> Array::as_ints() const {
  std::vector<std::int64_t> out(bytes.size() / element_size(element));
  for_each(*this, [&](std::size_t i, auto v) { out[i] = to_int(v, i); });
  return out;
}

Array array_from_floats(const Dims& dims, const std::vector<float>& values, ElementType element) {
  check_count(dims, values.size());
  Array out{element, dims, std::vector<std::uint8_t>(values.size() * element_size(element))};
  for (std::size_t i = 0; i < values.size(); ++i) {
    switch (element) {
      case ElementType::kFloat16:
        store(out.bytes, i, float_to_half(values[i]));
        break;
      case ElementType::kFloat32:
        store(out.bytes, i, values[i]);
        break;
      case ElementType::kFloat64:
        store(out.bytes, i, static_cast<double>(values[i]));
        break;
      default:
        throw Error(ErrorKind::kFormat,
                    std::string("floats cannot be stored as ") + element_name(element));
    }
  }
  return out;
}

Array array_from_ints(const Dims& dims, const std::vector<std::int64_t>& values) {
  check_count(dims, values.size());
  Array out{ElementType::kInt64, dims, std::vector<std::uint8_t>(values.size() * 8)};
  for (std::size_t i = 0; i < values.size(); ++i) store(out.bytes, i, values[i]);
  return out;
}

Array read_array(const std::string& path) {
  const std::string bytes = read_file_bytes(path, kMaxArrayBytes);
  if (starts_with(bytes, "\x93NUMPY")) return parse_npy(bytes, path);
  if (is_idx(bytes)) return parse_idx(bytes, path);
  throw Error(ErrorKind::kFormat,
              path + ": neither a NumPy array (.npy) nor an IDX file of bytes (.idx, .gz)");
}

bool looks_like_idx(const std::string& path) {
  return is_idx(read_file_start(path, 4));
}

Array slice_rows(const Array& array, std::int64_t first, std::int64_t count) {
  if (array.dims.empty() || first < 0 || count < 0 || first > array.dims[0] ||
      count > array.dims[0] - first) {
    throw Error(ErrorKind::kShape, "rows " + std::to_string(first) + " to " +
                                       std::to_string(first + count) + " of an array of shape " +
                                       to_string(array.dims));
  }
  Array out{array.element, array.dims, {}};
  out.dims[0] = count;
  const std::int64_t row =
      array.dims[0] == 0 ? 0 : static_cast<std::int64_t>(array.bytes.size()) / array.dims[0];
  out.bytes.assign(array.bytes.begin() + first * row, array.bytes.begin() + (first + count) * row);
  return out;
}

}  // namespace cubist::graph

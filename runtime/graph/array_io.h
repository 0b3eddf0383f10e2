// SPDX-License-Identifier: Apache-2.0
// Array files: NumPy .npy (versions 1 to 3) and the IDX format of the MNIST family of data sets,
// also gzip-compressed. Whatever is in the file, the answer is an array or an Error (graph.h) with
// one line; sizes are checked before memory is taken.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/graph/graph.h"

namespace cubist::graph {

/// Largest array that is read, in bytes after decompression.
inline constexpr std::int64_t kMaxArrayBytes = std::int64_t{2} << 30;

/// Raw little-endian elements, row-major.
struct Array {
  ElementType element = ElementType::kFloat32;
  Dims dims;
  std::vector<std::uint8_t> bytes;

  std::int64_t count() const { return element_count(dims); }
  /// Elements as float (rounded for float64 and large integers), double, or int64 (truncated toward
  /// zero; throws Error for NaN and for numbers outside int64).
  std::vector<float> as_floats() const;
  std::vector<double> as_doubles() const;
  std::vector<std::int64_t> as_ints() const;
};

Array array_from_floats(const Dims& dims, const std::vector<float>& values,
                        ElementType element = ElementType::kFloat32);
Array array_from_ints(const Dims& dims, const std::vector<std::int64_t>& values);

/// float16/32/64, int8/uint8, int32/int64, bool; either byte order; Fortran order is rearranged to
/// C order.
Array read_npy(const std::string& path);
Array parse_npy(std::string_view bytes, const std::string& where);
/// Version 1.0, C order. Throws Error (kFile) if the file cannot be written.
void write_npy(const std::string& path, const Array& array);
std::string format_npy(const Array& array);

/// IDX of unsigned bytes (type 0x08), 1 to 4 dimensions; a gzip file is recognised by its first
/// bytes, not by its name. Images give dims {count, rows, columns}, labels {count}.
Array read_idx(const std::string& path);
Array parse_idx(std::string_view bytes, const std::string& where);

/// read_npy or read_idx, chosen by the first bytes of the file. Error names both formats if it is
/// neither.
Array read_array(const std::string& path);
/// True for files that read_array would take as IDX (plain or gzip): the caller then scales pixels
/// by 1/255.
bool looks_like_idx(const std::string& path);

/// Rows [first, first + count) along the first dimension.
Array slice_rows(const Array& array, std::int64_t first, std::int64_t count);

}  // namespace cubist::graph

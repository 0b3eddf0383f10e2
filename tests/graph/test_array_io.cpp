// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>

#include "runtime/graph/array_io.h"

using namespace cubist::graph;

namespace {

// A .npy file by hand: any version, any header.
std::string npy(int version, const std::string& header, const std::string& data) {
  std::string out = "\x93NUMPY";
  out += static_cast<char>(version);
  out += '\0';
  out += static_cast<char>(header.size() & 0xFF);
  out += static_cast<char>(header.size() >> 8);
  if (version > 1) out += std::string(2, '\0');
  return out + header + data;
}

std::string header(const std::string& descr, const std::string& order, const std::string& shape) {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

std::string idx(const std::vector<std::uint8_t>& head, std::size_t size) {
  std::string out(head.begin(), head.end());
  for (std::size_t i = 0; i < size; ++i) out += static_cast<char>(i);
  return out;
}

std::string gzip(const std::string& bytes) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(bytes.size() + 256, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

template <typename F>
std::string error_of(F f) {
  try {
    (void)f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("what is written is read again, for every type of element") {
  const std::vector<float> values{0, 1, -2.5F, 65504, 0x1p-24F, -0.0F};
  for (const auto element : {ElementType::kFloat16, ElementType::kFloat32, ElementType::kFloat64}) {
    const Array array = array_from_floats({2, 3}, values, element);
    const std::string file = format_npy(array);
    CHECK(file.find('\n') % 64 == 63);
    const Array back = parse_npy(file, "memory");
    CHECK(back.element == element);
    CHECK(back.dims == Dims{2, 3});
    CHECK(back.as_floats() == values);
    CHECK(std::signbit(back.as_doubles()[5]));
  }
  const Array ints = array_from_ints({3}, {-5, 0, std::int64_t{1} << 40});
  CHECK(parse_npy(format_npy(ints), "memory").as_ints() ==
        std::vector<std::int64_t>{-5, 0, std::int64_t{1} << 40});
  const Array scalar = array_from_floats({}, {4});
  CHECK(parse_npy(format_npy(scalar), "memory").dims.empty());
  const Array bytes{ElementType::kInt8, {2}, {0xFF, 0x7F}};
  CHECK(parse_npy(format_npy(bytes), "memory").as_ints() == std::vector<std::int64_t>{-1, 127});
}

TEST_CASE("a file on disk, and one that cannot be written") {
  const auto path = (std::filesystem::temp_directory_path() / "cubist_test_array.npy").string();
  write_npy(path, array_from_floats({4}, {1, 2, 3, 4}));
  CHECK(read_npy(path).as_floats() == std::vector<float>{1, 2, 3, 4});
  CHECK(read_array(path).dims == Dims{4});
  CHECK_FALSE(looks_like_idx(path));
  std::filesystem::remove(path);
  CHECK(error_of([&] { return read_npy(path); }) == path + ": no such file");
  CHECK_THROWS_AS(write_npy("/nonexistent/x.npy", array_from_floats({1}, {1})), Error);
}

TEST_CASE("versions, byte orders and Fortran order") {
  const std::string one("\x3F\x80\x00\x00\x40\x00\x00\x00", 8);  // 1.0 and 2.0, big-endian
  for (const int version : {1, 2, 3}) {
    const Array a = parse_npy(npy(version, header(">f4", "False", "(2,)"), one), "memory");
    CHECK(a.as_floats() == std::vector<float>{1, 2});
  }
  const std::string data("\x00\x01\x02\x03\x04\x05", 6);
  const Array c = parse_npy(npy(1, header("|u1", "True", "(2, 3)"), data), "memory");
  CHECK(c.as_ints() == std::vector<std::int64_t>{0, 2, 4, 1, 3, 5});
}

TEST_CASE("bad .npy files get one clear line") {
  const auto parse = [](const std::string& bytes) {
    return error_of([&] { return parse_npy(bytes, "a.npy"); });
  };
  CHECK(parse("") == "a.npy: not a NumPy array file (.npy)");
  CHECK(parse("\x93NUMPY\x01") == "a.npy: cut short in the .npy header");
  CHECK(parse(npy(9, header("<f4", "False", "(1,)"), "1234")).find("version 9") !=
        std::string::npos);
  CHECK(parse(npy(1, header("<c8", "False", "(1,)"), "12345678")).find("'<c8' is not supported") !=
        std::string::npos);
  CHECK(parse(npy(1, header("<f4", "False", "(3,)"), "1234")) ==
        "a.npy: an array of shape 3 and type float32 has 12 bytes, the file has 4");
  CHECK(parse(npy(1, header("<f4", "False", "(99999999, 99999999, 99999999)"), ""))
            .find("too large") != std::string::npos);
  CHECK(parse(npy(1, header("<f4", "False", "(99999999999999999999,)"), "")).find("larger than") !=
        std::string::npos);
  CHECK(parse(npy(1, header("<f4", "Maybe", "(1,)"), "1234")).find("True or False") !=
        std::string::npos);
  CHECK(parse(npy(1, "{'shape': (1,)}", "1234")).find("needs descr") != std::string::npos);
  CHECK(parse(npy(1, "{'descr': [('a', '<f4')]}", "1234")).find("records") != std::string::npos);
  CHECK(parse(npy(1, "[]", "")).find("expected '{'") != std::string::npos);
}

TEST_CASE("damaged .npy headers never crash") {
  const std::string good = format_npy(array_from_floats({2, 3}, {1, 2, 3, 4, 5, 6}));
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK_THROWS_AS(parse_npy(good.substr(0, size), "a.npy"), Error);
  }
  std::mt19937 random(2);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = good;
    for (int i = 0; i < 2; ++i) bytes[random() % 90] = static_cast<char>(random());
    try {
      const Array a = parse_npy(bytes, "a.npy");
      REQUIRE(a.bytes.size() == static_cast<std::size_t>(a.count()) * element_size(a.element));
    } catch (const Error&) {
    }
  }
}

TEST_CASE("IDX images and labels, plain and compressed") {
  const std::string images = idx({0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3}, 12);
  for (const std::string& bytes : {images, gzip(images)}) {
    const Array a = parse_idx(bytes, "a.idx");
    CHECK(a.element == ElementType::kUint8);
    CHECK(a.dims == Dims{2, 2, 3});
    CHECK(a.as_ints()[11] == 11);
    CHECK(slice_rows(a, 1, 1).dims == Dims{1, 2, 3});
    CHECK(slice_rows(a, 1, 1).as_ints()[0] == 6);
    CHECK_THROWS_AS(slice_rows(a, 1, 2), Error);
  }
  CHECK(parse_idx(idx({0, 0, 8, 1, 0, 0, 0, 4}, 4), "l.idx").dims == Dims{4});
}

TEST_CASE("bad IDX files get one clear line") {
  const auto parse = [](const std::string& bytes) {
    return error_of([&] { return parse_idx(bytes, "a.idx"); });
  };
  CHECK(parse("") == "a.idx: not an IDX file");
  CHECK(parse(idx({0, 0, 13, 1, 0, 0, 0, 1}, 4)).find("element type 13") != std::string::npos);
  CHECK(parse(idx({0, 0, 8, 9}, 40)).find("9 dimensions") != std::string::npos);
  CHECK(parse(idx({0, 0, 8, 3, 0, 0}, 0)) == "a.idx: cut short in the IDX header");
  CHECK(parse(idx({0, 0, 8, 1, 0, 0, 0, 4}, 3)) ==
        "a.idx: an IDX array of shape 4 has 4 bytes of data, the file has 3");
  CHECK(parse(idx({0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}, 0))
            .find("too large") != std::string::npos);
  const std::string good = gzip(idx({0, 0, 8, 1, 0, 0, 3, 232}, 1000));
  CHECK(parse(good.substr(0, good.size() / 2)).find("gzip data are cut short") !=
        std::string::npos);
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK(parse(good.substr(0, size)) != "no error");
  }
  std::string damaged = good;
  damaged[damaged.size() - 6] = static_cast<char>(damaged[damaged.size() - 6] ^ 1);  // the checksum
  CHECK(parse(damaged).find("gzip data are damaged") != std::string::npos);
}

TEST_CASE("numbers that are no integers") {
  CHECK(array_from_floats({2}, {1.9F, -1.9F}).as_ints() == std::vector<std::int64_t>{1, -1});
  CHECK_THROWS_AS(array_from_floats({1}, {NAN}).as_ints(), Error);
  CHECK_THROWS_AS(array_from_floats({1}, {1e30F}).as_ints(), Error);
  CHECK_THROWS_AS(array_from_floats({3}, {1, 2}), Error);
}

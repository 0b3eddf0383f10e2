// SPDX-License-Identifier: Apache-2.0
#include "bench_chip.h"

#include <catch2/catch.hpp>
#include <random>

#include "runtime/graph/half.h"

namespace cubist::test {

BenchChip::BenchChip(std::vector<std::string> settings)
    : simulator_({.chip = "tiny", .settings = std::move(settings)}),
      device_(simulator_.open()),
      module_(device_.load_module(simulator_.home() + "/firmware/calibration.elf")) {}

Buffer BenchChip::put(const std::vector<uint16_t>& values) {
  Buffer buffer = device_.allocate(values.size() * 2);
  device_.debug_write(buffer.address(), values.data(), values.size() * 2);
  return buffer;
}

std::vector<uint16_t> BenchChip::get(DevicePtr address, size_t count) {
  std::vector<uint16_t> values(count);
  device_.debug_read(address, values.data(), count * 2);
  return values;
}

void BenchChip::launch(const std::string& kernel, const std::vector<uint64_t>& words,
                       unsigned blocks) {
  Buffer block = device_.allocate(words.size() * 8);
  device_.debug_write(block.address(), words.data(), words.size() * 8);
  Stream stream = device_.default_stream();
  stream.launch_prepared(module_.kernel(kernel), blocks, block.address());
  stream.synchronize();
}

uint16_t half(int value) {
  REQUIRE(std::abs(value) <= 2048);
  return graph::double_to_half(value);
}

std::vector<int> whole_numbers(size_t count, int limit, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<int> values(count);
  for (int& value : values) {
    value = static_cast<int>(random() % static_cast<unsigned>(2 * limit + 1)) - limit;
  }
  return values;
}

std::vector<uint16_t> halves(const std::vector<int>& values) {
  std::vector<uint16_t> patterns;
  patterns.reserve(values.size());
  for (const int value : values) patterns.push_back(half(value));
  return patterns;
}

}  // namespace cubist::test
